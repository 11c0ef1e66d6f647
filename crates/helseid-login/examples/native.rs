//! Logs a person in at a terminal, refreshes the tokens, and ends the login.
//!
//! `helseid.toml` names the client, which is registered with the grants `authorization_code` and `refresh_token` and with the redirect
//! URI `http://127.0.0.1/callback`: `cargo run -p helseid-login --features native --example native`.

use std::error::Error;

use helseid_client::{Client, Config};
use helseid_login::flow::{LoginRequest, RefreshAsk};
use helseid_login::native::NativeLogin;
use helseid_login::protocol::details::Details;
use helseid_login::protocol::scope::ScopeSet;

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program at a terminal")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::new(Config::load()?)?;
    let native = NativeLogin::new(client, |address| eprintln!("Open this address in a browser:\n{address}"));
    let signed_in = native.log_in(&LoginRequest::default()).await?;
    let (person, login) = (signed_in.person, signed_in.login);
    println!("{} is logged in", person.claims.name().unwrap_or("Somebody"));
    if let Some(level) = person.claims.security_level() {
        println!("at {level}");
    }

    // Later: new tokens, of which the refresh token is kept first.
    if let Some(refresh) = &person.refresh {
        let scope = ScopeSet::none();
        let ask = RefreshAsk {
            refresh_token: &refresh.token,
            key: &person.key,
            resource: None,
            scope: &scope,
            details: Details::new(),
        };
        let answer = login.refresh(ask).await?;
        let newest = answer.refresh_grant().cloned();
        let refreshed = answer.verify(&login, &person.claims).await?;
        println!("the new token is good until {}", refreshed.access.expires);
        login.revoke(&newest.unwrap_or_else(|| refresh.clone()).token).await?;
        println!("the login has ended");
    }
    Ok(())
}
