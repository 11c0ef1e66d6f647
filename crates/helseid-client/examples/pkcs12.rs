//! A client whose key is in a PKCS#12 file, as certificate authorities issue them.
//!
//! `HELSEID_KEY_PASSWORD=... cargo run -p helseid-client --example pkcs12 -- ISSUER CLIENT_ID FILE SCOPE`.
//! The same with a configuration: `key_file = "FILE"` in `helseid.toml`, and the password in that variable.

#![expect(clippy::print_stdout, reason = "printing is what the program is for")]

use helseid_client::protocol::jose::format::Password;
use helseid_client::{Client, Config, KeyLocation};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [issuer, client_id, file, scope] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(
        |_| "expected four arguments: the issuer, the client's id, the PKCS#12 file, and the scopes",
    )?;
    let mut config = Config::new(issuer.parse()?, client_id.parse()?, KeyLocation::File(file.into()));
    config.key_password = std::env::var("HELSEID_KEY_PASSWORD").ok().map(Password::new);
    config.scope = scope.parse()?;

    let token = Client::new(config)?.token().await?;
    println!("a token for {scope}, good until {}", token.expires().rfc3339());
    Ok(())
}
