//! One API for tokens of HelseID's test and production environments, where each sees its own data: the same service for
//! both, and no way from one to the other.
//!
//! An issuer's keys are fetched when its first token arrives. Proofs must hold a nonce of the API, so that none can be made ahead of
//! time.
#![expect(clippy::print_stderr, reason = "a program that runs until it is stopped says where it listens")]

use std::error::Error;

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use helseid_api::protocol::random::{SystemRandom, bytes32};
use helseid_api::{ApiProtection, Caller};

const TEST: &str = "https://helseid-sts.test.nhn.no";
const PRODUCTION: &str = "https://helseid-sts.nhn.no";

async fn whose(caller: Caller) -> &'static str {
    match caller.claims().issuer() {
        PRODUCTION => "real patients\n",
        _ => "patients who do not exist\n",
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let protection = ApiProtection::builder(PRODUCTION, "nhn:my-api")
        .issuer(TEST)
        .public_url("https://api.example")
        .audience("nhn:my-api-v2")
        // One process: a key of its own. Replicas share one, from their configuration.
        .nonces(bytes32(&SystemRandom))
        .build()?;
    let production_alone = protection
        .require_scopes_all(["nhn:my-api/write"])?
        .check("a token of the production environment", |claims| claims.issuer() == PRODUCTION);
    let router = Router::new()
        .route(
            "/patients",
            get(whose).layer(protection.require_scopes_any(["nhn:my-api/read", "nhn:my-api-v2/read"])?),
        )
        .route("/orders", get(whose).layer(production_alone));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:5000").await?;
    eprintln!("listens on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    axum::serve(listener, router).await?;
    Ok(())
}
