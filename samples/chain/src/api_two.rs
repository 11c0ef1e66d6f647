//! API two: the prescriptions of whoever is logged in, for clients that call on somebody's behalf.

use axum::routing::get;
use axum::{Json, Router};
use helseid_api::protocol::claims::Actor;
use helseid_api::{ApiProtectionBuilder, Person};
use serde_json::{Value, json};

use crate::Broken;

/// The API's name at HelseID.
pub const AUDIENCE: &str = "nhn:test-public-sample-api-2";

/// The scope that reading takes.
pub const SCOPE: &str = "nhn:test-public-sample-api-2/some-scope";

/// The whole API.
pub fn router(protection: ApiProtectionBuilder) -> Result<Router, Broken> {
    let read = protection.build()?.require_scopes_all([SCOPE])?.person();
    Ok(Router::new().route("/prescriptions", get(prescriptions)).layer(read))
}

/// Everything here was verified: the token by HelseID's key, and the proof by the key of API one.
async fn prescriptions(person: Person) -> Json<Value> {
    let claims = person.caller().claims();
    Json(json!({
        "of": person.name(),
        "asked_by": claims.actor().and_then(Actor::client_id),
        "first_asked_by": claims.original_client_id(),
        "prescriptions": ["Ibux 400 mg", "Paracet 500 mg"],
    }))
}
