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

/// Builds the binary that every world runs: with the features that the tests have, so that whoever ran them has it built.
pub(super) fn build() -> Result<(), Failure> {
    shell::run(&mut shell::cargo(&["build", "--locked", "--workspace", "--all-features", "--bin", "helseid"]))
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

    /// The same under profile `fapi2`.
    pub(super) fn fapi2() -> Result<Self, Failure> {
        Self::under("fapi2", &["--tls", "self-signed"])
    }

    fn with(tls: &'static [&'static str]) -> Result<Self, Failure> {
        Self::under("helseid", tls)
    }

    fn under(profile: &str, tls: &'static [&'static str]) -> Result<Self, Failure> {
        let folder =
            tempfile::tempdir().map_err(|why| Failure::new(format!("no temporary folder: {why}")))?;
        let mut command = helseid(folder.path());
        command.args(["authority", "--listen", "127.0.0.1:0", "--profile", profile]).args(tls);
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

    /// Lets a foreign program run in this world, on a machine where `helseid` is installed.
    pub(super) fn with_helseid_installed<'c>(
        &self,
        command: &'c mut Command,
    ) -> Result<&'c mut Command, Failure> {
        let others = std::env::var_os("PATH").unwrap_or_default();
        let folders = binary().parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&others));
        let path = std::env::join_paths(folders)
            .map_err(|why| Failure::new(format!("the folder of helseid cannot be in PATH: {why}")))?;
        Ok(command.current_dir(self.folder.path()).env("PATH", path))
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

    /// An access token of a client, the one that it is exchanged for, and the one that this is exchanged for: by `api-one` and by
    /// `api-two`, each for the API behind it.
    pub(super) fn exchanged_twice(&self) -> Result<[String; 3], Failure> {
        const EXCHANGE: [&str; 2] = ["--grant", "urn:ietf:params:oauth:grant-type:token-exchange"];
        let [one, two] = ["nhn:test-public-sample-api-1", "nhn:test-public-sample-api-2"];
        let [to_one, to_two] = [one, two].map(|api| format!("{api}/some-scope"));
        self.link("web", &to_one, &["--may-be-exchanged-by", "api-one"])?;
        let listed = ["--own-audience", one, "--may-be-exchanged-by", "api-two"];
        self.link("api-one", &to_two, &[&EXCHANGE[..], &listed].concat())?;
        self.link("api-two", "nhn:bff-sample/api", &[&EXCHANGE[..], &["--own-audience", two]].concat())?;
        let first = program::read(&mut self.command(&["token", "get", "--config", "web.toml"]))?;
        let exchange = |token: &str, configuration: &str| {
            let file = self.path("subject");
            std::fs::write(&file, token).map_err(|why| Failure::new(format!("no token is kept: {why}")))?;
            program::read(&mut self.command(&["token", "exchange", "subject", "--config", configuration]))
        };
        let second = exchange(&first, "api-one.toml")?;
        let third = exchange(&second, "api-two.toml")?;
        Ok([first, second, third])
    }

    /// Registers a client of a chain, with a key and a configuration of its own name.
    pub(super) fn link(&self, id: &str, scope: &str, more: &[&str]) -> Result<(), Failure> {
        program::read(&mut self.command(&["key", "generate", "--alg", "ES256", "--out", id]))?;
        let (key, out) = (format!("{id}_private.json"), format!("{id}.toml"));
        let all = ["client", "register", "--name", id, "--client-id", id, "--key", &key, "--out", &out];
        program::read(&mut self.command(&[&all[..], &["--scope", scope], more].concat())).map(drop)
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
