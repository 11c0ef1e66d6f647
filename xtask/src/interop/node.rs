//! The programs in Node.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use super::checks::verifier_of_actors;
use super::login::{AGAIN, CLAIMS, LOGIN, LOGOUT, REFRESH, Registered, USERINFO, log_in, page, picked, walk};
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

/// A web application on `openid-client` logs a person in, in each profile that takes its proofs.
pub(super) fn openid_client_login(_: &World) -> Result<(), Failure> {
    let steps = [
        LOGIN,
        USERINFO,
        page("/patients", &["dpop 200, 5 entries"]),
        REFRESH,
        page("/patients", &["dpop 200, 5 entries"]),
        AGAIN,
        LOGOUT,
        LOGIN,
    ];
    let application = |mode: &str, algorithm: &str| {
        let mut application = node("login_openid_client.mjs");
        application.arg(mode).env("ID_TOKEN_ALG", algorithm);
        application
    };
    let world = World::secure()?;
    for profile in ["helseid", "helseid-next"] {
        log_in(&world, &mut application("with-typ", "RS256"), &Registered::with(profile, &[]), &steps)?;
    }
    let strict = Registered::with("fapi2", &[]);
    log_in(&World::fapi2()?, &mut application("as-it-is", "PS256"), &strict, &steps)
}

/// A web application on `express-openid-connect`, which has no DPoP and whose assertions have no `typ`.
pub(super) fn express_login(_: &World) -> Result<(), Failure> {
    let patients = page("/patients", &["Bearer 200, 5 entries"]);
    let steps = [LOGIN, USERINFO, patients, REFRESH, AGAIN, LOGOUT, picked("/claims", CLAIMS)];
    let registered = Registered::with("legacy", &["--require-par", "true"]);
    log_in(&World::secure()?, &mut node("login_express.mjs"), &registered, &steps)
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

/// Our library logs a person in at `oidc-provider` under FAPI 2.0, refreshes, and logs out, by its own pages.
pub(super) fn login_at_oidc_provider(world: &World) -> Result<(), Failure> {
    shell::run(&mut shell::cargo(&[
        "build",
        "--locked",
        "--workspace",
        "--all-features",
        "--example",
        "elsewhere",
    ]))?;
    world.generate_key("ES256", "ours")?;
    let application = format!("http://127.0.0.1:{}", free_port()?);
    let key = |half: &str| world.path(&format!("client_{half}.json")).display().to_string();
    let environment = Environment::default()
        .with("CLIENT_ID", "our-app")
        .with("CLIENT_JWK_FILE", &key("public"))
        .with("APPLICATION", &application)
        .with("SCOPE", SCOPE)
        .with("AUDIENCE", AUDIENCE);
    let mut authority = Server::start_with_input(environment.set(&mut node("oidc_provider_login.mjs")))?;
    let api = world.sample_api(authority.issuer(), "dpop")?;
    let ours = Environment::default()
        .with("HELSEID_ISSUER", authority.issuer())
        .with("HELSEID_CLIENT_ID", "our-app")
        .with("HELSEID_CLIENT_JWK_FILE", &key("private"))
        .with("HELSEID_SCOPE", &format!("openid profile offline_access {SCOPE}"))
        .with("APPLICATION", &application)
        .with("API_URL", &api.url("/api/patients"));
    let mut app = Command::new(shell::target()?.join("debug/examples/elsewhere"));
    let _app = Server::start(ours.set(&mut app))?;
    let steps = [
        page("/", &["Nobody is logged in"]),
        picked("submit:/login", &["alice of elsewhere, whom the server calls alice"]),
        page("/patients", &["200 OK", "Johannes"]),
        page("/patients", &["200 OK", "Johannes"]),
        page("/", &["alice of elsewhere"]),
        page("submit:/logout", &["You are logged out"]),
        page("/", &["Nobody is logged in"]),
        picked("submit:/login", &["alice of elsewhere"]),
    ];
    walk(world, &application, "alice", &steps)?;
    let asked = authority.answer("\n")?;
    print!("{asked}");
    // A refresh for each call of the API. What is revoked: by our logout, and by theirs after it.
    let expected = r#"{"pushed":2,"code":2,"refreshed":2,"revoked":2,"ended":1}"#;
    // The server's own notices come before it.
    match asked.trim_end().ends_with(expected) {
        true => Ok(()),
        false => Err(Failure::new(format!("expected {expected}"))),
    }
}

/// A port that nobody listens on at this moment.
fn free_port() -> Result<u16, Failure> {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|why| Failure::new(format!("no port is free: {why}")))
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

/// The same library finds who acts in a token that was exchanged twice.
pub(super) fn verify_actors(world: &World) -> Result<(), Failure> {
    verifier_of_actors(world, || node("verify_token.mjs"))
}
