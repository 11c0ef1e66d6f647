//! The API's own description.

use ::http::header;
use axum::response::{IntoResponse, Response};
use helseid_admin_api::OPENAPI;

/// The OpenAPI document.
pub(super) struct Document;

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
    }
}

pub(super) async fn show() -> Document {
    Document
}
