//! Stands in for a vault, to try the example `external_signer`: signs its standard input with the key in the given file, and
//! writes the signature in base64url.

#![expect(clippy::print_stdout, reason = "printing is what the program is for")]

use std::io::Read as _;

use helseid_client::protocol::jose::{PrivateJwk, SigningKey, base64url};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("name the key's file, a JWK")?;
    let key = SigningKey::new(&PrivateJwk::read(&std::fs::read(file)?)?)?;
    let mut message = Vec::new();
    std::io::stdin().read_to_end(&mut message)?;
    println!("{}", base64url::encode(&key.sign(&message)));
    Ok(())
}
