//! Tokens of the person who is logged in.

use helseid_client::Client;
use helseid_protocol::dpop::{ProofRequest, Target};
use helseid_protocol::random::jwt_id;
use serde_json::json;

use super::{address, attestation, curl};
use crate::args::{ClientFlags, GetFlags, Global, TokenOutput, UserFlags};
use crate::commands::client::scopes;
use crate::failure::Failure;
use crate::output;
use crate::session::{Place, UserToken, Wanted, user_token};

/// The token that the flags ask for: with the scopes of the login unless others are named, for the organisation of the flags or of
/// the configuration.
pub(in crate::commands) async fn token(
    client: &Client,
    (own, user): (&ClientFlags, &UserFlags),
    global: &Global,
) -> Result<UserToken, Failure> {
    let config = client.config();
    let details = config.details.clone();
    let details = match &user.attestation {
        None => details,
        Some(file) => details.with_attestation(attestation::read(file)?),
    };
    let wanted = Wanted { resource: config.resource.clone(), scope: scopes(&own.scope)?, details };
    user_token(&Place::find(&user.place, global), client, wanted).await
}

/// `token get --user`.
pub(super) async fn get(
    client: &Client,
    flags: &GetFlags,
    wanted: TokenOutput,
    global: &Global,
) -> Result<(), Failure> {
    let token = token(client, (&flags.client, &flags.user), global).await?;
    match wanted {
        TokenOutput::Token => output::line(token.token.expose()),
        TokenOutput::Json => output::json(&json!({
            "access_token": token.token.expose(),
            "token_type": "DPoP",
            "expires_in": token.expires.since(client.clock().now()).as_secs(),
            "scope": token.scope,
        })),
        TokenOutput::Header => output::line(&headers(client, flags, &token)?),
        TokenOutput::Curl => {
            let headers = headers(client, flags, &token)?;
            output::line(&curl(&flags.print.method, address(client, &flags.print)?.as_str(), &headers))
        }
    }
}

/// The two header lines for one request.
fn headers(client: &Client, flags: &GetFlags, token: &UserToken) -> Result<String, Failure> {
    let target = Target::of_url(address(client, &flags.print)?)
        .map_err(|why| Failure::usage("--url is wrong", why, "correct it"))?;
    let proof = token.key.proof_key().make(ProofRequest {
        method: &flags.print.method,
        target: &target,
        nonce: None,
        access_token: Some(&token.token),
        jwt_id: &jwt_id(&*client.random()),
        now: client.clock().now(),
    });
    Ok(format!("Authorization: DPoP {}\nDPoP: {}", token.token.expose(), proof.expose()))
}
