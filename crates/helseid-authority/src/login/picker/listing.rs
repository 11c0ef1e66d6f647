//! The same as the page, for programs.

use ::http::{HeaderValue, StatusCode, header};
use axum::Json;
use axum::response::{IntoResponse as _, Response};
use helseid_admin_api::{PersonEntry, PersonLevel, TestProvider};
use serde::Serialize;

use crate::login::demand::LoginDemand;
use crate::login::interaction::FormFields;
use crate::login::site::LoginSite;

/// The same as the page, for programs.
#[derive(Serialize)]
pub(super) struct Listing<'a> {
    /// Where the answer is sent to, with the cookie that came along: as a form, or as JSON.
    action: String,
    /// What the answer must bring back.
    #[serde(flatten)]
    fields: &'a FormFields,
    client: &'a str,
    /// The least level that is asked for.
    level: Option<PersonLevel>,
    providers: Vec<TestProvider>,
    persons: &'a [PersonEntry],
    faults: [&'static str; 2],
}

impl<'a> Listing<'a> {
    pub(super) fn new(
        site: &LoginSite,
        demand: &'a LoginDemand,
        fields: &'a FormFields,
        persons: &'a [PersonEntry],
    ) -> Self {
        Self {
            action: format!("{}/login", site.path),
            fields,
            client: demand.client.as_str(),
            level: demand.level,
            providers: demand.offered(),
            persons,
            faults: ["temporarily_unavailable", "level_too_low"],
        }
    }

    pub(super) fn answer(&self) -> Response {
        let headers = [
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        (StatusCode::OK, headers, Json(self)).into_response()
    }
}
