//! The sample API: five patients, for callers with the scope `norsk-helsenett:python-sample-api/read`.

use axum::routing::get;
use axum::{Json, Router};
use helseid_api::{ApiProtection, Caller, Scheme};
use serde_json::{Value, json};

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

/// Patients by their number. Nobody of these exists.
async fn patients(_: Caller) -> Json<Value> {
    Json(json!({
        "1": { "name": "Åse Ødegård", "born": "1951-03-14", "ward": "Kardiologi" },
        "2": { "name": "Bjørn Lævås", "born": "1968-11-02", "ward": "Ortopedi" },
        "3": { "name": "Guro Sæther", "born": "1984-07-21", "ward": "Nevrologi" },
        "4": { "name": "Håkon Brønstad", "born": "1992-01-30", "ward": "Medisin" },
        "5": { "name": "Torbjørg Nygård", "born": "2003-09-09", "ward": "Kirurgi" },
    }))
}
