//! A gRPC service in tonic, whose every call takes a token and a proof: the method is POST, the address that of the call,
//! such as `https://api.example/grpc.health.v1.Health/Check`.
//!
//! `HELSEID_ISSUER` is whose tokens it takes, `HELSEID_API_LISTEN` where it listens, `HELSEID_API_PUBLIC_URL` under which
//! address callers know it.
#![expect(clippy::print_stderr, reason = "a program that runs until it is stopped says where it listens")]

use std::error::Error;

use helseid_api::ApiProtection;
use tonic::transport::Server;
use tonic_health::ServingStatus;

fn variable(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listen = variable("HELSEID_API_LISTEN", "127.0.0.1:5001");
    let protection =
        ApiProtection::builder(variable("HELSEID_ISSUER", "http://localhost:8480"), "nhn:grpc-sample")
            .public_url(variable("HELSEID_API_PUBLIC_URL", &format!("http://{listen}")))
            .build()?;

    // In place of your own service, one that comes with tonic.
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("patients", ServingStatus::Serving).await;

    eprintln!("listens on {listen}");
    // TCP_NODELAY is on unless it is turned off.
    Server::builder()
        .layer(protection.require_scopes_all(["nhn:grpc-sample/read"])?)
        .add_service(health)
        .serve(listen.parse()?)
        .await?;
    Ok(())
}
