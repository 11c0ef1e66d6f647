//! Rotates the client's key while calls are made: none fails, and none waits.
//!
//! `cargo run -p helseid-client --example hot_swap`, in a folder where `helseid init` has created `helseid.toml`. A
//! service needs no code for this when `helseid rotate` runs beside it: the key file is checked once a second.

#![expect(clippy::print_stdout, reason = "printing is what the program is for")]

use std::time::Duration;

use helseid_client::{Client, Config, Event, Observer, Rotation};
use tokio::sync::watch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load()?;
    let url = config.api_url.clone().ok_or("name the API in helseid.toml: [api] url = ...")?;
    let (tell, mut signers) = watch::channel(None);
    let client = Client::builder(config).observer(Signers(tell)).build()?;

    let (caller, url) = (client.clone(), url.to_string());
    let calls = tokio::spawn(async move {
        // Until one fails.
        while let Ok(answer) = caller.get(&url).send().await {
            if !answer.status().is_success() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });

    let rotated = Rotation::new(&client)?.run().await?;
    // The next token is requested with it, in the background.
    let new = rotated.key_id.map(|kid| kid.to_string());
    tokio::time::timeout(Duration::from_secs(30), signers.wait_for(|kid| *kid == new)).await??;
    println!("the key {} signs now", rotated.thumbprint);

    if calls.is_finished() {
        return Err("a call failed".into());
    }
    println!("no call failed");
    Ok(())
}

/// Tells which key signs each assertion.
struct Signers(watch::Sender<Option<String>>);

impl Observer for Signers {
    fn event(&self, event: Event<'_>) {
        if let Event::TokenRequested { assertion, .. } = event {
            let kid = assertion.header.get("kid").and_then(|kid| kid.as_str());
            self.0.send_replace(kid.map(str::to_owned));
        }
    }
}
