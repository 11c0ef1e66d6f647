//! The sample API: five patients, for callers with the scope `norsk-helsenett:python-sample-api/read`.

mod serve;

use axum::routing::get;
use axum::{Json, Router};
use helseid_api::{ApiProtectionBuilder, Caller};
use serde_json::{Value, json};

pub use helseid_api::ApiProtection;
pub use serve::{Limits, serve, serve_through};

/// The API's name at HelseID.
pub const AUDIENCE: &str = "norsk-helsenett:python-sample-api";

/// The scope that reading takes, for an API of this name.
#[must_use]
pub fn read_scope(audience: &str) -> String {
    format!("{audience}/read")
}

/// The whole API of the name `audience`. Called by loopback names alone, unless the protection has a `public_url`.
pub fn router(
    protection: ApiProtectionBuilder,
    audience: &str,
) -> Result<Router, Box<dyn std::error::Error>> {
    let protection = protection.build()?;
    let read = protection.require_scopes_all([read_scope(audience).as_str()])?;
    let router = Router::new().route("/api/patients", get(patients)).layer(read);
    Ok(match protection.metadata() {
        Some(metadata) => router.merge(metadata.router()),
        None => router,
    })
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
