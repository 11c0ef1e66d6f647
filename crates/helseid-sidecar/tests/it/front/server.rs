//! A proxy of each kind, with the shipped files, before an API.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::net::UnixStream;

use crate::world::{Answer, exchange};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packaging");

/// A kind of proxy for which files are shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Nginx,
    Caddy,
}

pub(super) const KINDS: [Kind; 2] = [Kind::Nginx, Kind::Caddy];

/// A proxy before an API; both end with this.
pub(super) struct Front {
    folder: tempfile::TempDir,
    _processes: [Ending; 2],
}

/// A process that ends with this.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
        }
    }

    /// The files that are shipped for it, in one.
    pub(super) fn shipped(self) -> String {
        let names: &[_] = match self {
            Self::Nginx => &["nginx/helseid-gate.conf", "nginx/helseid-protected.conf"],
            Self::Caddy => &["caddy/helseid.caddy"],
        };
        names.iter().map(|name| std::fs::read_to_string(format!("{SHIPPED}/{name}")).unwrap()).collect()
    }

    /// What is run with which files in `folder`, and what of its log says that it listens.
    fn command(self, folder: &Path, gate: &str, api: u16) -> (Command, &'static str) {
        let path = folder.display();
        let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
        match self {
            Self::Nginx => {
                // The very files, but for how long a test waits for a gate that does not answer.
                write("helseid-gate.conf", hasty("nginx/helseid-gate.conf", "proxy_read_timeout 5s;"));
                let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
                let temporary = temporary.map(|name| format!("{name}_temp_path {path}/{name};")).join(" ");
                write(
                    "nginx.conf",
                    format!(
                        "daemon off; master_process off; worker_processes 1; pid {path}/pid; error_log stderr notice;\n\
                     events {{}}\nhttp {{\n access_log off; {temporary}\n\
                     upstream helseid_sidecar {{ server unix:{gate}; }}\n\
                     server {{\n listen unix:{path}/front.sock;\n set $helseid_gate patients;\n\
                     include {path}/helseid-gate.conf;\n\
                     location / {{\n include {SHIPPED}/nginx/helseid-protected.conf;\n proxy_pass http://127.0.0.1:{api};\n }}\n }}\n}}\n"
                    ),
                );
                // Debian has it in a folder for root, which is on no other user's path.
                let places = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"];
                let found = places.into_iter().find(|path| Path::new(path).exists());
                let mut command = Command::new(found.unwrap_or("nginx"));
                command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf")).args(["-e", "stderr"]);
                (command, "using the \"")
            }
            Self::Caddy => {
                write("helseid.caddy", hasty("caddy/helseid.caddy", "response_header_timeout 5s"));
                write(
                    "Caddyfile",
                    format!(
                        "{{\n admin off\n auto_https off\n}}\nimport helseid.caddy\n\
                     http:// {{\n bind unix/{path}/front.sock\n import helseid_protected patients\n\
                     reverse_proxy 127.0.0.1:{api}\n}}\n"
                    ),
                );
                let mut command = Command::new("caddy");
                command.args(["run", "--config"]).arg(folder.join("Caddyfile"));
                command.env("HELSEID_SIDECAR", format!("unix/{gate}")).env("HOME", folder);
                (command, "serving initial configuration")
            }
        }
    }
}

/// A shipped file with a tenth of its patience.
fn hasty(name: &str, patience: &str) -> String {
    let shipped = std::fs::read_to_string(format!("{SHIPPED}/{name}")).unwrap();
    let hasty = shipped.replace(patience, &patience.replace("5s", "300ms"));
    assert_ne!(shipped, hasty);
    hasty
}

impl Front {
    /// Answers when this returns.
    pub(super) fn start(kind: Kind, gate: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (api, port) = api();
        let (mut command, listens) = kind.command(folder.path(), &gate.display().to_string(), port);
        command.current_dir(folder.path()).stderr(Stdio::piped());
        let mut process =
            Ending(command.spawn().unwrap_or_else(|why| panic!("apt install {}: {why}", kind.name())));
        let mut log = BufReader::new(process.0.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        loop {
            let line = log.next().unwrap_or_else(|| panic!("{said:#?}")).unwrap();
            let done = line.contains(listens);
            said.push(line);
            if done {
                break;
            }
        }
        // It goes on writing, and somebody takes it.
        std::thread::spawn(move || log.for_each(drop));
        Self { folder, _processes: [process, api] }
    }

    pub(super) async fn ask(&self, request: &str) -> Answer {
        exchange(UnixStream::connect(self.folder.path().join("front.sock")).await.unwrap(), request).await
    }

    /// Asks for the patients with these lines of headers.
    pub(super) async fn get(&self, lines: &str) -> Answer {
        self.ask(&format!("GET /v1/patients?q=1 HTTP/1.1\r\nHost: api.example\r\n{lines}\r\n")).await
    }
}

/// The API and its port.
fn api() -> (Ending, u16) {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/front/echo.py");
    let mut process = Ending(Command::new("python3").arg(program).stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(process.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (process, line.trim().parse().unwrap())
}
