//! Redis.

use std::process::Command;

use tempfile::TempDir;

use crate::owner::Owner;
use crate::process::{Broken, Kind, Process, Stop, broken, on_a_free_port};
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
}

impl Redis {
    /// Starts the server.
    pub fn start() -> Result<Self, Broken> {
        let folder = tempfile::tempdir().map_err(|why| broken("a temporary folder", why))?;
        let owner = Owner::instead_of_root(folder.path())?;
        if let Some(owner) = owner {
            owner.own(folder.path())?;
        }
        let mut redis = Self { process: None, port: 0, owner, folder };
        on_a_free_port(|port| {
            redis.port = port;
            redis.start_again()
        })?;
        Ok(redis)
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
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
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
        command.args(["--appendonly", "yes", "--dir"]).arg(self.folder.path());
        self.process = Some(Process::start(&KIND, &command, self.folder.path(), self.owner)?);
        Ok(())
    }
}
