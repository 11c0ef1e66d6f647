//! The programs in Java, where the machine has a JDK and Maven.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;

use super::checks;
use super::login::{CLAIMS, REFRESH, Registered, USERINFO, log_in, page, picked};
use super::program::{expect, expect_failure};
use super::server::Server;
use super::sidecar;
use super::suite::Program;
use super::world::{AUDIENCE, SCOPE, World};
use crate::shell::{self, Failure};

/// The oldest Java that `interop/java/pom.xml` builds with.
const OLDEST: u32 = 17;

/// A Java that can build and run the programs: the one that Maven runs on.
pub(super) struct Java {
    home: PathBuf,
}

/// What is shown with them.
pub(super) const PROGRAMS: &[Program<Java>] = &[
    Program {
        name: "nimbus-client",
        what: "Nimbus' OAuth 2.0 SDK gets a token with DPoP, and calls our API",
        run: |world, java| checks::dpop_client(world, || java.program("interop.nimbus.NimbusClient")),
    },
    Program {
        name: "nimbus-verify",
        what: "Nimbus verifies our token",
        run: |world, java| checks::verifier(world, || java.program("interop.nimbus.NimbusVerify")),
    },
    Program {
        name: "trust-store",
        what: "Java trusts an authority and an API that serve HTTPS, by the trust store of their CA",
        run: trust_store,
    },
    Program {
        name: "sidecar-java",
        what: "the guide's program in Java calls an API by the sidecar",
        run: |world, java| sidecar::java(world, Command::new(java.home.join("bin/java"))),
    },
    Program {
        name: "spring-client",
        what: "Spring Security gets tokens, Bearer and DPoP, and calls our API",
        run: spring_client,
    },
    Program {
        name: "spring-api",
        what: "an API on Spring Security takes our tokens and proofs, from our client and from Spring's",
        run: spring_api,
    },
    Program {
        name: "spring-login",
        what: "Spring Security logs a person in, gets new tokens, and logs out everywhere",
        run: spring_login,
    },
];

impl Java {
    /// The JDK that Maven runs on, if there are both and it is new enough.
    pub(super) fn find() -> Option<Self> {
        let output = maven().arg("--version").output().ok()?;
        let home = home_of_new_enough(&String::from_utf8_lossy(&output.stdout))?;
        shell::succeeds(Command::new(home.join("bin/javac")).arg("-version")).then_some(Self { home })
    }

    /// Builds the programs, and writes down where their libraries are.
    pub(super) fn build(&self) -> Result<(), Failure> {
        let mut build = maven();
        build.current_dir(shell::root().join("interop/java")).env("JAVA_HOME", &self.home);
        build.args([
            "--batch-mode",
            "--no-transfer-progress",
            "--quiet",
            "compile",
            "dependency:build-classpath",
        ]);
        let mut output = OsString::from("-Dmdep.outputFile=");
        output.push(folder().join("classpath"));
        shell::run(build.arg(output))
    }

    fn program(&self, class: &str) -> Command {
        self.program_with(&[], class)
    }

    fn program_with(&self, options: &[&OsStr], class: &str) -> Command {
        let libraries = std::fs::read_to_string(folder().join("classpath")).unwrap_or_default();
        let path = std::iter::once(folder().join("classes")).chain(std::env::split_paths(libraries.trim()));
        let mut java = Command::new(self.home.join("bin/java"));
        // The programs end before a second compiler pays.
        java.arg("-XX:TieredStopAtLevel=1").env("CLASSPATH", std::env::join_paths(path).unwrap_or_default());
        java.args(options).arg(class);
        java
    }

    /// The same for a program that trusts the CA of a secure world.
    fn program_trusting(&self, world: &World, class: &str) -> Command {
        let mut store = OsString::from("-Djavax.net.ssl.trustStore=");
        store.push(world.ca_file("truststore.p12"));
        self.program_with(&[&store, OsStr::new("-Djavax.net.ssl.trustStorePassword=changeit")], class)
    }

    /// An API of this audience.
    fn api(&self, world: &World, audience: &str) -> Result<Server, Failure> {
        let mut api = self.program("interop.spring.SpringApi");
        Server::start(
            api.env("HELSEID_ISSUER", world.issuer()).env("HELSEID_SCOPE", SCOPE).env("AUDIENCE", audience),
        )
    }
}

fn folder() -> PathBuf {
    shell::root().join("target/interop/java")
}

fn maven() -> Command {
    Command::new(if cfg!(windows) { "mvn.cmd" } else { "mvn" })
}

/// Nimbus' client goes to https alone, and finds the local CA in the trust store for Java.
fn trust_store(_: &World, java: &Java) -> Result<(), Failure> {
    let world = &World::secure()?;
    checks::dpop_client(world, || java.program_trusting(world, "interop.nimbus.NimbusClient"))
}

/// As it is it is taken under `legacy`. Its tokens end so soon that it gets new ones before each call.
fn spring_login(_: &World, java: &Java) -> Result<(), Failure> {
    let registered = Registered {
        callback: "/login/oauth2/code/helseid",
        ..Registered::with("legacy", &["--token-lifetime", "30"])
    };
    let steps = [
        picked("/oauth2/authorization/helseid", CLAIMS),
        USERINFO,
        page("/patients", &["Bearer 200, 5 entries"]),
        REFRESH,
        page("/claims", CLAIMS),
        page("/logout", &["Are you sure you want to log out?"]),
        page("submit:/logout", &["logged out"]),
        picked("/claims", CLAIMS),
    ];
    let world = World::secure()?;
    log_in(&world, &mut java.program_trusting(&world, "interop.spring.SpringLogin"), &registered, &steps)
}

/// As it is a client is taken under `legacy` and refused by `assertion.typ` today; with what HelseID wants it is taken.
fn spring_client(world: &World, java: &Java) -> Result<(), Failure> {
    let client = |mode: &str| {
        let mut client = java.program("interop.spring.SpringClient");
        client.arg(mode);
        client
    };
    checks::bearer_client(world, &mut client("as-it-is"))?;
    checks::refused_client(world, &mut client("as-it-is"), "(rule assertion.typ)")?;
    checks::dpop_client(world, || client("dpop"))
}

/// Tokens of our authority pass, with proofs of our client and of Spring's; those for somebody else do not.
fn spring_api(world: &World, java: &Java) -> Result<(), Failure> {
    let client_id = world.register("ES256", "java", "helseid")?;
    let call = |api: &Server| world.command(&["call", &api.url("/whoami")]);
    let api = java.api(world, AUDIENCE)?;
    expect(&mut call(&api), &client_id)?;
    let environment = world.environment(&client_id).with("API_URL", &api.url("/whoami"));
    let mut client = java.program("interop.spring.SpringClient");
    expect(environment.set(client.arg("dpop")), "DPoP 200, 2 entries; tampered 401")?;
    let somebody_else = java.api(world, "somebody:else")?;
    expect_failure(&mut call(&somebody_else), "The aud claim is not valid")
}

/// The JDK's folder of what `mvn --version` prints, if it is new enough.
fn home_of_new_enough(output: &str) -> Option<PathBuf> {
    let line = output.lines().find_map(|line| line.strip_prefix("Java version: "))?;
    let major: u32 = line.split(['.', ',', '-']).next()?.parse().ok()?;
    let (_, home) = line.split_once("runtime: ")?;
    (major >= OLDEST).then(|| PathBuf::from(home))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_java_that_is_new_enough_is_read_from_what_maven_says() {
        let says = |version: &str| {
            let text =
                format!("Apache Maven 3.8.7\nJava version: {version}, vendor: V, runtime: /usr/lib/jvm/x\n");
            home_of_new_enough(&text)
        };
        for new_enough in ["17.0.15", "25", "21-ea"] {
            assert_eq!(says(new_enough), Some(PathBuf::from("/usr/lib/jvm/x")), "{new_enough}");
        }
        for old in ["1.8.0_392", "11.0.2", "unknown"] {
            assert_eq!(says(old), None, "{old}");
        }
        assert_eq!(home_of_new_enough("mvn: not found"), None);
    }
}
