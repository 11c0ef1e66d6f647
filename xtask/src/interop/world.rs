//! What a foreign program finds: a folder of its own, an authority, and what the command line can do.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{self, Environment};
use super::server::Server;
use crate::shell::{self, Failure};

/// The sample API.
pub(super) const AUDIENCE: &str = "norsk-helsenett:python-sample-api";

/// Its scope.
pub(super) const SCOPE: &str = "norsk-helsenett:python-sample-api/read";

/// An authority with a data folder of its own; both go when it is dropped.
pub(super) struct World {
    folder: tempfile::TempDir,
    authority: Server,
    /// How its servers serve HTTPS, if they do.
    tls: &'static [&'static str],
}

/// Builds the binary that every world runs.
pub(super) fn build() -> Result<(), Failure> {
    shell::run(&mut shell::cargo(&["build", "--locked", "--package", "helseid"]))
}

impl World {
    /// Starts an authority on a free port.
    pub(super) fn new() -> Result<Self, Failure> {
        Self::with(&[])
    }

    /// The same with HTTPS, by a local CA.
    pub(super) fn secure() -> Result<Self, Failure> {
        Self::with(&["--tls", "self-signed"])
    }

    fn with(tls: &'static [&'static str]) -> Result<Self, Failure> {
        let folder =
            tempfile::tempdir().map_err(|why| Failure::new(format!("no temporary folder: {why}")))?;
        let mut command = helseid(folder.path());
        command.args(["authority", "--listen", "127.0.0.1:0"]).args(tls);
        Ok(Self { authority: Server::start(&mut command)?, folder, tls })
    }

    /// A file in the folder for keys and configurations.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the local CA of a secure world wrote for other programs.
    pub(super) fn ca_file(&self, name: &str) -> PathBuf {
        self.path("data/tls").join(name)
    }

    /// The authority's issuer.
    pub(super) fn issuer(&self) -> &str {
        self.authority.issuer()
    }

    /// Lets a foreign program run `helseid` itself, in this world.
    pub(super) fn with_helseid<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.current_dir(self.folder.path()).env("HELSEID", binary())
    }

    /// `helseid` with these arguments, in this world.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = helseid(self.folder.path());
        command.args(arguments);
        command
    }

    /// What a client with the key of [`World::generate_key`] is told.
    pub(super) fn environment(&self, client_id: &str) -> Environment {
        Environment::default()
            .with("HELSEID_ISSUER", self.issuer())
            .with("HELSEID_CLIENT_ID", client_id)
            .with("HELSEID_CLIENT_JWK_FILE", &self.path("client_private.json").display().to_string())
            .with("HELSEID_SCOPE", SCOPE)
    }

    /// Starts the sample API with this scheme, for tokens of `issuer`.
    pub(super) fn sample_api(&self, issuer: &str, scheme: &str) -> Result<Server, Failure> {
        let address = ["sample-api", "--listen", "127.0.0.1:0", "--issuer", issuer, "--scheme", scheme];
        Server::start(self.command(&address).args(self.tls))
    }

    /// Makes `client_private.json` and `client_public.json`.
    pub(super) fn generate_key(&self, algorithm: &str, key_id: &str) -> Result<(), Failure> {
        let mut arguments =
            vec!["key", "generate", "--alg", algorithm, "--kid", key_id, "--out", "client", "--force"];
        if !algorithm.starts_with("ES") {
            arguments.extend(["--size", "2048"]);
        }
        program::read(&mut self.command(&arguments)).map(drop)
    }

    /// Makes a key and registers a client for it, with a `helseid.toml`; returns the client's id.
    pub(super) fn register(&self, algorithm: &str, key_id: &str, profile: &str) -> Result<String, Failure> {
        self.generate_key(algorithm, key_id)?;
        let _ = std::fs::remove_file(self.path("helseid.toml"));
        program::read(&mut self.command(&[
            "client",
            "register",
            "--authority",
            self.issuer(),
            "--name",
            "interop",
            "--scope",
            SCOPE,
            "--key",
            "client_private.json",
            "--profile",
            profile,
            "--out",
            "helseid.toml",
        ]))
    }

    /// An access token for the client registered last.
    pub(super) fn token(&self) -> Result<String, Failure> {
        program::read(&mut self.command(&["token", "get"]))
    }
}

/// `helseid`, with `folder` for its data and nothing of the user's environment that would steer it.
fn helseid(folder: &Path) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HELSEID_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).env("HELSEID_DATA_DIR", folder.join("data"));
    command
}

/// Beside this program, where cargo puts both.
fn binary() -> PathBuf {
    let name = format!("helseid{}", std::env::consts::EXE_SUFFIX);
    std::env::current_exe().map_or_else(|_| PathBuf::from(&name), |own| own.with_file_name(&name))
}
