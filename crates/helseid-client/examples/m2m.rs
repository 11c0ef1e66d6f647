//! Gets a token and calls an API with it: all that most programs need.
//!
//! Run `helseid authority`, `helseid sample-api` and `helseid init` in three terminals, then, in the folder of `helseid.toml`:
//! `cargo run -p helseid-client --example m2m`.

#![expect(clippy::print_stdout, reason = "printing is what the program is for")]

use helseid_client::{Client, Config};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load()?;
    let url = config.api_url.clone().ok_or("name the API in helseid.toml: [api] url = ...")?;
    let client = Client::new(config)?;

    // A token is requested for the first call, and cached; each call has a fresh proof.
    for _ in 0..2 {
        let answer = client.get(url.as_str()).send().await?;
        println!("{} {}", answer.status(), answer.text());
    }

    let token = client.token().await?;
    let scope = token.scope().map(ToString::to_string).unwrap_or_default();
    println!("a token for {scope}, good until {}", token.expires().rfc3339());
    if !token.withheld_scope().is_empty() {
        println!("asked for and not granted: {}", token.withheld_scope());
    }
    Ok(())
}
