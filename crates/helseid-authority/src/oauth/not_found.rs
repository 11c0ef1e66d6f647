//! Answers where nothing is served: JSON, since that is what OAuth clients read, and in words, since people read their logs.

use ::http::StatusCode;
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use helseid_protocol::endpoint::token::OAuthError;

use super::state::OAuthState;
use crate::web::oauth_error;

/// Endpoints that others have, by the end of their path, and why they are not here.
const OTHERS: &[(&str, &str)] = &[
    ("/connect/par", USER_LOGIN),
    ("/connect/authorize", USER_LOGIN),
    ("/connect/userinfo", USER_LOGIN),
    ("/connect/introspect", USER_LOGIN),
    ("/connect/revocation", USER_LOGIN),
    ("/connect/endsession", USER_LOGIN),
    ("/connect/authorize/callback", NOT_OFFERED),
    ("/connect/checksession", NOT_OFFERED),
    ("/connect/deviceauthorization", NOT_OFFERED),
    ("/connect/ciba", NOT_OFFERED),
    ("/connect/register", "Clients are registered by helseid client register, or on the admin pages."),
];

const USER_LOGIN: &str = "It belongs to user login, which a conformance session does not have, and an issuer off loopback only with --test-login-at and its own host.";

const NOT_OFFERED: &str = "This authority does not offer it.";

/// 404 for whatever has no route.
pub(super) async fn not_found(State(state): State<OAuthState>, OriginalUri(uri): OriginalUri) -> Response {
    let path = uri.path().trim_end_matches('/');
    let known = OTHERS.iter().find(|(end, _)| path.ends_with(end));
    let why = known.map(|(end, why)| format!("There is no {end} here. {why}"));
    let why = why.unwrap_or_else(|| "There is nothing at this address.".to_owned());
    let error = OAuthError {
        code: "not_found".to_owned(),
        description: Some(format!(
            "{why} The token endpoint is {}; all addresses are in {}.",
            state.issuer.token_endpoint,
            state.issuer.name.at(helseid_protocol::endpoint::metadata::PATH)
        )),
        uri: None,
    };
    oauth_error::json(StatusCode::NOT_FOUND, error.to_json())
}
