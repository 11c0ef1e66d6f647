//! The sample API: five patients, for callers with the scope `norsk-helsenett:python-sample-api/read`.

mod serve;

use axum::routing::get;
use axum::{Json, Router};
use helseid_api::{ApiProtection, Caller, Scheme};
use serde_json::{Value, json};

pub use serve::{Limits, serve};

/// The API's name at HelseID.
pub const AUDIENCE: &str = "norsk-helsenett:python-sample-api";

/// The scope that reading takes, for an API of this name.
#[must_use]
pub fn read_scope(audience: &str) -> String {
    format!("{audience}/read")
}

/// The whole API, for tokens of `issuer`. Called by loopback names alone; behind a proxy, tell the protection its
/// `public_url`.
pub fn router(issuer: &str, audience: &str, scheme: Scheme) -> Result<Router, Box<dyn std::error::Error>> {
    let protection = ApiProtection::builder(issuer, audience).scheme(scheme).build()?;
    let read = protection.require_scopes_all([read_scope(audience).as_str()])?;
    Ok(Router::new().route("/api/patients", get(patients)).layer(read))
}

async fn patients(_: Caller) -> Json<Value> {
    Json(all_patients())
}

/// Patients by their number, which is nobody's.
#[must_use]
pub fn all_patients() -> Value {
    json!({
        "13109525611": { "name": "Johannes", "age": 25 },
        "19109355618": { "name": "Sigrid", "age": 27 },
        "10109925624": { "name": "Olav", "age": 21 },
        "13099845614": { "name": "Oda", "age": 22 },
        "17107023612": { "name": "Vegard", "age": 51 },
    })
}
