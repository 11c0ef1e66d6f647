//! `cargo xtask services -- COMMAND`: PostgreSQL and Redis for a command, gone after it.

use std::ffi::OsString;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use helseid_test_services::{Postgres, Redis, find};

use crate::shell::{self, Failure};

/// What tests need of the machine: programs, any of which will do, and Debian's package.
const NEEDED: &[(&[&str], &str)] = &[
    (&["initdb"], "postgresql"),
    (&["redis-server"], "redis-server"),
    (&["nginx"], "nginx-light"),
    (&["caddy"], "caddy"),
    (&["chromium", "chromium-browser", "google-chrome"], "chromium"),
    (&["chromedriver"], "chromium-driver"),
    (&["npm"], "npm"),
];

/// The services that run, and end with this.
pub(crate) struct Services {
    postgres: Postgres,
    redis: Redis,
}

impl Services {
    /// Installs what is missing, and starts them.
    pub(crate) fn start() -> Result<Self, Failure> {
        install_programs()?;
        let failed = |why| Failure::new(format!("a service for the tests is missing: {why}"));
        install_axe()?;
        println!("starting PostgreSQL and Redis");
        Ok(Self { postgres: Postgres::start().map_err(failed)?, redis: Redis::start().map_err(failed)? })
    }

    /// Tells `command` where they are.
    pub(crate) fn tell<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("HELSEID_TEST_AXE", axe_folder().join("node_modules/axe-core/axe.min.js"));
        command.env("HELSEID_TEST_POSTGRES", self.postgres.url());
        command.env("HELSEID_TEST_REDIS", self.redis.url())
    }
}

/// Installs what is missing of the programs that tests and the bench start.
pub(crate) fn install_programs() -> Result<(), Failure> {
    install(&missing(|program| find(program).is_some()))
}

fn axe_folder() -> std::path::PathBuf {
    shell::root().join("test-services/browser")
}

/// What the browser tests look at pages with, in the version of the lock file.
fn install_axe() -> Result<(), Failure> {
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(axe_folder());
    shell::run(npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]))
}

/// Runs `words` as a command beside the services.
pub(crate) fn run(words: &[OsString]) -> Result<(), Failure> {
    let (program, arguments) = words.split_first().ok_or_else(|| Failure::new("give a command behind --"))?;
    let services = Services::start()?;
    shell::run(services.tell(Command::new(program).args(arguments)))
}

fn missing(is_there: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let lacking = NEEDED.iter().filter(|(programs, _)| !programs.iter().any(|program| is_there(program)));
    lacking.map(|(_, package)| *package).collect()
}

/// By apt, where that is there and we are root.
fn install(packages: &[&str]) -> Result<(), Failure> {
    if packages.is_empty() {
        return Ok(());
    }
    if find("apt-get").is_none() || !is_root()? {
        let names = packages.join(" ");
        return Err(Failure::new(format!(
            "the tests need {names}: install these packages, or what your system calls them"
        )));
    }
    shell::run(Command::new("apt-get").args(["update", "--quiet"]))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages);
    // With runlevel 1 the packages start no servers of their own.
    shell::run(install.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1"))
}

/// Whether what this program makes is root's.
fn is_root() -> Result<bool, Failure> {
    let failed = |why: std::io::Error| Failure::new(format!("no temporary folder: {why}"));
    let folder = tempfile::tempdir().map_err(failed)?;
    Ok(folder.path().metadata().map_err(failed)?.uid() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_missing_when_none_of_its_programs_is_there() {
        assert_eq!(missing(|_| true), Vec::<&str>::new());
        assert_eq!(
            missing(|program| program == "google-chrome"),
            ["postgresql", "redis-server", "nginx-light", "caddy", "chromium-driver", "npm"]
        );
    }
}
