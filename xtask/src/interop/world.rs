//! What a foreign program finds: a folder of its own, an authority, and what the command line can do.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::Server;
use crate::shell::{self, Failure};

/// The scope of the sample API.
pub(super) const SCOPE: &str = "norsk-helsenett:python-sample-api/read";

/// An authority with a data folder of its own; both go when it is dropped.
pub(super) struct World {
    folder: tempfile::TempDir,
    authority: Server,
}

/// Builds the binary that every world runs.
pub(super) fn build() -> Result<(), Failure> {
    shell::run(&mut shell::cargo(&["build", "--locked", "--package", "helseid"]))
}

impl World {
    /// Starts an authority on a free port.
    pub(super) fn new() -> Result<Self, Failure> {
        let folder =
            tempfile::tempdir().map_err(|why| Failure::new(format!("no temporary folder: {why}")))?;
        let mut command = helseid(folder.path());
        command.args(["authority", "--listen", "127.0.0.1:0"]);
        Ok(Self { authority: Server::start(&mut command)?, folder })
    }

    /// The folder for keys and configurations.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The authority's issuer.
    pub(super) fn issuer(&self) -> &str {
        self.authority.issuer()
    }

    /// Runs `helseid` against this authority and returns what it printed.
    pub(super) fn helseid(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = shell::read(helseid(self.folder.path()).args(arguments))?;
        Ok(String::from_utf8_lossy(&output).trim().to_owned())
    }

    /// Starts the sample API with this scheme.
    pub(super) fn sample_api(&self, scheme: &str) -> Result<Server, Failure> {
        let mut command = helseid(self.folder.path());
        command.args([
            "sample-api",
            "--listen",
            "127.0.0.1:0",
            "--issuer",
            self.issuer(),
            "--scheme",
            scheme,
        ]);
        Server::start(&mut command)
    }

    /// Makes a key and registers a client for it; returns the client's id. The private key is `client_private.json`.
    pub(super) fn register(&self, algorithm: &str, key_id: &str, profile: &str) -> Result<String, Failure> {
        let name = self.path("client").display().to_string();
        self.helseid(&[
            "key", "generate", "--alg", algorithm, "--size", "2048", "--kid", key_id, "--out", &name,
        ])?;
        let (key, config) = (format!("{name}_private.json"), self.path("helseid.toml").display().to_string());
        self.helseid(&[
            "client",
            "register",
            "--authority",
            self.issuer(),
            "--name",
            "interop",
            "--scope",
            SCOPE,
            "--key",
            &key,
            "--profile",
            profile,
            "--out",
            &config,
        ])
    }
}

/// `helseid`, with `folder` for its data and nothing of the user's environment that would steer it.
fn helseid(folder: &Path) -> Command {
    let binary = shell::root().join("target/debug").join(format!("helseid{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HELSEID_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).env("HELSEID_DATA_DIR", folder.join("data"));
    command
}
