//! A program without an async runtime.
//!
//! `cargo run -p helseid-client --features blocking --example blocking`, in the folder of `helseid.toml`.

#![expect(clippy::print_stdout, reason = "printing is what the program is for")]

use helseid_client::Config;
use helseid_client::blocking::Client;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load()?;
    let url = config.api_url.clone().ok_or("name the API in helseid.toml: [api] url = ...")?;
    let client = Client::new(config)?;

    let answer = client.get(url.as_str()).send()?;
    println!("{} {}", answer.status(), answer.text());
    Ok(())
}
