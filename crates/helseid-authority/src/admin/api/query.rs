//! The query of a request, or a problem.

use ::http::StatusCode;
use ::http::request::Parts;
use axum::extract::{FromRequestParts, Query};
use serde::de::DeserializeOwned;

use crate::web::problem::ProblemResponse;

/// The query of a request.
pub(super) struct QueryParams<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParams<T> {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ProblemResponse> {
        let query = Query::try_from_uri(&parts.uri);
        query.map(|Query(query)| Self(query)).map_err(|why| {
            let next = "leave the parameter out, or give a value as described in /admin/api/openapi.json";
            ProblemResponse::new(StatusCode::BAD_REQUEST, "the query cannot be read", why.body_text(), next)
        })
    }
}
