//! API one: the day of whoever is logged in. It has appointments of its own, and asks API two for the prescriptions.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use helseid_api::{ApiProtectionBuilder, CallerToken, Person};
use helseid_client::protocol::secret::AccessToken;
use helseid_client::{ActiveTokens, Client, NotActive};
use serde_json::{Value, json};

use crate::Broken;

/// The API's name at HelseID.
pub const AUDIENCE: &str = "nhn:test-public-sample-api-1";

/// The scope that reading takes.
pub const SCOPE: &str = "nhn:test-public-sample-api-1/some-scope";

/// Who this API is when it calls on, and where API two is.
#[derive(Clone)]
struct Next {
    client: Client,
    /// Says whether a token is still good, as of five seconds ago at most.
    active: ActiveTokens,
    prescriptions: String,
}

/// The whole API. `client` requests the scope of API two, whose address is `prescriptions`.
pub fn router(
    protection: ApiProtectionBuilder,
    client: Client,
    prescriptions: String,
) -> Result<Router, Broken> {
    let read = protection.build()?.require_scopes_all([SCOPE])?.person();
    let app = Router::new().route("/day", get(day)).layer(read);
    Ok(app.with_state(Next { active: client.active_tokens(), client, prescriptions }))
}

async fn day(State(next): State<Next>, person: Person, CallerToken(token): CallerToken) -> Response {
    // What was exchanged is kept for as long as the caller's token lives, and the person may have logged out since.
    match next.active.require_active(&token).await {
        Ok(_) => {}
        Err(NotActive::Inactive) => return log_in_again(),
        Err(NotActive::Unknown(error)) => {
            return (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response();
        }
    }
    // The caller's token is for this API alone: HelseID gives another one for it, to API two.
    let answer = match next.client.exchange(token.clone()).get(&next.prescriptions).send().await {
        Ok(answer) => answer,
        // Perhaps the person has logged out in these five seconds. The error's words are no answer to that: the authority is asked.
        Err(error) if error.oauth().is_some() && next.has_ended(&token).await => return log_in_again(),
        Err(error) => return (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    };
    if !answer.status().is_success() {
        let said = format!("the prescriptions were not given: {}", answer.status());
        return (StatusCode::BAD_GATEWAY, said).into_response();
    }
    let prescriptions: Value = serde_json::from_slice(answer.bytes()).unwrap_or_default();
    Json(json!({
        "of": person.name(),
        "appointments": ["09:00 Johannes", "09:30 Sigrid"],
        "prescriptions": prescriptions,
    }))
    .into_response()
}

impl Next {
    /// Whether the authority says now that the token is good no longer.
    async fn has_ended(&self, token: &AccessToken) -> bool {
        self.client.introspect(token).await.is_ok_and(|said| !said.is_active())
    }
}

/// The token is good no longer: its person has logged out, for one.
fn log_in_again() -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, "DPoP error=\"invalid_token\"")];
    (StatusCode::UNAUTHORIZED, challenge).into_response()
}
