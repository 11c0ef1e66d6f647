//! The programs in Python, in an environment of their own.

use std::path::PathBuf;
use std::process::Command;

use super::checks::verifier_of_actors;
use super::login::{
    AGAIN, LOGIN, LOGOUT, REFRESH, Registered, USERINFO, log_in, page, picked, without_browser,
};
use super::program::{Environment, expect, read, read_with_input};
use super::server::Server;
use super::world::{AUDIENCE, SCOPE, World};
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

/// The sidecar of the manifest for Kubernetes starts, is found alive by its probes, and answers its program.
pub(super) fn kubernetes(world: &World) -> Result<(), Failure> {
    let client_id = world.register("ES256", "pod", "helseid")?;
    let manifest = shell::root().join("packaging/kubernetes/sidecar.yaml");
    let environment = world.environment(&client_id).with("MANIFEST", &manifest.display().to_string());
    expect(
        world.with_helseid(environment.set(&mut program("kubernetes.py"))),
        "probed, asked, and ended in order",
    )
}

/// Without `scope` the answer says what was granted.
pub(super) fn no_scope(world: &World) -> Result<(), Failure> {
    let client_id = world.register("PS256", "python", "helseid")?;
    expect(world.environment(&client_id).set(&mut program("no_scope.py")), GRANTED)
}

/// A web application on Authlib and Flask, written as the sample of 2021.
pub(super) fn authlib_login(_: &World) -> Result<(), Failure> {
    let patients = page("/patients", &["Bearer 200, 5 entries"]);
    let steps = [LOGIN, USERINFO, patients, REFRESH, AGAIN, LOGOUT, LOGIN];
    log_in(&World::secure()?, &mut authlib_application(), &Registered::with("legacy", &[]), &steps)
}

/// The application on Authlib, which runs over plain http too.
pub(super) fn authlib_application() -> Command {
    program("login_authlib.py")
}

/// A web application on `requests_oauth2client` and Flask, which pushes its requests and proves its key.
pub(super) fn requests_oauth2client_login(_: &World) -> Result<(), Failure> {
    let patients = page("/patients", &["DPoP 200, 5 entries"]);
    let steps = [LOGIN, USERINFO, patients, REFRESH, AGAIN, LOGOUT, LOGIN];
    let mut application = program("login_requests_oauth2client.py");
    application.env("ID_TOKEN_ALG", "PS256");
    log_in(&World::fapi2()?, &mut application, &Registered::with("fapi2", &[]), &steps)
}

/// A site with `django-helseid`, which asks for a fresh login each time and logs out at the site alone.
pub(super) fn django_login(_: &World) -> Result<(), Failure> {
    let registered = Registered { callback: "/authorize/", ..Registered::with("helseid", &[]) };
    let login = || picked("/login/", &["Kvart Grevling", "565505933"]);
    let steps = [login(), page("/", &["Logged in as"]), page("submit:/logout/", &["login"]), login()];
    log_in(&World::secure()?, &mut program("login_django.py"), &registered, &steps)
}

/// What samples and applications for HelseID send beyond the specifications is in nobody's way.
pub(super) fn nhn_samples(_: &World) -> Result<(), Failure> {
    let world = World::secure()?;
    let registered = Registered::with("helseid", &["--insecure-userinfo-by-bearer", "true"]);
    let scope = "openid profile offline_access helseid://scopes/identity/pid \
        nhn:test-public-sample-api-1/some-scope nhn:test-public-sample-api-2/some-scope";
    let mut program = program("nhn_samples.py");
    expect(without_browser(&world, &mut program, &registered, scope)?, "8 oddities, none in the way")
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

/// An API on Flask and joserfc refuses each fault of `helseid check-api`; one that remembers no proof lets one in.
pub(super) fn protected_api(world: &World) -> Result<(), Failure> {
    world.register("ES256", "python", "helseid")?;
    let key = read(&mut world.command(&["access-key", "make", "test-tokens", "--name", "check-api"]))?;
    let key_file = world.path("key");
    std::fs::write(&key_file, key).map_err(|why| Failure::new(format!("the key cannot be kept: {why}")))?;
    let told = Environment::default().with("HELSEID_ISSUER", world.issuer());
    let told = told.with("AUDIENCE", AUDIENCE).with("SCOPE", SCOPE);
    for (argument, answer) in
        [("careful", "\"let_in\":0,\"refused\":32,"), ("forgetful", "\"let_in\":1,\"refused\":31,")]
    {
        let api = Server::start(told.set(program("protected_api.py").arg(argument)))?;
        let check = ["check-api", &api.url("/api/patients"), "--format", "json", "--access-key-file", "key"];
        expect(&mut world.command(&check), answer)?;
    }
    Ok(())
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

/// The same library finds who acts in a token that was exchanged twice.
pub(super) fn verify_actors(world: &World) -> Result<(), Failure> {
    verifier_of_actors(world, || program("verify_token.py"))
}
