//! The values in the path of a request, or a problem.

use ::http::StatusCode;
use ::http::request::Parts;
use axum::extract::FromRequestParts;
use serde::de::DeserializeOwned;

use crate::web::problem::ProblemResponse;

/// The values in the path of a request.
pub(super) struct Path<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ProblemResponse> {
        let values = axum::extract::Path::from_request_parts(parts, state).await;
        values.map(|axum::extract::Path(values)| Self(values)).map_err(|why| {
            let next = "percent-encode each name in the path as UTF-8";
            ProblemResponse::new(StatusCode::BAD_REQUEST, "the path cannot be read", why.body_text(), next)
        })
    }
}
