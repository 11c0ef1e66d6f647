//! TLS in front of a server that speaks plain HTTP, by a certificate that nobody trusts until its file is named.

use std::io::Write as _;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

use helseid_protocol::jose::format::Certificate;
use helseid_testkit::read_message;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A name for the outside, of which nothing listens yet.
pub(crate) struct Front {
    listener: TcpListener,
    config: Arc<ServerConfig>,
    /// The certificate, in PEM.
    pub(crate) certificate: String,
}

impl Front {
    pub(crate) fn new() -> Self {
        Self::named("localhost")
    }

    /// One whose certificate is for this name. It is a proxy, too, which brings whatever it is asked for to itself.
    pub(crate) fn named(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let chain = vec![CertificateDer::from(made.cert.der().to_vec())];
        let config = config.with_no_client_auth().with_single_cert(chain, key.into()).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let certificate = Certificate::from_der(made.cert.der()).unwrap().to_pem();
        Self { listener, config: Arc::new(config), certificate }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port())
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    /// Brings each request to `upstream`, until the test ends.
    pub(crate) fn forward_to(&self, upstream: &str) {
        let (listener, config) = (self.listener.try_clone().unwrap(), self.config.clone());
        let upstream = upstream.to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, upstream) = (config.clone(), upstream.clone());
                std::thread::spawn(move || drop(serve(stream, config, &upstream)));
            }
        });
    }
}

fn serve(mut stream: TcpStream, config: Arc<ServerConfig>, upstream: &str) -> std::io::Result<()> {
    let mut first = [0];
    stream.peek(&mut first)?;
    if first == *b"C" {
        // CONNECT (RFC 9110 section 9.3.6).
        read_message(&mut stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    }
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut client = StreamOwned::new(connection, stream);
    while let Some(request) = read_message(&mut client)? {
        let mut server = TcpStream::connect(upstream)?;
        server.write_all(&request)?;
        let answer = read_message(&mut server)?.unwrap_or_default();
        server.shutdown(Shutdown::Both)?;
        client.write_all(&answer)?;
        client.flush()?;
    }
    Ok(())
}
