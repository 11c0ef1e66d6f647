//! Sites: an authority on one of its own, and https for a router, each connection's handshake in a task of its own.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::serve::Listener;
use helseid_authority::TestAuthority;
use helseid_tls::{Host, Tls, TlsServer, TlsStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// An authority by https, which trusts the CAs of these sites where it calls them. Chromium takes each name below `localhost` for a site,
/// and leads it to this machine.
pub(super) async fn authority(trusted: &[&str]) -> TestAuthority {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let name = format!("https://authority.localhost:{}", door.local_addr().unwrap().port());
    let mut builder = TestAuthority::builder().issuer(name.parse().unwrap()).https();
    if !trusted.is_empty() {
        builder = builder.clients_ca_pem(trusted.join("\n"));
    }
    let authority = builder.start().await.unwrap();
    tokio::spawn(pass_through(door, authority.addresses()[0]));
    authority
}

/// Leads connections on: the name of an issuer has its port, which nobody knows before it listens.
async fn pass_through(door: TcpListener, to: SocketAddr) {
    while let Ok((mut from, _)) = door.accept().await {
        tokio::spawn(async move {
            let Ok(mut to) = TcpStream::connect(to).await else { return };
            // Either end may break off: the other is told by the end of its connection.
            let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
        });
    }
}

/// A host by https, with a certificate that a CA of its own has signed. It listens, and answers once it is served.
pub(super) struct Site {
    host: String,
    listener: TcpListener,
    tls: TlsServer,
}

impl Site {
    pub(super) async fn new(host: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let tls = Tls::self_signed().open(None, "app", vec![Host::parse(host).unwrap()]).unwrap();
        Self { host: host.to_owned(), listener, tls }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn origin(&self) -> String {
        format!("https://{}:{}", self.host, self.listener.local_addr().unwrap().port())
    }

    pub(super) fn ca_pem(&self) -> &str {
        self.tls.ca_pem().unwrap()
    }

    pub(super) fn serve(self, router: Router) {
        let Self { listener, tls, .. } = self;
        let (done, ready) = mpsc::channel(16);
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, from)) = listener.accept().await {
                let (tls, done) = (tls.clone(), done.clone());
                tokio::spawn(async move {
                    // Browsers open connections that they do not use.
                    if let Ok(stream) = tls.accept(stream).await {
                        let _ = done.send((stream, from)).await;
                    }
                });
            }
        });
        tokio::spawn(async move { axum::serve(Handshaken { ready, address }, router).await });
    }
}

struct Handshaken {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl Listener for Handshaken {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}
