//! A foreign web application logs a person in, in a browser without a window, and goes through what it does with the login.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::program::{self, Environment};
use super::server::Server;
use super::world::{SCOPE, World};
use crate::shell::{self, Failure};

/// Who logs in, and what the authority tells of him.
const PERSON: &str = "doctor";
const NAME: &str = "Kvart Grevling";
const NUMBER: &str = "06828399789";

/// The application's name at the authority, as the guides have it.
const CLIENT_ID: &str = "web";

/// The scopes of a login, besides the API's.
const IDENTITY: &str = "openid profile offline_access helseid://scopes/identity/pid \
    helseid://scopes/identity/security_level helseid://scopes/hpr/hpr_number";

/// How an application is registered: the client's profile and switches, and the paths that a browser comes back to.
pub(super) struct Registered {
    pub(super) profile: &'static str,
    pub(super) switches: &'static [&'static str],
    pub(super) callback: &'static str,
    pub(super) logged_out: &'static str,
}

/// Where the browser goes next, whether the authority asks for the person on the way, and what the last page says.
pub(super) struct Step {
    to: &'static str,
    asks: Asks,
    says: &'static [&'static str],
}

/// Whether the page of persons is shown.
#[derive(PartialEq, Eq)]
enum Asks {
    Nobody,
    ForAPerson,
}

/// A page that asks nobody.
pub(super) const fn page(to: &'static str, says: &'static [&'static str]) -> Step {
    Step { to, asks: Asks::Nobody, says }
}

/// A page on the way to which a person is picked.
pub(super) const fn picked(to: &'static str, says: &'static [&'static str]) -> Step {
    Step { to, asks: Asks::ForAPerson, says }
}

/// What most applications name their own paths, and the ID token at the end of a login.
pub(super) const LOGIN: Step = picked("/login", CLAIMS);
pub(super) const AGAIN: Step = page("/login", CLAIMS);
pub(super) const USERINFO: Step = page("/userinfo", &[NAME, "hpr_details", "approvals"]);
pub(super) const REFRESH: Step = page("/refresh", &["refreshed"]);
pub(super) const LOGOUT: Step = page("/logout", &["logged out"]);

/// What an ID token says of the person.
pub(super) const CLAIMS: &[&str] = &[NAME, NUMBER, "at_hash", "Level4"];

impl Registered {
    /// With a profile, without switches, and with the paths that most applications have.
    pub(super) const fn with(profile: &'static str, switches: &'static [&'static str]) -> Self {
        Self { profile, switches, callback: "/callback", logged_out: "/logged-out" }
    }
}

/// An application that is registered and runs, with the API that it calls.
pub(super) struct Application {
    server: Server,
    _api: Server,
}

impl Application {
    /// Starts `command` and registers it.
    pub(super) fn start(
        world: &World,
        command: &mut Command,
        registered: &Registered,
    ) -> Result<Self, Failure> {
        let scope = format!("{IDENTITY} {SCOPE}");
        let scope = scope.as_str();
        let api = world.sample_api(world.issuer(), "transition")?;
        world.generate_key("PS256", "login")?;
        let environment = world.environment(CLIENT_ID).with("HELSEID_SCOPE", scope);
        let environment = environment.with("API_URL", &api.url("/api/patients"));
        trust(world, environment.set(command));
        let server = Server::start(command)?;
        register(world, registered, scope, &server.at_localhost(""))?;
        Ok(Self { server, _api: api })
    }

    /// Where it is, by the name that browsers have for it.
    pub(super) fn address(&self) -> String {
        self.server.at_localhost("")
    }
}

/// Starts `application`, registers it, and lets a browser take the steps.
pub(super) fn log_in(
    world: &World,
    application: &mut Command,
    registered: &Registered,
    steps: &[Step],
) -> Result<(), Failure> {
    let application = Application::start(world, application, registered)?;
    walk(world, &application.address(), PERSON, steps)?;
    println!("{}: {} steps, as expected", registered.profile, steps.len());
    Ok(())
}

/// Lets a browser take the steps at the application, and looks at each page.
pub(super) fn walk(world: &World, application: &str, person: &str, steps: &[Step]) -> Result<(), Failure> {
    let mut browser = Command::new("python3");
    browser.arg("-B").arg(shell::root().join("interop/python/browser.py"));
    browser.args([application, person]).args(steps.iter().map(|step| step.to));
    let pages = trust(world, &mut browser).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let pages = pages.map_err(|why| Failure::new(format!("the browser did not start: {why}")))?;
    let pages = String::from_utf8_lossy(&pages.stdout);
    let mut pages = pages.lines().map(serde_json::from_str::<Value>);
    for step in steps {
        let page = pages.next().and_then(Result::ok);
        step.judge(&page.ok_or_else(|| Failure::new(format!("the browser ended before {}", step.to)))?)?;
    }
    Ok(())
}

impl Step {
    fn judge(&self, page: &Value) -> Result<(), Failure> {
        let (asked, body) = (page["picked"] == true, page["body"].as_str().unwrap_or_default());
        let said = self.says.iter().all(|part| body.contains(part));
        if said && asked == (self.asks == Asks::ForAPerson) {
            return Ok(());
        }
        let expected =
            format!("expected {:?}, a person picked: {}", self.says, self.asks == Asks::ForAPerson);
        Err(Failure::new(format!("{}: {expected}, and it ended with {page}", self.to)))
    }
}

/// Lets a program without a browser log in under `registered`, for these scopes and an address that nothing listens at.
pub(super) fn without_browser<'c>(
    world: &World,
    program: &'c mut Command,
    registered: &Registered,
    scope: &str,
) -> Result<&'c mut Command, Failure> {
    world.generate_key("PS256", "login")?;
    register(world, registered, scope, "https://app.example")?;
    Ok(trust(world, world.environment(CLIENT_ID).set(program)))
}

/// Registers the application at `base`, with the key that was made last.
fn register(world: &World, registered: &Registered, scope: &str, base: &str) -> Result<(), Failure> {
    let mut command =
        world.command(&["client", "register", "--authority", world.issuer(), "--name", "interop"]);
    command.args(["--client-id", CLIENT_ID, "--scope", scope, "--key", "client_private.json"]);
    command.args(["--grant", "authorization_code", "--grant", "refresh_token"]);
    command.args(["--profile", registered.profile]).args(registered.switches);
    command.args(["--redirect-uri", &format!("{base}{}", registered.callback)]);
    command.args(["--post-logout-redirect-uri", &format!("{base}{}", registered.logged_out)]);
    program::read(&mut command).map(drop)
}

/// Tells every kind of program which CA the servers of this world have, if they have one.
fn trust<'c>(world: &World, command: &'c mut Command) -> &'c mut Command {
    let file = world.ca_file("ca.pem");
    if !file.exists() {
        return command;
    }
    let file = file.display().to_string();
    let names = ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CA_FILE"];
    names.iter().fold(Environment::default(), |all, name| all.with(name, &file)).set(command)
}
