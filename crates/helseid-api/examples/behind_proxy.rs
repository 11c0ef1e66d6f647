//! An API of several replicas behind a proxy that terminates TLS, has two names, and removes the path prefix `/v1`.
//!
//! Used proofs are in Redis, so that a proof passes once, whichever replica it reaches; nonces are made with a key that all
//! replicas share. `HELSEID_API_REDIS` is a URL such as `redis://127.0.0.1:6379`; `HELSEID_API_NONCE_KEY` names a file of 32
//! random bytes. The metadata of RFC 9728 is served outside of the protection.
//!
//! Needs the feature `redis`.
#![expect(clippy::print_stderr, reason = "a program that runs until it is stopped says where it listens")]

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use helseid_api::{ApiProtection, Caller, ForwardedHeader, RedisReplayGuard, TrustedProxies};

async fn patients(caller: Caller) -> String {
    format!("{:?}\n", caller.claims().client_id())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let redis = std::env::var("HELSEID_API_REDIS")?;
    let nonce_key: [u8; 32] = std::fs::read(std::env::var("HELSEID_API_NONCE_KEY")?)?
        .try_into()
        .map_err(|_| "HELSEID_API_NONCE_KEY: expected a file of 32 bytes")?;
    let proxies = TrustedProxies::new(
        ["10.0.0.0/8", "127.0.0.1"],
        ["api.example", "*.clinics.example"],
        |extensions| extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip()),
    )?;
    let protection = ApiProtection::builder("https://helseid-sts.nhn.no", "nhn:my-api")
        .public_url("https://api.example/v1")
        .trusted_proxies(proxies.header(ForwardedHeader::XForwarded).prefix("/v1")?)
        .replay_guard(RedisReplayGuard::new(&redis)?)
        .nonces(nonce_key)
        .scopes_supported(["nhn:my-api/read"])
        .build()?;
    let metadata = protection.metadata().ok_or("a public address was told")?;
    let router = Router::new()
        .route("/patients", get(patients))
        .layer(protection.require_scopes_all(["nhn:my-api/read"])?)
        .merge(metadata.router());

    let listener = tokio::net::TcpListener::bind("0.0.0.0:5000").await?;
    eprintln!("listens on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
