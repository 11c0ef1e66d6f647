//! The programs in Go, where the machine has it.

use std::path::PathBuf;
use std::process::Command;

use super::checks;
use super::login::{AGAIN, LOGIN, LOGOUT, REFRESH, Registered, USERINFO, log_in, page};
use super::sidecar;
use super::suite::Program;
use super::world::World;
use crate::shell::{self, Failure};

/// The oldest minor version of Go 1 that `interop/go/go.mod` builds with.
const OLDEST_MINOR: u32 = 24;

/// A Go that can build the programs.
pub(super) struct Go {
    programs: PathBuf,
}

/// What is shown with them.
pub(super) const PROGRAMS: &[Program<Go>] = &[
    Program {
        name: "x-oauth2",
        what: "golang.org/x/oauth2 with go-jose gets tokens, Bearer and DPoP, and calls our API",
        run: |world, go| {
            let client = || go.program("oauth2-client");
            checks::bearer_client(world, client().arg("bearer"))?;
            checks::dpop_client(world, || with(client(), "dpop"))
        },
    },
    Program {
        name: "zitadel-client",
        what: "zitadel/oidc gets a token with DPoP, and calls our API",
        run: |world, go| checks::dpop_client(world, || go.program("zitadel-client")),
    },
    Program {
        name: "go-oidc",
        what: "go-oidc verifies our token",
        run: |world, go| checks::verifier(world, || go.program("verify-go-oidc")),
    },
    Program {
        name: "zitadel-verify",
        what: "zitadel/oidc verifies our token",
        run: |world, go| checks::verifier(world, || go.program("verify-zitadel")),
    },
    Program {
        name: "sidecar-go",
        what: "the guide's program in Go calls an API by the sidecar",
        run: |world, _| sidecar::go(world),
    },
    Program {
        name: "x-oauth2-login",
        what: "golang.org/x/oauth2 with go-oidc logs a person in, by a signed request in the address",
        run: oauth2_login,
    },
    Program {
        name: "zitadel-login",
        what: "zitadel/oidc logs a person in with DPoP, and gets new tokens",
        run: zitadel_login,
    },
];

impl Go {
    /// The Go of this machine, if it is new enough; it is not let fetch another one.
    pub(super) fn find() -> Option<Self> {
        let mut version = go();
        let output = version.args(["env", "GOVERSION"]).output().ok()?;
        let new_enough = minor(&String::from_utf8_lossy(&output.stdout)) >= Some(OLDEST_MINOR);
        new_enough.then(|| Self { programs: shell::root().join("target/interop/go") })
    }

    /// Builds the programs, with the libraries that `go.sum` pins.
    pub(super) fn build(&self) -> Result<(), Failure> {
        let mut build = go();
        build.current_dir(shell::root().join("interop/go")).args(["build", "-mod=readonly", "-o"]);
        // With the closing separator it is a folder for all of them.
        shell::run(build.arg(self.programs.join("")).arg("./..."))
    }

    fn program(&self, name: &str) -> Command {
        Command::new(self.programs.join(name).with_extension(std::env::consts::EXE_EXTENSION))
    }
}

/// The library refreshes tokens without an assertion, so that there is no refresh here.
fn oauth2_login(_: &World, go: &Go) -> Result<(), Failure> {
    let steps = [LOGIN, page("/patients", &["Bearer 200, 5 entries; tampered 401"]), AGAIN, LOGOUT, LOGIN];
    log_in(&World::secure()?, &mut go.program("oauth2-login"), &Registered::with("legacy", &[]), &steps)
}

fn zitadel_login(_: &World, go: &Go) -> Result<(), Failure> {
    let patients = page("/patients", &["DPoP 200, 5 entries; tampered 401"]);
    let steps = [LOGIN, USERINFO, REFRESH, patients, AGAIN, LOGOUT, LOGIN];
    let registered = Registered::with("helseid", &["--require-par", "false"]);
    log_in(&World::secure()?, &mut go.program("zitadel-login"), &registered, &steps)
}

fn go() -> Command {
    let mut go = Command::new("go");
    go.current_dir(shell::root()).env("GOTOOLCHAIN", "local");
    go
}

fn with(mut command: Command, argument: &str) -> Command {
    command.arg(argument);
    command
}

/// The 26 of `go1.26.8`.
fn minor(version: &str) -> Option<u32> {
    let (_, after) = version.split_once("go1.")?;
    let digits = after.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minor_version_is_read_from_what_go_says() {
        assert_eq!(minor("go1.26.8\n"), Some(26));
        assert_eq!(minor("go1.24rc1\n"), Some(24));
        assert_eq!(minor("devel go1.25-9c6ae2c3\n"), Some(25));
        assert_eq!(minor("go1.9"), Some(9));
        assert_eq!(minor(""), None);
    }
}
