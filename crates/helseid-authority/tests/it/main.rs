//! The authority over HTTP, on loopback.

#![cfg(test)]

mod access;
mod admin;
mod browser;
mod conformance;
mod desk;
mod endpoints;
mod limits;
mod log;
mod login;
mod norwegian;
mod openapi;
mod operations;
mod pages;
mod read_back;
#[cfg(feature = "service-tests")]
mod replicas;
mod restart;
mod self_service;
mod slow;
mod suite;
mod test_tokens;
mod trace;

use std::net::Ipv4Addr;

use helseid_authority::{Authority, Config, Running};
use helseid_protocol::jose::Algorithm;
use serde_json::Value;

/// An authority in memory that starts at once.
async fn start() -> Running {
    start_with(Config::in_memory()).await
}

async fn start_with(config: Config) -> Running {
    let config = config.listen([(Ipv4Addr::LOCALHOST, 0).into()]).algorithm(Algorithm::ES256);
    Authority::start(config).await.unwrap()
}

/// By its address; by its name where it serves HTTPS, whose certificate is for that.
fn url(running: &Running, path: &str) -> String {
    match running.ca_pem() {
        Some(_) => running.issuer().at(path),
        None => format!("http://{}{path}", running.addresses()[0]),
    }
}

async fn json(answer: reqwest::Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// What trusts the CA of an authority that serves HTTPS.
fn trusting(running: &Running) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder().no_proxy();
    match running.ca_pem() {
        Some(pem) => builder.tls_certs_only([reqwest::Certificate::from_pem(pem.as_bytes()).unwrap()]),
        None => builder,
    }
}

/// The name and port by which it wants to be called.
fn host(running: &Running) -> String {
    let issuer = running.issuer().as_str();
    issuer.trim_start_matches("https://").trim_start_matches("http://").to_owned()
}

/// Waits for what must happen, but not for ever: two minutes are more than a loaded machine takes.
#[cfg(feature = "service-tests")]
async fn in_time<T>(happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(120), happens).await.expect("it happens in time")
}
