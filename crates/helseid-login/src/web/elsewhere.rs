//! A session ends at HelseID, and HelseID says so: by a signed token (back-channel), or by a page that the browser loads
//! (front-channel).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::log_within;
use helseid_protocol::logout::FrontChannelLogout;
use helseid_protocol::rule::{Rule, Trail};

use super::state::Shared;

/// `POST /backchannel-logout` (OpenID Connect Back-Channel Logout 1.0 section 2.5). Every `logout_token` rule is checked; a token
/// that came before is answered as the first time. A session's refresh token cannot be revoked here, since only its cookie opens
/// what is stored; it dies with its session at HelseID.
pub(crate) async fn back_channel(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let status = match shared.client.logout_token(kind, &body).await {
        Ok(token) => match shared.sessions.log_out(&token).await {
            Ok(_) => StatusCode::OK,
            Err(error) => {
                tracing::warn!(%error, "a back-channel logout could not be carried out");
                StatusCode::SERVICE_UNAVAILABLE
            }
        },
        // Whatever else stands in the way of a check, such as keys that cannot be read, may pass: HelseID sends it again.
        Err(error) if error.rule().is_none() => {
            log_within!(shared.log, shared.now(), warn, %error, "a logout token could not be checked");
            StatusCode::SERVICE_UNAVAILABLE
        }
        Err(error) => {
            let rule = error.rule().map(Rule::id);
            log_within!(shared.log, shared.now(), warn, rule, "a logout token was refused");
            return (StatusCode::BAD_REQUEST, no_store(), r#"{"error":"invalid_request"}"#).into_response();
        }
    };
    (status, no_store()).into_response()
}

/// `GET /frontchannel-logout` (OpenID Connect Front-Channel Logout 1.0 section 2): `iss` and `sid` end a session, and cookies are
/// never looked at. The answer is the same whether there was one.
pub(crate) async fn front_channel(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    match FrontChannelLogout::read(query.as_bytes(), shared.client.issuer(), &mut Trail::new()) {
        Ok(logout) => {
            if let Err(error) = shared.sessions.log_out_front(&logout).await {
                tracing::warn!(%error, "a front-channel logout could not be carried out");
            }
        }
        Err(fault) => {
            let rule = fault.rule().id();
            log_within!(shared.log, shared.now(), warn, rule, "a front-channel logout was refused");
        }
    }
    let policy = format!("default-src 'none'; frame-ancestors {}", shared.away);
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, no_store(), "<!doctype html><title>ok</title>").into_response()
}

const fn no_store() -> [(header::HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-store")]
}
