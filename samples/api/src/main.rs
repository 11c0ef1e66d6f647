//! Serves the sample API on 127.0.0.1:5000, for tokens of a local HelseID on port 8480.
//!
//! `HELSEID_ISSUER`, `HELSEID_API_LISTEN` and `HELSEID_API_SCHEME` (dpop, bearer, transition) change that.
#![expect(clippy::print_stderr, reason = "a program that runs until it is stopped says where it listens")]

use std::error::Error;

use sample_api::Limits;

fn variable(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = variable("HELSEID_ISSUER", "http://localhost:8480");
    let scheme = variable("HELSEID_API_SCHEME", "dpop").parse()?;
    let router = sample_api::router(&issuer, sample_api::AUDIENCE, scheme)?;
    let listener = tokio::net::TcpListener::bind(variable("HELSEID_API_LISTEN", "127.0.0.1:5000")).await?;
    eprintln!("the sample API listens on http://{}/api/patients", listener.local_addr()?);
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    sample_api::serve(listener, router, Limits::default(), stop).await;
    Ok(())
}
