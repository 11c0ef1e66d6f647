//! Serves the sample API on 127.0.0.1:5000, for tokens of a local HelseID on port 8480.
//!
//! `HELSEID_ISSUER`, `HELSEID_API_LISTEN`, `HELSEID_API_SCHEME` (dpop, bearer, transition) and `HELSEID_API_PROFILE` (helseid,
//! fapi2) change that. Between containers
//! `HELSEID_API_PUBLIC_URL` is what callers use, such as `http://api:5000`, and `HELSEID_INSECURE_HTTP` names the hosts of
//! both that are reached by http, such as `helseid,api`.
#![expect(clippy::print_stderr, reason = "it says where it listens, or why it does not")]

use std::error::Error;
use std::process::ExitCode;

use sample_api::{ApiProtection, Limits};

fn variable(name: &str, default: &str) -> String {
    let said = std::env::var(name).ok().map(|value| value.trim().to_owned());
    said.filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
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
    let scheme = variable("HELSEID_API_SCHEME", "dpop").parse()?;
    let (hosts, public) = (variable("HELSEID_INSECURE_HTTP", ""), variable("HELSEID_API_PUBLIC_URL", ""));
    let hosts = hosts.split([',', ' ']).filter(|host| !host.is_empty());
    let protection = ApiProtection::builder(issuer, sample_api::AUDIENCE).scheme(scheme).insecure_http(hosts);
    let protection = protection.profile(variable("HELSEID_API_PROFILE", "helseid").parse()?);
    let protection = if public.is_empty() { protection } else { protection.public_url(public) };
    let router = sample_api::router(protection, sample_api::AUDIENCE)?;
    let listen = variable("HELSEID_API_LISTEN", "127.0.0.1:5000");
    let listener = tokio::net::TcpListener::bind(&listen).await;
    let listener = listener.map_err(|why| format!("{listen} cannot be opened for listening: {why}"))?;
    eprintln!("the sample API listens on http://{}/api/patients", listener.local_addr()?);
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    sample_api::serve(listener, router, Limits::default(), stop).await;
    Ok(())
}
