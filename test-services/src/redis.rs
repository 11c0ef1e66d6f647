//! Redis.

use std::process::Command;

use tempfile::TempDir;

use crate::broken::{Broken, broken};
use crate::owner::Owner;
use crate::process::{Kind, Process, Stop, on_a_free_port};
use crate::program;

static KIND: Kind =
    Kind { name: "Redis", orderly: "TERM", kill: "KILL", ready: "Ready to accept connections" };

/// A Redis that appends what it is told to a file.
#[derive(Debug)]
pub struct Redis {
    process: Option<Process>,
    port: u16,
    owner: Option<Owner>,
    folder: TempDir,
    /// How it is told to speak TLS, and nothing else.
    tls: Vec<String>,
}

impl Redis {
    /// Starts the server.
    pub fn start() -> Result<Self, Broken> {
        Self::start_with(|_| Ok(Vec::new()))
    }

    /// Starts the server with TLS alone, by this certificate. With `clients`, whoever connects must show one of that
    /// authority.
    #[cfg(feature = "tls")]
    pub fn start_with_tls(
        shown: &crate::ServerCertificate,
        clients: Option<&crate::TestCa>,
    ) -> Result<Self, Broken> {
        Self::start_with(|redis| {
            let own = |file| Ok(redis.own_copy(file)?.display().to_string());
            let (certificate, key) = (own(&shown.certificate)?, own(&shown.key)?);
            let mut tls = vec!["--tls-cert-file".to_owned(), certificate, "--tls-key-file".to_owned(), key];
            match clients {
                None => tls.extend(["--tls-auth-clients", "no"].map(str::to_owned)),
                Some(ca) => tls.extend(["--tls-ca-cert-file".to_owned(), own(ca.file())?]),
            }
            Ok(tls)
        })
    }

    fn start_with(tls: impl FnOnce(&Self) -> Result<Vec<String>, Broken>) -> Result<Self, Broken> {
        let folder = tempfile::tempdir().map_err(|why| broken("a temporary folder", why))?;
        let owner = Owner::instead_of_root(folder.path())?;
        if let Some(owner) = owner {
            owner.own(folder.path())?;
        }
        let mut redis = Self { process: None, port: 0, owner, folder, tls: Vec::new() };
        redis.tls = tls(&redis)?;
        on_a_free_port(|port| {
            redis.port = port;
            redis.start_again()
        })?;
        Ok(redis)
    }

    /// Where it is; with TLS under a name, for its certificate to be of.
    #[must_use]
    pub fn url(&self) -> String {
        match self.tls.is_empty() {
            true => format!("redis://127.0.0.1:{}", self.port),
            false => format!("rediss://localhost:{}", self.port),
        }
    }

    /// A copy of a file for whoever runs it.
    #[cfg(feature = "tls")]
    fn own_copy(&self, file: &std::path::Path) -> Result<std::path::PathBuf, Broken> {
        crate::owner::copy_for(self.owner, file, self.folder.path())
    }

    #[cfg(all(test, feature = "service-tests"))]
    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.folder.path().to_owned()
    }

    /// Ends it; what it wrote down stays.
    pub fn stop(&mut self, how: Stop) {
        if let Some(process) = self.process.take() {
            process.stop(how);
        }
    }

    /// Ends it, and loses what it wrote down: what a machine does that loses power, or a replica that takes over too early.
    pub fn stop_and_forget(&mut self) -> Result<(), Broken> {
        self.stop(Stop::Kill);
        let written = self.folder.path().join("appendonlydir");
        std::fs::remove_dir_all(written).map_err(|why| broken("what Redis wrote down", why))
    }

    /// Starts it where it was.
    pub fn start_again(&mut self) -> Result<(), Broken> {
        let program = program::find("redis-server")
            .ok_or_else(|| broken("redis-server", "it is missing; install the package redis-server"))?;
        let mut command = Command::new(program);
        let port = self.port.to_string();
        match self.tls.is_empty() {
            true => command.args(["--port", &port]),
            false => command.args(["--port", "0", "--tls-port", &port]).args(&self.tls),
        };
        command.args(["--bind", "127.0.0.1", "--save", ""]);
        command.args(["--appendonly", "yes", "--dir"]).arg(self.folder.path());
        self.process = Some(Process::start(&KIND, &command, self.folder.path(), self.owner)?);
        Ok(())
    }
}
