//! Ends all sessions of a store: for operators, after it was restored from a copy or another took its place that was behind, and before
//! anybody is let in. Sessions that had ended since that copy would live again.
//!
//! ```sh
//! HELSEID_LOGIN_STORE=postgres://app@db.example/app \
//!     cargo run -p helseid-login --example end_sessions --features postgres,redis,sqlite
//! ```
//!
//! The address may hold a password: so it is no argument, which others on the machine can read.

use std::path::Path;

use helseid_login::store::{SessionStore as _, postgres, redis, sqlite};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it tells what happened")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::var("HELSEID_LOGIN_STORE")
        .map_err(|_| "set HELSEID_LOGIN_STORE to postgres://…, redis://… or the name of a SQLite file")?;
    if address.starts_with("postgres") {
        postgres(&address).await?.raise_epoch().await?;
    } else if address.starts_with("redis") {
        redis(&address)?.raise_epoch().await?;
    } else if Path::new(&address).is_file() {
        sqlite(Path::new(&address)).await?.raise_epoch().await?;
    } else {
        return Err("HELSEID_LOGIN_STORE names neither a server nor a file that is there".into());
    }
    println!("all sessions have ended: everybody logs in again");
    Ok(())
}
