//! What is expected of every client and of every verifier, in whatever language.

use std::process::Command;

use super::program::{expect, expect_with_input};
use super::world::{AUDIENCE, World};
use crate::shell::Failure;

/// Somebody else than the one it is checked at.
const SOMEBODY_ELSE: &str = "https://somebody.else";

/// A client without DPoP gets a token under `legacy` and calls an API that is on its way from Bearer to DPoP. The API
/// refuses the token once its signature is tampered with.
pub(super) fn bearer_client(world: &World, client: &mut Command) -> Result<(), Failure> {
    let client_id = world.register("PS256", "foreign", "legacy")?;
    let api = world.sample_api(world.issuer(), "transition")?;
    let environment = world.environment(&client_id).with("API_URL", &api.url("/api/patients"));
    expect(environment.set(client), "Bearer 200, 5 entries; tampered 401")
}

/// A client with DPoP does the same under the strict profiles. With an assertion for somebody else it gets no token.
pub(super) fn dpop_client(world: &World, client: impl Fn() -> Command) -> Result<(), Failure> {
    let api = world.sample_api(world.issuer(), "dpop")?;
    for profile in ["helseid", "helseid-next", "fapi2"] {
        let client_id = world.register("PS256", "foreign", profile)?;
        let environment = world.environment(&client_id).with("API_URL", &api.url("/api/patients"));
        expect(environment.set(&mut client()), "DPoP 200, 5 entries; tampered 401")?;
        expect(environment.set(client().arg(SOMEBODY_ELSE)), "(rule assertion.aud)")?;
    }
    Ok(())
}

/// A client is refused by today's rules, for this reason.
pub(super) fn refused_client(world: &World, client: &mut Command, reason: &str) -> Result<(), Failure> {
    let client_id = world.register("PS256", "foreign", "helseid")?;
    let environment = world.environment(&client_id).with("API_URL", "http://127.0.0.1:9/");
    expect(environment.set(client), reason)
}

/// A verifier takes our token, and neither one for somebody else nor one whose signature was tampered with.
pub(super) fn verifier(world: &World, verifier: impl Fn() -> Command) -> Result<(), Failure> {
    let client_id = world.register("ES256", "foreign", "helseid")?;
    let token = world.token()?;
    let mut tampered = token.clone();
    let signature = token.rfind('.').map_or(0, |dot| dot + 1);
    let letter = if token[signature..].starts_with('A') { "B" } else { "A" };
    tampered.replace_range(signature..=signature, letter);
    for (token, audience, answer) in [
        (&token, AUDIENCE, client_id.as_str()),
        (&token, SOMEBODY_ELSE, "audience"),
        (&tampered, AUDIENCE, "signature"),
    ] {
        let environment = world.environment(&client_id).with("AUDIENCE", audience);
        expect_with_input(environment.set(&mut verifier()), token, answer)?;
    }
    Ok(())
}

/// A verifier finds in an access token that was exchanged twice who acts, the newest first; and refuses the claims of the token
/// before it under the same signature, in which one less acts.
pub(super) fn verifier_of_actors(world: &World, verifier: impl Fn() -> Command) -> Result<(), Failure> {
    let [_, once, twice] = world.exchanged_twice()?;
    let environment = world.environment("web").with("AUDIENCE", "nhn:bff-sample");
    let verified =
        |token: &str, answer| expect_with_input(environment.set(verifier().arg("actors")), token, answer);
    verified(&twice, "api-two, api-one; first web")?;
    let parts = |token: &str| token.trim().split('.').map(str::to_owned).collect::<Vec<_>>();
    let forged = match (parts(&twice).as_slice(), parts(&once).as_slice()) {
        ([header, _, signature], [_, claims, _]) => format!("{header}.{claims}.{signature}"),
        _ => return Err(Failure::new("an exchanged token is no JWT")),
    };
    verified(&forged, "signature")
}
