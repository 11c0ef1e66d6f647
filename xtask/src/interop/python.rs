//! The programs in Python, in an environment of their own.

use std::path::PathBuf;
use std::process::Command;

use super::program::{Environment, expect, read_with_input};
use super::server::Server;
use super::world::{AUDIENCE, World};
use crate::foreign;
use crate::shell::{self, Failure};

/// A `kid` with the characters of plain base64, as the key page of those days made them.
const KEY_ID_OF_2021: &str = "q2R/3fVb+9kW0sLx8uYt1ZcQmE4JhNpA7oGdIiTrUXw=";

/// What a client with a DPoP token for the sample API reports.
const GRANTED: &str = "200 DPoP norsk-helsenett:python-sample-api/read";

/// Where they are.
pub(super) fn folder() -> PathBuf {
    shell::root().join("interop/python")
}

fn program(name: &str) -> Command {
    let mut command = Command::new(foreign::python(&folder()));
    command.arg("-B").arg(folder().join(name));
    command
}

/// A client of 2021 reads the patients of an API that is on its way from Bearer to DPoP.
pub(super) fn client_2021(world: &World) -> Result<(), Failure> {
    let client_id = world.register("PS256", KEY_ID_OF_2021, "legacy")?;
    let api = world.sample_api(world.issuer(), "transition")?;
    let environment = world.environment(&client_id).with("API_URL", &api.url("/api/patients"));
    expect(environment.set(&mut program("client_2021.py")), "13109525611 Johannes 25")
}

/// An assertion sent again with the nonce passes today, and not under the announced rule.
pub(super) fn resend_assertion(world: &World) -> Result<(), Failure> {
    for (profile, answer) in [("helseid", GRANTED), ("helseid-next", "(rule assertion.jti_once)")] {
        let client_id = world.register("PS256", "python", profile)?;
        expect(world.environment(&client_id).set(&mut program("resend_assertion.py")), answer)?;
    }
    Ok(())
}

/// PS512 by a key marked PS256 passes.
pub(super) fn other_algorithm(world: &World) -> Result<(), Failure> {
    let client_id = world.register("PS256", "python", "helseid")?;
    expect(world.environment(&client_id).set(&mut program("other_algorithm.py")), GRANTED)
}

/// Without `scope` the answer says what was granted.
pub(super) fn no_scope(world: &World) -> Result<(), Failure> {
    let client_id = world.register("PS256", "python", "helseid")?;
    expect(world.environment(&client_id).set(&mut program("no_scope.py")), GRANTED)
}

/// `joserfc` verifies our token.
pub(super) fn verify_token(world: &World) -> Result<(), Failure> {
    let client_id = world.register("PS256", "python", "helseid")?;
    let token = world.token()?;
    let environment = world.environment(&client_id).with("AUDIENCE", AUDIENCE);
    let answer = read_with_input(environment.set(&mut program("verify_token.py")), &token)?;
    if answer.contains(&client_id) {
        Ok(())
    } else {
        Err(Failure::new(format!("expected {client_id} in {answer}")))
    }
}

/// The admin API answers as its OpenAPI document says, whatever it is asked.
pub(super) fn admin_api(world: &World) -> Result<(), Failure> {
    let folder = world.path("asked").display().to_string();
    let mut authority = world.command(&["authority", "--listen", "127.0.0.1:0", "--data-dir", &folder]);
    // Keys that are made at once: some of the requests rotate them.
    let _authority = Server::start(authority.args(["--alg", "ES256", "--enable-faults"]))?;
    let admin_file = world.path("asked").join("admin.json").display().to_string();
    let environment = Environment::default().with("ADMIN_FILE", &admin_file);
    expect(world.with_helseid(environment.set(&mut program("admin_api.py"))), "no issues")
}

/// Keys of every format, and signatures of the nine algorithms, go both ways.
pub(super) fn signatures(world: &World) -> Result<(), Failure> {
    expect(world.with_helseid(&mut program("signatures.py")), "9 algorithms and 56 key files, both ways")
}
