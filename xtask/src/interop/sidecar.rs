//! The programs of the guides to the sidecar: each is a file of its own, and runs as it stands there.

use std::process::Command;

use super::program::{expect, expect_failure};
use super::server::Server;
use super::world::{SCOPE, World};
use super::{guide, python};
use crate::foreign;
use crate::shell::{self, Failure};

const GUIDE: &str = "docs/guides/sidecar-languages.md";

const FLASK: &str = "docs/guides/sidecar-flask.md";

/// What every program prints of the sample API's patients, by both of the ways that it takes.
const PATIENT: &str = "Sigrid";

/// The programs that need no more than the others of interop do.
pub(super) fn languages(world: &World) -> Result<(), Failure> {
    let side = Side::start(world)?;
    let mut shell_program = Command::new("sh");
    side.prints(world, shell_program.arg("-e"), "call.sh", 2)?;
    let mut in_python = Command::new(foreign::python(&python::folder()));
    side.prints(world, in_python.arg("-B"), "call.py", 2)?;
    side.prints(world, &mut Command::new("node"), "call.mjs", 2)
}

/// The one in Go.
pub(super) fn go(world: &World) -> Result<(), Failure> {
    let mut go = Command::new("go");
    go.env("GOTOOLCHAIN", "local").env("GO111MODULE", "off").arg("run");
    Side::start(world)?.prints(world, &mut go, "call.go", 2)
}

/// The one in Java.
pub(super) fn java(world: &World, mut java: Command) -> Result<(), Failure> {
    Side::start(world)?.prints(world, &mut java, "Call.java", 1)
}

/// A sidecar and an API, as the guide has them.
struct Side {
    sidecar: Server,
    api: Server,
}

impl Side {
    fn start(world: &World) -> Result<Self, Failure> {
        world.register("ES256", "sidecar", "helseid")?;
        let api = world.sample_api(world.issuer(), "dpop")?;
        let section =
            format!("\n[api.patients]\nurl = \"{}\"\nscope = [\"{SCOPE}\"]\n", api.at_localhost("/api"));
        append(world, "helseid.toml", &section)?;
        write(world, "sidecar.key", "0123456789abcdef0123456789abcdef\n")?;
        let arguments = ["sidecar", "--shared-key-file", "sidecar.key", "--listen", "127.0.0.1:0"];
        let sidecar = Server::start(&mut world.command(&arguments))?;
        Ok(Self { sidecar, api })
    }

    /// Runs the guide's program of this name, which prints a patient so many times.
    fn prints(&self, world: &World, runner: &mut Command, name: &str, times: usize) -> Result<(), Failure> {
        println!("{name}");
        let text = read(GUIDE)?;
        let examples = guide::examples(&text);
        let example = examples.get(name).ok_or_else(|| Failure::new(format!("{GUIDE} has no {name}")))?;
        write(world, name, example)?;
        // A proxy for all but the API, which nobody answers: the sidecar is not asked through it.
        runner
            .arg(world.path(name))
            .env("HTTP_PROXY", "http://127.0.0.1:9")
            .env("http_proxy", "http://127.0.0.1:9");
        runner.env("NO_PROXY", "localhost").env("no_proxy", "localhost");
        runner
            .env("HELSEID_SIDECAR", self.sidecar.url(""))
            .env("API_URL", self.api.at_localhost("/api/patients"));
        let output = shell::read(world.with_helseid(runner))?;
        let printed = String::from_utf8_lossy(&output);
        let found = printed.matches(PATIENT).count();
        if found == times {
            return Ok(());
        }
        Err(Failure::new(format!("expected {PATIENT} {times} times, and {name} printed {printed}")))
    }
}

fn read(file: &str) -> Result<String, Failure> {
    std::fs::read_to_string(shell::root().join(file)).map_err(|why| Failure::new(format!("{file}: {why}")))
}

fn write(world: &World, name: &str, text: &str) -> Result<(), Failure> {
    std::fs::write(world.path(name), text).map_err(|why| Failure::new(format!("{name}: {why}")))
}

fn append(world: &World, file: &str, sections: &str) -> Result<(), Failure> {
    let failed = |why: std::io::Error| Failure::new(format!("{file}: {why}"));
    let before = std::fs::read_to_string(world.path(file)).map_err(failed)?;
    std::fs::write(world.path(file), before + sections).map_err(failed)
}

/// An API in Flask admits callers whom the sidecar finds good, and nobody else.
pub(super) fn flask(world: &World) -> Result<(), Failure> {
    world.register("ES256", "flask", "helseid")?;
    let address = free_address()?;
    let text = read(FLASK)?;
    let section = toml(&text, 0)?.replace("localhost:5001", &address);
    append(world, "helseid.toml", &format!("\n{section}"))?;
    write(world, "sidecar.key", "0123456789abcdef0123456789abcdef\n")?;
    let arguments = ["sidecar", "--shared-key-file", "sidecar.key", "--listen", "127.0.0.1:0"];
    let sidecar = Server::start(&mut world.command(&arguments))?;
    let example = guide::examples(&text);
    let example = example.get("api.py").ok_or_else(|| Failure::new(format!("{FLASK} has no api.py")))?;
    write(world, "api.py", example)?;
    let port = address.rsplit(':').next().unwrap_or_default();
    let mut flask = Command::new(foreign::python(&python::folder()));
    flask.args(["-B", "-m", "flask", "--app", "api", "run", "--port", port]);
    flask.env("HELSEID_SIDECAR", sidecar.url(""));
    let _flask = Running::start(world.with_helseid(&mut flask), &address)?;
    let url = format!("http://{address}/journal");
    expect(&mut world.command(&["call", &url]), "\"entries\":[]")?;
    // It ends well if everything was refused, the last of it this.
    expect(&mut world.command(&["check-api", &url]), "refused  401  dpop.jti_once  proof used once more")?;
    // Whoever does not know the sidecar's key has nobody admitted.
    write(world, "sidecar.key", "another-key-than-the-sidecars-own\n")?;
    let mut flask = Command::new(foreign::python(&python::folder()));
    let other = free_address()?;
    let port = other.rsplit(':').next().unwrap_or_default();
    flask.args(["-B", "-m", "flask", "--app", "api", "run", "--port", port]);
    flask.env("HELSEID_SIDECAR", sidecar.url(""));
    let _flask = Running::start(world.with_helseid(&mut flask), &other)?;
    expect_failure(&mut world.command(&["call", &format!("http://{other}/journal")]), "503")
}

/// An API in Flask calls the next one on behalf of its caller.
pub(super) fn chain(world: &World) -> Result<(), Failure> {
    const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
    let [own, of_own] = ["nhn:test-public-sample-api-1", "nhn:test-public-sample-api-1/some-scope"];
    let exchanges = ["--grant", "client_credentials", "--grant", EXCHANGE, "--own-audience", own];
    world.link("journal", SCOPE, &exchanges)?;
    world.link("caller", of_own, &["--may-be-exchanged-by", "journal"])?;
    let (next, address) = (world.sample_api(world.issuer(), "dpop")?, free_address()?);
    let text = read(FLASK)?;
    let sections = toml(&text, 1)?.replace("localhost:5001", &address);
    let sections = sections.replace("http://localhost:5000/api", &next.at_localhost("/api"));
    append(world, "journal.toml", &format!("\n{sections}\n"))?;
    write(world, "sidecar.key", "0123456789abcdef0123456789abcdef\n")?;
    let arguments = ["sidecar", "--config", "journal.toml", "--shared-key-file", "sidecar.key"];
    let sidecar = Server::start(world.command(&arguments).args(["--listen", "127.0.0.1:0"]))?;
    let examples = guide::examples(&text);
    for name in ["api.py", "chain.py"] {
        let example = examples.get(name).ok_or_else(|| Failure::new(format!("{FLASK} has no {name}")))?;
        write(world, name, example)?;
    }
    let port = address.rsplit(':').next().unwrap_or_default();
    let mut flask = Command::new(foreign::python(&python::folder()));
    flask.args(["-B", "-m", "flask", "--app", "chain", "run", "--port", port]);
    flask.env("HELSEID_SIDECAR", sidecar.url(""));
    let _flask = Running::start(world.with_helseid(&mut flask), &address)?;
    let url = format!("http://{address}/journal/lab");
    expect(&mut world.command(&["call", "--config", "caller.toml", &url]), PATIENT)?;
    // One whose tokens nobody may exchange is admitted, and goes no farther.
    world.link("another", of_own, &[])?;
    expect_failure(&mut world.command(&["call", "--config", "another.toml", &url]), "answered 400")
}

/// A block of TOML in a guide, from 0 on.
fn toml(guide: &str, at: usize) -> Result<&str, Failure> {
    let block = guide.split("\n```toml\n").nth(at + 1).and_then(|rest| rest.split("\n```").next());
    block.ok_or_else(|| Failure::new("the guide has no TOML"))
}

/// An address that nobody listens at, at this moment.
fn free_address() -> Result<String, Failure> {
    let failed = |why: std::io::Error| Failure::new(format!("no free port: {why}"));
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
    Ok(format!("127.0.0.1:{}", listener.local_addr().map_err(failed)?.port()))
}

/// A server that says nothing at its start, ended with this.
struct Running(std::process::Child);

impl Running {
    /// Waits until it listens.
    fn start(command: &mut Command, address: &str) -> Result<Self, Failure> {
        let failed = |why: std::io::Error| Failure::new(format!("a server did not start: {why}"));
        let mut running = Self(command.spawn().map_err(failed)?);
        while std::net::TcpStream::connect(address).is_err() {
            if let Some(status) = running.0.try_wait().map_err(failed)? {
                return Err(Failure::new(format!("a server ended with {status}")));
            }
            std::thread::yield_now();
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_of_the_guide_is_run_but_the_one_that_says_it_is_not() {
        let text = include_str!("../../../docs/guides/sidecar-languages.md");
        let names: Vec<_> = guide::examples(text).into_keys().collect();
        assert_eq!(names, ["Call.java", "call.go", "call.mjs", "call.py", "call.sh"]);
        let fences = text.matches("\n```").count() / 2;
        assert_eq!(fences, names.len() + 1, "a block begins without a name");
        let (_, untested) = text.split_once("```csharp").unwrap();
        assert!(!untested.contains("// "), "it is run nowhere");
    }
}
