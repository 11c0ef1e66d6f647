//! Requests of strangers who mean harm: each kind is answered with a refusal, or ended.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use helseid_protocol::jose::base64url;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::answer;

/// Connections that send at once, from addresses by turns.
const CONNECTIONS: usize = 32;

/// As long as a form may be.
const FORM_BYTES: usize = 64 * 1024 - 1;

/// What becomes of the connection after a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Answer,
    /// Nothing more is sent, and no answer waited for.
    Gone,
}

/// A kind of request: its bytes for the `n`th of all, and what comes after.
struct Kind {
    make: fn(&Server, usize) -> Vec<u8>,
    after: After,
}

/// Whom the requests are for.
struct Server {
    host: String,
    names: Vec<u8>,
}

const KINDS: [Kind; 11] = [
    Kind { make: |server, _| server.names.clone(), after: After::Answer },
    Kind {
        make: |_, n| get("/admin/api/clients", &format!("{}.{n}", "h".repeat(3_000)), ""),
        after: After::Answer,
    },
    Kind {
        make: |server, n| server.token(&assertion(n, &format!("{{\"iss\":\"invented-{n}\"}}")), ""),
        after: After::Answer,
    },
    Kind {
        make: |server, n| get(&format!("/nothing/{n}/{}", "p".repeat(1_000)), &server.host, ""),
        after: After::Answer,
    },
    Kind { make: |server, n| half(get(&format!("/half/{n}"), &server.host, "")), after: After::Gone },
    Kind { make: Server::bad_proof, after: After::Answer },
    Kind { make: Server::wrong_code, after: After::Answer },
    Kind { make: |server, n| server.token(&assertion(n, &"[".repeat(6_000)), ""), after: After::Answer },
    Kind {
        make: |server, n| server.token("", &format!("DPoP: {}\r\n", assertion(n, "{}"))),
        after: After::Answer,
    },
    Kind {
        make: |server, n| {
            get("/admin", &server.host, &format!("Cookie: helseid_admin_x={n}{}\r\n", "c".repeat(4_000)))
        },
        after: After::Answer,
    },
    Kind { make: |server, _| half(server.names.clone()), after: After::Gone },
];

/// How many kinds there are.
pub(crate) const KINDS_COUNT: usize = KINDS.len();

/// Sends so many, of all kinds by turns, beginning with the `first`th. An answer that is a success or a fault of the server's
/// ends everything.
pub(crate) fn send(address: SocketAddr, issuer: &str, first: usize, count: usize) {
    let host = issuer.split_once("://").map_or(issuer, |(_, host)| host).to_owned();
    let server = Server { names: names(&host), host };
    let (next, end) = (AtomicUsize::new(first), first + count);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut senders: FuturesUnordered<_> =
            (0..CONNECTIONS).map(|sender| from(sender, address, &server, (&next, end))).collect();
        while senders.next().await.is_some() {}
    });
}

async fn from(sender: usize, address: SocketAddr, server: &Server, (next, end): (&AtomicUsize, usize)) {
    let mut stream = None;
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let Some(kind) = KINDS.get(n % KINDS_COUNT).filter(|_| n < end) else { return };
        let mut open = match stream.take() {
            Some(open) => open,
            None => dial(sender, address).await,
        };
        let sent = open.write_all(&(kind.make)(server, n)).await;
        // One that the server closed is dialled again.
        if sent.is_ok() && kind.after == After::Answer && refused(&mut open).await {
            stream = Some(open);
        }
    }
}

async fn dial(sender: usize, address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    let own = Ipv4Addr::from([127, 0, 0, 2 + u8::try_from(sender % 4).unwrap()]);
    socket.bind((own, 0).into()).unwrap();
    socket.connect(address).await.unwrap()
}

/// Whether the connection can be used again after its answer.
async fn refused(stream: &mut TcpStream) -> bool {
    let mut bytes = Vec::with_capacity(1_024);
    loop {
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return false,
            Ok(_) => {}
        }
        if let Some(head) = answer::read(&bytes) {
            assert!(
                (300..500).contains(&head.status),
                "a hostile request was answered: {}",
                String::from_utf8_lossy(&bytes)
            );
            return true;
        }
    }
}

impl Server {
    fn token(&self, assertion: &str, headers: &str) -> Vec<u8> {
        let form = format!(
            "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
             &client_assertion={assertion}"
        );
        post("/connect/token", &self.host, headers, &form)
    }

    fn bad_proof(&self, n: usize) -> Vec<u8> {
        let (token, proof) = (assertion(n, "{}"), assertion(n, "{\"htm\":\"GET\"}"));
        get("/v1/client", &self.host, &format!("Authorization: DPoP {token}\r\nDPoP: {proof}\r\n"))
    }

    fn wrong_code(&self, n: usize) -> Vec<u8> {
        let origin = format!("Origin: http://{}\r\n", self.host);
        post("/admin/sign-in", &self.host, &origin, &format!("code={n}"))
    }
}

/// A form of as many names as fit into it.
fn names(host: &str) -> Vec<u8> {
    let mut form = String::with_capacity(FORM_BYTES);
    for n in 0_u32.. {
        let name = format!("{n:x}&");
        if form.len() + name.len() > FORM_BYTES {
            break;
        }
        form.push_str(&name);
    }
    post("/connect/token", host, "", &form)
}

fn assertion(n: usize, claims: &str) -> String {
    let header = base64url::encode(format!("{{\"alg\":\"RS256\",\"kid\":\"{n}\"}}").as_bytes());
    format!("{header}.{}.{}", base64url::encode(claims.as_bytes()), "A".repeat(342))
}

fn get(path: &str, host: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n").into_bytes()
}

fn post(path: &str, host: &str, headers: &str, form: &str) -> Vec<u8> {
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let length = form.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\n{kind}\r\n{headers}Content-Length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
}

fn half(mut request: Vec<u8>) -> Vec<u8> {
    request.truncate(request.len() / 2);
    request
}
