//! An API that answers what a test says, byte by byte, and writes down what it was sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(super) struct Hostile {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) head: String,
    /// The body as it came, chunks and all.
    pub(super) body: Vec<u8>,
}

impl Hostile {
    /// Answers each request on a connection of its own: the first with the first of these, and all further ones with the last.
    pub(super) async fn answering(answers: &[String]) -> Self {
        let closing = |answer: &String| match answer.contains("Connection:") {
            true => answer.clone(),
            false => answer.replacen("\r\n", "\r\nConnection: close\r\n", 1),
        };
        let answers: Vec<_> = answers.iter().map(closing).collect();
        Self::with(move |mut stream, seen, number| {
            let answer = answers.get(number).or(answers.last()).cloned().unwrap();
            async move {
                let Some(request) = read(&mut stream).await else { return };
                seen.lock().unwrap().push(request);
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        })
        .await
    }

    /// Does this with each connection, by its number.
    pub(super) async fn with<F, R>(serve: F) -> Self
    where
        F: Fn(TcpStream, Arc<Mutex<Vec<Seen>>>, usize) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let own = seen.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, own.clone(), number));
            }
        });
        Self { address, seen }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// The head of a request, and what came of the body with it.
pub(super) async fn head(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Some(Seen { head: String::from_utf8(bytes).unwrap(), body });
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A whole request.
pub(super) async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut seen = head(stream).await?;
    let length = seen.header("content-length").map_or(0, |value| value.parse().unwrap());
    let is_chunked = seen.header("transfer-encoding").is_some();
    let is_whole = |body: &[u8]| match is_chunked {
        true => {
            body.ends_with(b"\r\n\r\n")
                && (body.starts_with(b"0\r\n") || body.windows(5).any(|w| w == b"\r\n0\r\n"))
        }
        false => body.len() >= length,
    };
    while !is_whole(&seen.body) {
        if stream.read_buf(&mut seen.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(seen)
}

impl Seen {
    /// The values of a header.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub(super) fn line(&self) -> &str {
        self.head.lines().next().unwrap()
    }
}
