//! A sidecar in this process, and raw requests to it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use helseid_sidecar::{Config, ListenFlags, Listener, Sidecar, SidecarError, Sources};
use helseid_testkit::{SCOPE, World};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A folder with a `helseid.toml` for the client of a world.
pub(crate) struct Folder {
    pub(crate) folder: TempDir,
}

/// A running sidecar; it ends with this.
pub(crate) struct Running {
    pub(crate) folder: Folder,
    pub(crate) address: Option<SocketAddr>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Folder {
    /// The client of `world`, the API `sample`, and `sections` besides.
    pub(crate) fn new(world: &World, sections: &str) -> Self {
        let issuer = world.authority.issuer();
        let base = world.url().replace("/whoami", "");
        Self::with(
            &world.key.to_json(),
            &format!(
                "issuer = \"{issuer}\"\nclient_id = \"{}\"\nkey_file = \"key.json\"\n{}\n\
             [api.sample]\nurl = \"{base}\"\nscope = \"{SCOPE}\"\n",
                world.client_id.as_str(),
                sections
            ),
        )
    }

    pub(crate) fn with(key: &helseid_protocol::secret::PrivateKeyText, toml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("helseid.toml"), toml).unwrap();
        std::fs::write(folder.path().join("key.json"), key.expose()).unwrap();
        std::fs::write(folder.path().join("shared.key"), format!("{KEY}\n")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn config(&self, listen: ListenFlags) -> Result<Config, SidecarError> {
        let file = self.path("helseid.toml");
        Config::read(Sources {
            file: Some(Path::new(&file)),
            account: None,
            flags: helseid_client::Settings::default(),
            listen,
            variable: &|_| None,
        })
    }
}

/// A free port, without a key.
pub(crate) fn open() -> ListenFlags {
    ListenFlags { listen: Some(([127, 0, 0, 1], 0).into()), insecure_no_key: true, ..ListenFlags::default() }
}

/// A sidecar without a key for the client of `world`.
pub(crate) async fn sidecar(world: &World, sections: &str) -> Running {
    run(world, Folder::new(world, sections), open()).await
}

pub(crate) async fn run(world: &World, folder: Folder, listen: ListenFlags) -> Running {
    let config = folder.config(listen).unwrap();
    let listener = Listener::bind(config.listen()).await.unwrap();
    let address = listener.address();
    let sidecar = Sidecar::with_clock(config, world.clock().clone()).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(sidecar.serve(listener, async { drop(stopped.await) }));
    Running { folder, address, stop, serving }
}

impl Running {
    /// Posts a body, with our header in place of a key.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with("X-HelseID-Sidecar: 1\r\nContent-Type: application/json\r\n", path, &body.to_string())
            .await
    }

    /// Posts a body with these lines of headers.
    pub(crate) async fn post_with(&self, lines: &str, path: &str, body: &str) -> Answer {
        let (host, length) = (self.address.unwrap(), body.len());
        self.raw(&format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n{lines}\r\n{body}"
        ))
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.raw(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address.unwrap())).await
    }

    /// Sends these bytes, and reads one answer, which must be as it is described.
    pub(crate) async fn raw(&self, request: &str) -> Answer {
        let own = self.address.unwrap();
        let answer = exchange(TcpStream::connect(own).await.unwrap(), request).await;
        crate::openapi::hold(request, &own.to_string(), &answer);
        answer
    }

    /// Tells it to stop, and waits for its end.
    pub(crate) async fn stop(self) -> Folder {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
        self.folder
    }
}

/// Sends `request`, and reads one answer of JSON or nothing.
pub(crate) async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> Answer {
    stream.write_all(request.as_bytes()).await.unwrap();
    read(&mut stream).await
}

pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Answer {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").map_or(0, |value| value.parse().unwrap());
            break (head.to_owned(), length);
        }
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "no answer: {text:?}");
    };
    let begins = head.len() + 4;
    while bytes.len() < begins + length {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "half an answer");
    }
    let body = serde_json::from_slice(&bytes[begins..begins + length]).unwrap_or(Value::Null);
    Answer { status: head[9..12].parse().unwrap(), head, body }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, v)| v)
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// The `error` of a refusal.
    pub(crate) fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }

    pub(crate) fn text_of_challenge(&self) -> &str {
        self.header("www-authenticate").unwrap_or_else(|| panic!("no challenge: {self:?}"))
    }

    /// A member that is a text.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.body[member].as_str().unwrap_or_else(|| panic!("no {member} in {self:?}"))
    }
}
