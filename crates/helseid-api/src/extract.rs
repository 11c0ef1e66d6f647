//! The caller as an argument of a handler.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::{CallerClaims, Rejection};

/// The caller that a [`ProtectionLayer`](crate::ProtectionLayer) around the route let in.
///
/// Without such a layer the answer is 500: nobody is let in by accident.
#[derive(Debug, Clone)]
pub struct Caller(CallerClaims);

impl Deref for Caller {
    type Target = CallerClaims;

    fn deref(&self) -> &CallerClaims {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        parts.extensions.get::<CallerClaims>().cloned().map(Self).ok_or(Rejection::Unprotected)
    }
}
