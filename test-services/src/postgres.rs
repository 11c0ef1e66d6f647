//! PostgreSQL.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::broken::{Broken, broken};
use crate::owner::Owner;
use crate::process::{Kind, Process, Stop, on_a_free_port};
use crate::program;

static KIND: Kind = Kind {
    name: "PostgreSQL",
    // Ends sessions under way.
    orderly: "INT",
    // Its processes end without a word to each other's files. By KILL, some would go on for a while.
    kill: "QUIT",
    ready: "database system is ready to accept connections",
};

const USER: &str = "helseid";

/// A PostgreSQL with one user, who may do everything.
#[derive(Debug)]
pub struct Postgres {
    process: Option<Process>,
    port: u16,
    password: String,
    owner: Option<Owner>,
    folder: TempDir,
    /// What it is told to speak TLS.
    tls: Vec<String>,
}

impl Postgres {
    /// Makes a database and starts the server.
    pub fn start() -> Result<Self, Broken> {
        let folder = tempfile::tempdir().map_err(|why| broken("a temporary folder", why))?;
        let owner = Owner::instead_of_root(folder.path())?;
        let tls = Vec::new();
        let mut postgres = Self { process: None, port: 0, password: password(), owner, folder, tls };
        postgres.make()?;
        postgres.start_on_a_port()?;
        Ok(postgres)
    }

    /// The same with TLS for those who ask for it, by this certificate.
    #[cfg(feature = "tls")]
    pub fn start_with_tls(shown: &crate::ServerCertificate) -> Result<Self, Broken> {
        let mut postgres = Self::start()?;
        postgres.stop(Stop::Orderly);
        let own = |file| crate::owner::copy_for(postgres.owner, file, postgres.folder.path());
        let (certificate, key) = (own(&shown.certificate)?, own(&shown.key)?);
        postgres.tls = vec![
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", certificate.display()),
            format!("ssl_key_file={}", key.display()),
        ];
        postgres.start_on_a_port()?;
        Ok(postgres)
    }

    fn start_on_a_port(&mut self) -> Result<(), Broken> {
        on_a_free_port(|port| {
            self.port = port;
            self.start_again()
        })
    }

    /// Where its first database is. Holds the password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    #[cfg(all(test, feature = "service-tests"))]
    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.folder.path().to_owned()
    }

    /// Ends it; what it holds stays.
    pub fn stop(&mut self, how: Stop) {
        if let Some(process) = self.process.take() {
            process.stop(how);
        }
    }

    /// Stops all its processes where they are, until this is dropped: connections stay, and nothing answers.
    pub fn freeze(&self) -> Result<Frozen, Broken> {
        let file = self.data().join("postmaster.pid");
        let text = std::fs::read_to_string(&file).map_err(|why| broken(file.display(), why))?;
        let first = text.lines().next().unwrap_or_default().to_owned();
        // The first one starts the others, and they keep its data.
        let mut frozen = Frozen(vec![first.clone()]);
        frozen.tell("STOP")?;
        let children = format!("/proc/{first}/task/{first}/children");
        let children = std::fs::read_to_string(&children).map_err(|why| broken(children, why))?;
        frozen.0.extend(children.split_whitespace().map(str::to_owned));
        frozen.tell("STOP")?;
        Ok(frozen)
    }

    /// Starts it where it was.
    pub fn start_again(&mut self) -> Result<(), Broken> {
        let mut command = Command::new(program("postgres")?);
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=300",
            "shared_buffers=32MB",
            // Processes end in tests, machines do not: the kernel keeps what was written.
            "fsync=off",
        ] {
            command.args(["-c", setting]);
        }
        for setting in &self.tls {
            command.args(["-c", setting]);
        }
        self.process = Some(Process::start(&KIND, &command, self.folder.path(), self.owner)?);
        Ok(())
    }

    fn make(&self) -> Result<(), Broken> {
        let (folder, password) = (self.folder.path(), self.folder.path().join("password"));
        std::fs::write(&password, &self.password).map_err(|why| broken("a password's file", why))?;
        let mut initdb = Command::new(program("initdb")?);
        initdb.arg("-D").arg(self.data()).arg("--pwfile").arg(&password).current_dir(folder);
        initdb.args(["-U", USER, "--auth=scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]);
        if let Some(owner) = self.owner {
            owner.own(folder)?;
            owner.own(&password)?;
            owner.run(&mut initdb);
        }
        let output = initdb.output().map_err(|why| broken("initdb", why))?;
        match output.status.success() {
            true => Ok(()),
            false => Err(broken("initdb", String::from_utf8_lossy(&output.stderr))),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

/// A PostgreSQL that stands still.
#[derive(Debug)]
pub struct Frozen(Vec<String>);

impl Frozen {
    fn tell(&self, signal: &str) -> Result<(), Broken> {
        let mut kill = Command::new("sh");
        kill.args(["-c", r#"signal=$1; shift; kill -s "$signal" "$@""#, "sh", signal]).args(&self.0);
        let status = kill.status().map_err(|why| broken("kill", why))?;
        if status.success() { Ok(()) } else { Err(broken("kill", status)) }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = self.tell("CONT");
    }
}

fn program(name: &str) -> Result<PathBuf, Broken> {
    program::find(name).ok_or_else(|| broken(name, "it is missing; install the package postgresql"))
}

/// 128 bits of the standard library's own seed: a neighbour on this machine cannot guess them.
fn password() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}
