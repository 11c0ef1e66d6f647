//! Two replicas of an app over one Redis: whoever logs in at one is logged in at the other, a token is refreshed once for both, and a
//! logout ends the session at both. The authority is a double without a network.
//!
//! ```sh
//! cargo run -p helseid-login --example replicas --features redis,test-util -- redis://127.0.0.1:6379
//! ```

use std::sync::Arc;
use std::time::Duration;

use helseid_login::SealingKeys;
use helseid_login::flow::{Found, LoginClient, LoginRequest, Returned};
use helseid_login::protocol::random::SystemRandom;
use helseid_login::session::{Begun, Sessions, Wanted};
use helseid_login::store::redis;
use helseid_login::test_util::{TestClock, TestProvider};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it tells what happens")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("give the address of a Redis, such as redis://127.0.0.1:6379")?;
    let (clock, redirect_uri) = (TestClock::new(), "https://app.example/callback");
    let authority = TestProvider::new(&clock);
    let login = authority.login(redirect_uri)?;

    // Every replica has the same keys, from a file or a variable: SealingKeys::from_file.
    let keys = SealingKeys::parse(&SealingKeys::generate("first", &SystemRandom))?;
    let one = Sessions::new(login.clone(), Arc::new(redis(&url)?), keys.clone());
    let other = Sessions::new(login.clone(), Arc::new(redis(&url)?), keys);

    let Begun::New(session) = one.begin(log_in(&authority, &login).await?, None).await? else {
        return Err("the authority has ended the login".into());
    };
    let there = other.open(session.cookie()).await?;
    println!("logged in at one, known at the other: {}", there.is_some());

    clock.forward(Duration::from_secs(700));
    let wanted = Wanted::default();
    let (first, second) = tokio::try_join!(one.token(&session, &wanted), other.token(&session, &wanted))?;
    let is_same = first.token.token.expose() == second.token.token.expose();
    println!("one token for both: {is_same}; refreshed {} time", authority.asked().refreshes);

    other.end(&session).await?;
    println!("logged out at the other, known at one: {}", one.open(session.cookie()).await?.is_some());
    Ok(())
}

/// A person logs in, as a browser would: to the authority, and back with a code.
async fn log_in(
    authority: &TestProvider,
    login: &LoginClient,
) -> Result<helseid_login::flow::LoggedIn, helseid_login::flow::LoginError> {
    let pushed = login.begin(&LoginRequest::default()).await?;
    let query = authority.visit(&pushed.authorize);
    let returned = Returned::read(query.as_bytes())?;
    returned.recognise(Found::Pending(pushed.pending), login)?.complete(login).await
}
