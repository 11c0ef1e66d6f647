//! An API in axum: patients by scope, prescriptions for health personnel, and a page for callers with and without a token.
//!
//! `HELSEID_ISSUER` names the issuer of its callers' tokens (by default a local HelseID on port 8480), `HELSEID_API_LISTEN` the
//! address to listen on. On loopback without a proxy it needs no public address.
#![expect(clippy::print_stderr, reason = "it says where it listens, or why it does not")]

use std::error::Error;
use std::process::ExitCode;

use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use helseid_api::{ApiProtection, Caller, RefusalBody, SecurityLevel};
use serde_json::{Value, json};

const AUDIENCE: &str = "norsk-helsenett:python-sample-api";

helseid_api::scoped_caller!(
    /// May read.
    Reader: all ["norsk-helsenett:python-sample-api/read"]
);

/// The caller comes with the scopes that its type names.
async fn patients(caller: Reader) -> Json<Value> {
    let claims = caller.claims();
    Json(json!({ "client": claims.client_id(), "organisation": claims.orgnr_parent(), "patients": [] }))
}

/// The layer around the route has checked everything that a prescription requires.
async fn prescribe(caller: Caller) -> Json<Value> {
    Json(json!({ "prescribed_by": caller.claims().hpr_number() }))
}

async fn welcome(caller: Option<Caller>) -> String {
    match caller.as_ref().and_then(|caller| caller.claims().client_id()) {
        Some(client) => format!("welcome, {client}\n"),
        None => "welcome, whoever you are\n".to_owned(),
    }
}

fn variable(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let issuer = variable("HELSEID_ISSUER", "http://localhost:8480");
    let protection = ApiProtection::builder(issuer, AUDIENCE).refusal_body(RefusalBody::Problem).build()?;
    if let Err(why) = protection.warm_up().await {
        eprintln!("{why}; it is asked again at the first request");
    }

    let prescriptions = protection.layer().security_level(SecurityLevel::High).health_personnel();
    let router = Router::new()
        .route("/patients", get(patients).layer(protection.layer()))
        .route("/prescriptions", post(prescribe).layer(prescriptions))
        .route("/", get(welcome).layer(protection.optional()));

    let listen = variable("HELSEID_API_LISTEN", "127.0.0.1:5000");
    let listener = tokio::net::TcpListener::bind(&listen).await;
    let listener = listener.map_err(|why| format!("{listen} cannot be opened for listening: {why}"))?;
    eprintln!("listens on http://{}", listener.local_addr()?);
    // Small responses are sent at once.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    axum::serve(listener, router).await?;
    Ok(())
}
