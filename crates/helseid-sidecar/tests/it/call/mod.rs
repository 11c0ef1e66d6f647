//! The forward proxy, before the real API of a world and before hostile ones.

mod bounds;
mod hostile;
mod nonces;
mod passing;
mod paths;
mod smuggling;

use helseid_protocol::rule::Profile;
use helseid_testkit::World;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::{Running, sidecar};
use hostile::Hostile;

/// A sidecar before `api` as `[api.other]`, which begins at `/base`.
async fn before(api: &Hostile) -> (World, Running) {
    before_with(api, "").await
}

/// The same with settings of the API.
async fn before_with(api: &Hostile, settings: &str) -> (World, Running) {
    let world = World::start(Profile::Helseid).await.unwrap();
    let section = format!("[api.other]\nurl = \"http://{}/base\"\n{settings}\n", api.address);
    let sidecar = sidecar(&world, &section).await;
    (world, sidecar)
}

/// Sends a request whose line begins so, with these lines of headers and this body, and reads all that comes.
async fn call(sidecar: &Running, line: &str, lines: &str, body: &[u8]) -> String {
    let length = match body.is_empty() || lines.contains("Transfer-Encoding") {
        true => String::new(),
        false => format!("Content-Length: {}\r\n", body.len()),
    };
    let mut stream = connect(sidecar, line, &format!("{length}Connection: close\r\n{lines}")).await;
    // An answer may come before all was sent.
    let _ = stream.write_all(body).await;
    rest(&mut stream).await
}

/// A connection on which the head of a request was sent.
async fn connect(sidecar: &Running, line: &str, lines: &str) -> TcpStream {
    let host = sidecar.address.unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head = format!("{line} HTTP/1.1\r\nHost: {host}\r\nX-HelseID-Sidecar: 1\r\n{lines}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// All that still comes, until the other side closes or breaks off.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.get(9..12).and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer:?}"))
}

/// A challenge of an API, with a nonce if there is one.
fn refusal(error: &str, nonce: &str) -> String {
    let nonce = if nonce.is_empty() { String::new() } else { format!("DPoP-Nonce: {nonce}\r\n") };
    format!(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: DPoP error=\"{error}\"\r\n{nonce}Content-Length: 0\r\n\r\n"
    )
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";
