//! The programs in Node.

use std::path::PathBuf;
use std::process::Command;

use super::program::{Environment, expect, read_with_input};
use super::server::Server;
use super::world::{AUDIENCE, SCOPE, World};
use crate::shell::{self, Failure};

/// What HelseID's nine algorithms answer when each is taken.
const NINE: [&str; 9] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

/// Where they are.
pub(super) fn folder() -> PathBuf {
    shell::root().join("interop/node")
}

fn node(program: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(folder().join(program));
    command
}

/// `openid-client`, which demands https, and trusts the CA of this world.
fn openid_client_in(world: &World, mode: &str) -> Command {
    let mut command = node("openid_client.mjs");
    command.arg(mode).env("NODE_EXTRA_CA_CERTS", world.ca_file("ca.pem"));
    command
}

/// `openid-client` with `typ` is taken under today's rules, and calls our API.
pub(super) fn openid_client(_: &World) -> Result<(), Failure> {
    let world = &World::secure()?;
    let client_id = world.register("ES256", "node", "helseid")?;
    let api = world.sample_api(world.issuer(), "dpop")?;
    let environment = world.environment(&client_id).with("API_URL", &api.url("/api/patients"));
    expect(environment.set(&mut openid_client_in(world, "with-typ")), "dpop 200 5")
}

/// As it is it lacks `typ`: refused by that rule under today's rules, taken under `legacy`.
pub(super) fn openid_client_without_typ(_: &World) -> Result<(), Failure> {
    let world = &World::secure()?;
    let api = world.sample_api(world.issuer(), "dpop")?;
    for (profile, answer) in [("helseid", "(rule assertion.typ)"), ("legacy", "dpop 200 5")] {
        let client_id = world.register("ES256", "node", profile)?;
        let environment = world.environment(&client_id).with("API_URL", &api.url("/api/patients"));
        expect(environment.set(&mut openid_client_in(world, "as-it-is")), answer)?;
    }
    Ok(())
}

/// Our client gets a token of `oidc-provider`, and our API takes it.
pub(super) fn oidc_provider(world: &World) -> Result<(), Failure> {
    world.generate_key("ES256", "ours")?;
    let environment = Environment::default()
        .with("CLIENT_ID", "our-client")
        .with("CLIENT_JWK_FILE", &world.path("client_public.json").display().to_string())
        .with("SCOPE", SCOPE)
        .with("AUDIENCE", AUDIENCE);
    let authority = Server::start(environment.set(&mut node("oidc_provider.mjs")))?;
    let api = world.sample_api(authority.issuer(), "dpop")?;
    let ours = Environment::default()
        .with("HELSEID_ISSUER", authority.issuer())
        .with("HELSEID_CLIENT_ID", "our-client")
        .with("HELSEID_CLIENT_JWK_FILE", &world.path("client_private.json").display().to_string())
        .with("HELSEID_SCOPE", SCOPE);
    let mut call = world.command(&["call", &api.url("/api/patients")]);
    expect(ours.set(&mut call), "13109525611")
}

/// `jose` verifies our token.
pub(super) fn verify_token(world: &World) -> Result<(), Failure> {
    let client_id = world.register("ES256", "node", "helseid")?;
    let token = world.token()?;
    let environment = world.environment(&client_id).with("AUDIENCE", AUDIENCE);
    let answer = read_with_input(environment.set(&mut node("verify_token.mjs")), &token)?;
    if answer.contains(&client_id) {
        Ok(())
    } else {
        Err(Failure::new(format!("expected {client_id} in {answer}")))
    }
}

/// Our API takes tokens and proofs that `jose` signs.
pub(super) fn foreign_issuer(world: &World) -> Result<(), Failure> {
    let environment = Environment::default().with("AUDIENCE", AUDIENCE).with("SCOPE", SCOPE);
    let mut issuer = Server::start_with_input(environment.set(&mut node("foreign_issuer.mjs")))?;
    let api = world.sample_api(issuer.issuer(), "dpop")?;
    let answers = issuer.answer(&format!("{}\n", api.url("/api/patients")))?;
    print!("{answers}");
    let expected: String = NINE.iter().map(|algorithm| format!("{algorithm} 200\n")).collect();
    if answers == expected {
        Ok(())
    } else {
        Err(Failure::new("expected 200 for each of the nine algorithms"))
    }
}

/// Signatures of the nine algorithms go both ways.
pub(super) fn signatures(world: &World) -> Result<(), Failure> {
    expect(world.with_helseid(&mut node("signatures.mjs")), "9 algorithms, both ways")
}
