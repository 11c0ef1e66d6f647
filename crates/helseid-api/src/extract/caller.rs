//! Who calls.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use crate::answer::Refused;
use crate::layer::AdmittedBy;
use crate::verifier::Verifier;
use crate::{CallerClaims, Rejection};

/// The caller that a [`ProtectionLayer`](crate::ProtectionLayer) around the route let in.
///
/// Without such a layer the answer is 500: nobody is let in by accident. Behind an optional one
/// ([`ApiProtection::optional`](crate::ApiProtection::optional)) take `Option<Caller>`; `Caller` itself refuses those who
/// came without credentials.
#[derive(Debug, Clone)]
pub struct Caller(CallerClaims);

impl Deref for Caller {
    type Target = CallerClaims;

    fn deref(&self) -> &CallerClaims {
        &self.0
    }
}

/// The caller, and whose protection it passed.
pub(super) fn admitted(parts: &Parts) -> Result<(&CallerClaims, &Arc<Verifier>), Refused> {
    let AdmittedBy(verifier) = parts.extensions.get().ok_or_else(Refused::unprotected)?;
    match parts.extensions.get::<CallerClaims>() {
        Some(caller) => Ok((caller, verifier)),
        None => Err(Refused::by(verifier, Rejection::NoCredentials, None)),
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
        Ok(parts.extensions.get::<CallerClaims>().cloned().map(Self))
    }
}
