//! A client whose key never enters its process: an HSM or a vault signs, or, as here, another program.
//!
//! `cargo run -p helseid-client --example external_signer -- KID ALG COMMAND [ARGUMENT ...]`, with a configuration that
//! has `key = "external"`. The command reads what is to be signed from its standard input, and writes the signature in
//! base64url, in the form of JWS: for ES256 both numbers, not DER. The example `vault` is such a command.

#![expect(clippy::print_stdout, reason = "printing is what the program is for")]

use std::process::Stdio;

use helseid_client::protocol::id::KeyId;
use helseid_client::protocol::jose::{Algorithm, base64url};
use helseid_client::{Client, Config, SignError, Signature, Signer};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |name: &str| arguments.next().ok_or_else(|| format!("the argument {name} is missing"));
    let key_id = KeyId::parse(&next("KID")?)?;
    let algorithm: Algorithm = next("ALG")?.parse()?;
    let command = std::iter::once(next("COMMAND")?).chain(arguments).collect();

    let config = Config::load()?;
    let url = config.api_url.clone().ok_or("name the API in helseid.toml: [api] url = ...")?;
    let client = Client::builder(config).signer(Program { key_id, algorithm, command }).build()?;
    let answer = client.get(url.as_str()).send().await?;
    println!("{} {}", answer.status(), answer.text());
    Ok(())
}

/// Signs by running a program for each assertion, of which there are a few in an hour.
struct Program {
    key_id: KeyId,
    algorithm: Algorithm,
    command: Vec<String>,
}

impl Signer for Program {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn key_id(&self) -> Option<KeyId> {
        Some(self.key_id.clone())
    }

    fn sign<'a>(&'a self, message: &'a [u8]) -> Signature<'a> {
        Box::pin(async move {
            let (program, arguments) =
                self.command.split_first().ok_or_else(|| SignError::permanent("no program"))?;
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
            // A program that cannot be started now may be started later; an invalid signature stays invalid.
            let mut running = command.spawn().map_err(SignError::transient)?;
            let written = match running.stdin.take() {
                Some(mut input) => input.write_all(message).await,
                None => Ok(()),
            };
            let output = running.wait_with_output().await.map_err(SignError::transient)?;
            // The exit status comes first: a program that fails early reads nothing. No retry: repeating a wrong PIN locks a card.
            if !output.status.success() {
                return Err(SignError::permanent(format!("{program} ended with {}", output.status)));
            }
            written.map_err(SignError::transient)?;
            let text = String::from_utf8_lossy(&output.stdout);
            base64url::decode(text.trim()).map_err(SignError::permanent)
        })
    }
}
