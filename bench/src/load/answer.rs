//! One answer of HTTP/1.1.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::time::Duration;

/// The head of an answer and where its body is; nothing until both are whole.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) body: Range<usize>,
}

/// Reads an answer with `Content-Length`; another has no end that we know.
pub(super) fn read(bytes: &[u8]) -> Option<Head> {
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(begin) = answer.parse(bytes).unwrap() else { return None };
    let length = header(answer.headers, "content-length").and_then(|value| value.parse().ok());
    let length: usize = length.unwrap_or_else(|| panic!("an answer without length: {:?}", answer.headers));
    let end = begin + length;
    (bytes.len() >= end).then(|| Head { status: answer.code.unwrap(), body: begin..end })
}

/// The address that an answer sends a browser to.
pub(super) fn location(bytes: &[u8]) -> Option<String> {
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut answer = httparse::Response::new(&mut headers);
    answer.parse(bytes).unwrap();
    header(answer.headers, "location").map(str::to_owned)
}

fn header<'a>(headers: &[httparse::Header<'a>], name: &str) -> Option<&'a str> {
    let named = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    named.and_then(|header| std::str::from_utf8(header.value).ok())
}

/// An answer by itself.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// Head and body.
    pub(crate) whole: Vec<u8>,
    /// `DPoP-Nonce`.
    pub(crate) nonce: Option<String>,
}

/// Sends one request and reads the answer to it.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(request)?;
    let mut bytes = Vec::new();
    loop {
        let mut more = [0; 4096];
        let count = stream.read(&mut more)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(more.get(..count).unwrap());
        if let Some(head) = read(&bytes) {
            let mut headers = [httparse::EMPTY_HEADER; 48];
            let mut answer = httparse::Response::new(&mut headers);
            answer.parse(&bytes).unwrap();
            let nonce = header(answer.headers, "dpop-nonce").map(str::to_owned);
            let body = bytes.get(head.body).unwrap().to_vec();
            return Ok(Answer { status: head.status, body, whole: bytes, nonce });
        }
    }
}
