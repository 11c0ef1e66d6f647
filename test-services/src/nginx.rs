//! nginx, as a proxy before an app.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::ServerCertificate;
use crate::broken::{Broken, broken};
use crate::owner::{Owner, copy_for};
use crate::process::{Kind, Process, free_port, on_a_free_port};
use crate::program;

static KIND: Kind = Kind { name: "nginx", orderly: "TERM", kill: "KILL", ready: "start worker process" };

/// Where nginx puts what does not fit into memory, all of it below its own folder.
const TEMPORARY: [&str; 5] = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/// An nginx in a folder of its own.
#[derive(Debug)]
pub struct Nginx {
    _process: Process,
    port: u16,
    plain_port: u16,
    _folder: TempDir,
}

/// What it is told.
#[derive(Debug, Clone, Copy)]
pub struct NginxConfig<'a> {
    /// What it shows to those who come by https.
    pub certificate: &'a ServerCertificate,
    /// What stands beside `server`: `upstream`.
    pub http: &'a str,
    /// What stands in `server`: `location`.
    pub server: &'a str,
}

impl Nginx {
    /// Starts one that listens by https, and on another port without.
    pub fn start(config: NginxConfig<'_>) -> Result<Self, Broken> {
        let mut started = None;
        on_a_free_port(|port| {
            started = Some(Self::start_on(port, free_port()?, config)?);
            Ok(())
        })?;
        started.ok_or_else(|| broken(KIND.name, "no port is free"))
    }

    /// In a folder of this try's own: that of one that did not start is gone.
    fn start_on(port: u16, plain_port: u16, config: NginxConfig<'_>) -> Result<Self, Broken> {
        let folder = tempfile::tempdir().map_err(|why| broken("a temporary folder", why))?;
        let owner = Owner::instead_of_root(folder.path())?;
        if let Some(owner) = owner {
            owner.own(folder.path())?;
        }
        let own = |file| copy_for(owner, file, folder.path());
        let (certificate, key) = (own(&config.certificate.certificate)?, own(&config.certificate.key)?);
        let server = format!(
            "listen 127.0.0.1:{port} ssl; listen 127.0.0.1:{plain_port};\n\
             ssl_certificate {}; ssl_certificate_key {};\n{}",
            certificate.display(),
            key.display(),
            config.server
        );
        let process = run(&whole(config.http, &server), folder.path(), owner)?;
        Ok(Self { _process: process, port, plain_port, _folder: folder })
    }

    /// Where it listens by https.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Where it listens without.
    #[must_use]
    pub const fn plain_port(&self) -> u16 {
        self.plain_port
    }
}

/// The whole configuration. One worker, so that it takes its servers by turns.
fn whole(http: &str, server: &str) -> String {
    let places: String = TEMPORARY.map(|kind| format!("{kind}_temp_path {kind};\n")).concat();
    format!(
        "daemon off; worker_processes 1; pid nginx.pid; error_log stderr notice;\n\
         events {{ worker_connections 256; }}\n\
         http {{\naccess_log off;\n{places}{http}\nserver {{\n{server}\n}}\n}}\n"
    )
}

fn run(text: &str, folder: &Path, owner: Option<Owner>) -> Result<Process, Broken> {
    let program = program::find("nginx")
        .ok_or_else(|| broken("nginx", "it is missing; install the package nginx-light"))?;
    let file = folder.join("nginx.conf");
    std::fs::write(&file, text).map_err(|why| broken(file.display(), why))?;
    let mut command = Command::new(program);
    command.arg("-p").arg(folder).arg("-c").arg(&file).args(["-e", "stderr"]);
    Process::start(&KIND, &command, folder, owner)
}
