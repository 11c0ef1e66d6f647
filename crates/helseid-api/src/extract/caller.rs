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
///
/// What a handler knows to demand only when it has read the request, it demands here; a refusal is a response with its challenge:
///
/// ```
/// # use helseid_api::{Caller, ExpectedPerson, Refused, SecurityLevel, protocol::claims::Pid};
/// async fn own_prescriptions(caller: Caller, of: Pid) -> Result<String, Refused> {
///     caller.require_level(SecurityLevel::High)?;
///     caller.require_same_person(ExpectedPerson::Pid(&of))?;
///     Ok("prescriptions".to_owned())
/// }
/// ```
#[derive(Clone)]
pub struct Caller {
    verified: Verified,
    pub(super) pipeline: Arc<Pipeline>,
}

impl Deref for Caller {
    type Target = Verified;

    fn deref(&self) -> &Verified {
        &self.verified
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Caller").field(&self.verified).finish()
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
        let (caller, pipeline) = admitted(parts)?;
        Ok(Self { verified: caller.clone(), pipeline: pipeline.clone() })
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refused> {
        let AdmittedBy(pipeline) = parts.extensions.get().ok_or_else(Refused::unprotected)?;
        let caller = parts.extensions.get::<Verified>().cloned();
        Ok(caller.map(|verified| Self { verified, pipeline: pipeline.clone() }))
    }
}
