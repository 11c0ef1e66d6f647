//! The caller.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use helseid_protocol::resource::Caller as Verified;
use http::request::Parts;

use crate::pipeline::{AdmittedBy, Pipeline};
use crate::refused::Refused;
use crate::rejection::Rejection;

/// The caller that a [`ProtectionLayer`](crate::ProtectionLayer) around the route has admitted.
///
/// Without such a layer the response is 500: nobody is admitted by accident. Behind an optional one
/// ([`ApiProtection::optional`](crate::ApiProtection::optional)) take `Option<Caller>`; `Caller` itself refuses requests
/// without credentials.
#[derive(Debug, Clone)]
pub struct Caller(Verified);

impl Deref for Caller {
    type Target = Verified;

    fn deref(&self) -> &Verified {
        &self.0
    }
}

/// The caller, and whose protection it passed.
pub(super) fn admitted(parts: &Parts) -> Result<(&Verified, &Arc<Pipeline>), Refused> {
    let AdmittedBy(pipeline) = parts.extensions.get().ok_or_else(Refused::unprotected)?;
    match parts.extensions.get::<Verified>() {
        Some(caller) => Ok((caller, pipeline)),
        None => Err(pipeline.refuse(Rejection::NoCredentials, None)),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        admitted(parts).map(|(caller, _)| Self(caller.clone()))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refused> {
        if parts.extensions.get::<AdmittedBy>().is_none() {
            return Err(Refused::unprotected());
        }
        Ok(parts.extensions.get::<Verified>().cloned().map(Self))
    }
}
