//! Tokens and proofs for a program that sends with `reqwest` already.
//!
//! `cargo run -p helseid-client --features reqwest-middleware --example middleware`, in the folder of `helseid.toml`.

#![expect(clippy::print_stdout, reason = "printing is what the program is for")]

use helseid_client::{Client, Config};
use reqwest::redirect;
use reqwest_middleware::ClientBuilder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load()?;
    let url = config.api_url.clone().ok_or("name the API in helseid.toml: [api] url = ...")?;
    let client = Client::new(config)?;

    // A redirect would take the token along to wherever it leads.
    let http = reqwest::Client::builder().redirect(redirect::Policy::none()).build()?;
    let http = ClientBuilder::new(http).with(client.middleware()).build();

    let answer = http.get(url).send().await?;
    println!("{} {}", answer.status(), answer.text().await?);
    Ok(())
}
