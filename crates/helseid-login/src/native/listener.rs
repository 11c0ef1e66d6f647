//! The two sockets of a login: the same free port of 127.0.0.1 and `[::1]`.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr};

use tokio::net::{TcpListener, TcpStream};

use crate::flow::LoginError;

/// How many ports are tried until one is free at both addresses.
const TRIES: usize = 16;

/// Listens on the loopback interface: browsers take `localhost` for either address.
#[derive(Debug)]
pub(super) struct Loopback {
    port: u16,
    v4: TcpListener,
    /// None on a machine without IPv6.
    v6: Option<TcpListener>,
}

impl Loopback {
    /// Takes a port that is free at both addresses. A port of which another program has one half is not taken: it would be called
    /// back in our place. Fails if there is none among several.
    pub(super) async fn bind() -> Result<Self, LoginError> {
        let mut last = None;
        for _ in 0..TRIES {
            match Self::at(0).await {
                Ok(loopback) => return Ok(loopback),
                Err(why) if why.kind() == ErrorKind::AddrInUse => last = Some(why),
                Err(why) => return Err(not_listening(&why)),
            }
        }
        let why = last.unwrap_or_else(|| ErrorKind::AddrInUse.into());
        Err(not_listening(&why))
    }

    /// Takes this port, or a free one for 0.
    pub(super) async fn at(port: u16) -> io::Result<Self> {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = v4.local_addr()?.port();
        let v6 = match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(listener) => Some(listener),
            Err(why) if is_without_ipv6(&why) => None,
            Err(why) => return Err(why),
        };
        Ok(Self { port, v4, v6 })
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// The next connection, at either address.
    pub(super) async fn accept(&self) -> io::Result<TcpStream> {
        let (stream, _) = match &self.v6 {
            None => self.v4.accept().await?,
            Some(v6) => tokio::select! {
                accepted = self.v4.accept() => accepted?,
                accepted = v6.accept() => accepted?,
            },
        };
        Ok(stream)
    }
}

fn is_without_ipv6(why: &io::Error) -> bool {
    // Linux says EAFNOSUPPORT where the protocol is not there at all, which has no kind of its own, and EADDRNOTAVAIL where the
    // interface has no such address.
    why.kind() == ErrorKind::AddrNotAvailable
        || why.kind() == ErrorKind::Unsupported
        || (why.kind() != ErrorKind::AddrInUse && why.to_string().contains("not supported"))
}

fn not_listening(why: &io::Error) -> LoginError {
    let next = "end the program that listens there, or try again";
    LoginError::configuration("the loopback interface cannot be listened at", why, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_addresses_have_the_same_port() {
        let loopback = Loopback::bind().await.unwrap();
        assert_eq!(loopback.v4.local_addr().unwrap().port(), loopback.port());
        if let Some(v6) = &loopback.v6 {
            assert_eq!(v6.local_addr().unwrap().port(), loopback.port());
        }
    }

    #[tokio::test]
    async fn a_port_of_which_another_has_either_half_is_refused() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = other.local_addr().unwrap().port();
        assert_eq!(Loopback::at(port).await.unwrap_err().kind(), ErrorKind::AddrInUse);
        let Ok(other) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await else { return };
        let port = other.local_addr().unwrap().port();
        assert_eq!(Loopback::at(port).await.unwrap_err().kind(), ErrorKind::AddrInUse);
    }
}
