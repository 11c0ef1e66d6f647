//! The way to a Redis or Valkey: over TCP, TLS or a Unix socket.
//!
//! TLS is a stream of our own that the Redis library speaks over: the library's own TLS would take the crypto provider of
//! the process, whichever that is.

mod claims;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::id::is_loopback_host;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo as _, RedisConnectionInfo, RedisError};
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use crate::error::deepest;
use crate::tls;

pub use claims::{RedisClaims, ReplayConnection, UnusableRedis};

/// Where Redis listens unless its address says otherwise.
const PORT: u16 = 6379;

/// A Redis or Valkey, and how it is reached. Shows nothing of it: an address may hold a password.
///
/// ```
/// use helseid_http::RedisServer;
///
/// let server = RedisServer::parse("redis://helseid:password@127.0.0.1:6380/2")?;
/// assert_eq!(format!("{server:?}"), "RedisServer(hidden)");
/// # Ok::<(), helseid_http::InvalidRedis>(())
/// ```
#[derive(Clone)]
pub struct RedisServer(Way);

#[derive(Clone)]
enum Way {
    /// TCP without TLS, or a Unix socket.
    Plain(Client),
    Tls(Box<Tls>),
}

#[derive(Clone)]
struct Tls {
    host: String,
    port: u16,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
    login: RedisConnectionInfo,
}

/// How long a connection may take, TLS and login included, and how long each answer.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_http::{RedisServer, RedisTimeouts};
/// use std::time::Duration;
///
/// let server = RedisServer::parse("rediss://cache.example")?;
/// let timeouts = RedisTimeouts { connect: Duration::from_secs(2), answer: Duration::from_millis(500) };
/// let mut connection = server.connect(timeouts).await?;
/// let pong: String = redis::cmd("PING").query_async(&mut connection).await?;
/// # drop(pong); Ok(()) }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RedisTimeouts {
    /// For the connection.
    pub connect: Duration,
    /// For each answer.
    pub answer: Duration,
}

/// Why an address is none of a Redis. Does not show the address: it may hold a password.
///
/// ```
/// use helseid_http::{InvalidRedis, RedisServer};
///
/// let read = RedisServer::parse("rediss://:password@cache.example?insecure=true");
/// let why: InvalidRedis = read.err().expect("TLS without a look at the certificate");
/// assert!(why.to_string().ends_with("only ca_file, cert_file and key_file are supported"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected redis://[USER:PASSWORD@]HOST[:PORT][/NUMBER], rediss://… for TLS, or redis+unix:///PATH: {0}"
)]
pub struct InvalidRedis(String);

impl RedisServer {
    /// Takes `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, or `redis+unix:///path`. Connects to
    /// nobody yet.
    ///
    /// With TLS the server's certificate must be for its name, and of an authority that the system trusts or that is in the
    /// PEM file `?ca_file=/path`. A server that asks for a client's certificate gets that of `cert_file` and `key_file`.
    /// The files are read here.
    pub fn parse(url: &str) -> Result<Self, InvalidRedis> {
        let invalid = |why: &str| InvalidRedis(why.to_owned());
        let url = Url::parse(url).map_err(|why| InvalidRedis(why.to_string()))?;
        if !matches!(url.scheme(), "rediss" | "valkeys") {
            warn_of_plain(&url);
            // The error would tell the URL, and with it the password.
            let client = Client::open(url).map_err(|why| invalid(why.category()))?;
            return Ok(Self(Way::Plain(client)));
        }
        if url.fragment().is_some() {
            return Err(invalid("TLS without a look at the certificate is none: name its CA with ca_file"));
        }
        let files = TlsFiles::of(&url)?;
        // The same without TLS, for the library to read database, user and password from.
        let mut plain = url.clone();
        plain.set_query(None);
        plain.set_scheme("redis").map_err(|()| invalid("another scheme"))?;
        let login = plain.into_connection_info().map_err(|why| invalid(why.category()))?;
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host.clone()).map_err(|why| InvalidRedis(why.to_string()))?;
        let (port, config) = (url.port().unwrap_or(PORT), Arc::new(files.config()?));
        let login = login.redis_settings().clone();
        Ok(Self(Way::Tls(Box::new(Tls { host, port, name, config, login }))))
    }

    /// A new connection. It does not come back by itself: see [`redis_is_lost`].
    pub async fn connect(&self, timeouts: RedisTimeouts) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(timeouts.connect))
            .set_response_timeout(Some(timeouts.answer));
        match &self.0 {
            Way::Plain(client) => client.get_multiplexed_async_connection_with_config(&config).await,
            Way::Tls(tls) => {
                let late = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
                tokio::time::timeout(timeouts.connect, tls.connect(config)).await.map_err(late)?
            }
        }
    }
}

impl std::fmt::Debug for RedisServer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("RedisServer(hidden)")
    }
}

/// Whether the connection is of no use any more. A refusal such as OOM or READONLY says nothing about it.
#[must_use]
pub fn redis_is_lost(why: &RedisError) -> bool {
    why.is_io_error() || why.is_timeout() || why.is_connection_dropped() || why.is_unrecoverable_error()
}

impl Tls {
    async fn connect(&self, config: AsyncConnectionConfig) -> Result<MultiplexedConnection, RedisError> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        let connector = TlsConnector::from(self.config.clone());
        let stream = connector.connect(self.name.clone(), stream).await.map_err(|why| {
            let text = format!("TLS to {} failed: {}", self.host, deepest(&why));
            std::io::Error::new(why.kind(), text)
        })?;
        let (connection, driver) =
            MultiplexedConnection::new_with_config(&self.login, stream, config).await?;
        // Ends with the last clone of the connection.
        tokio::spawn(driver);
        Ok(connection)
    }
}

/// The files that an address with TLS names.
#[derive(Debug, Default)]
struct TlsFiles {
    ca: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

impl TlsFiles {
    fn of(url: &Url) -> Result<Self, InvalidRedis> {
        let mut files = Self::default();
        for (name, value) in url.query_pairs() {
            let file = match &*name {
                "ca_file" => &mut files.ca,
                "cert_file" => &mut files.certificate,
                "key_file" => &mut files.key,
                // What is not known could be meant to make it safer.
                _ => {
                    return Err(InvalidRedis(
                        "only ca_file, cert_file and key_file are supported".to_owned(),
                    ));
                }
            };
            if file.replace(value.into_owned()).is_some() {
                return Err(InvalidRedis(format!("{name} appears twice")));
            }
        }
        Ok(files)
    }

    fn config(self) -> Result<ClientConfig, InvalidRedis> {
        let failed = |why: rustls::Error| InvalidRedis(why.to_string());
        let own = self.ca.map_or_else(|| Ok(Vec::new()), |file| certificates(&file))?;
        let config = tls::client(own).map_err(failed)?;
        match (self.certificate, self.key) {
            (None, None) => Ok(config.with_no_client_auth()),
            (Some(certificate), Some(key)) => {
                let unreadable = |why: &dyn std::fmt::Display| InvalidRedis(format!("key_file {key}: {why}"));
                let content = std::fs::read(&key).map_err(|why| unreadable(&why))?;
                let read = PrivateKeyDer::from_pem_slice(&content).map_err(|why| unreadable(&why))?;
                config.with_client_auth_cert(certificates(&certificate)?, read).map_err(failed)
            }
            _ => Err(InvalidRedis("cert_file and key_file belong together".to_owned())),
        }
    }
}

/// The certificates of a PEM file, at least one.
fn certificates(file: &str) -> Result<Vec<CertificateDer<'static>>, InvalidRedis> {
    let unreadable = |why: &dyn std::fmt::Display| InvalidRedis(format!("{file}: {why}"));
    let content = std::fs::read(Path::new(file)).map_err(|why| unreadable(&why))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content).collect();
    let found = found.map_err(|why| unreadable(&why))?;
    if found.is_empty() {
        return Err(unreadable(&"expected certificates in PEM, and it holds none"));
    }
    Ok(found)
}

/// Without TLS whoever is on the way reads the password, and says what was used.
fn warn_of_plain(url: &Url) {
    let host = url.host_str().unwrap_or_default();
    if !host.is_empty() && !is_loopback_host(host) {
        tracing::warn!(%host, "Redis is reached without TLS: rediss:// has it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        let refused = RedisServer::parse(url).expect_err("no Redis").to_string();
        assert!(!refused.contains("secret"), "{refused}");
        refused
    }

    #[test]
    fn addresses_are_told_apart_and_not_shown() {
        for url in [
            "redis://cache",
            "redis://me:secret@cache:6380/2",
            "redis+unix:///run/redis.sock",
            "rediss://me:secret@cache:6380/2",
            "rediss://[::1]",
            "valkeys://cache",
        ] {
            let server = RedisServer::parse(url).unwrap();
            assert!(!format!("{server:?}").contains("secret"));
            assert_eq!(
                matches!(server.0, Way::Tls(_)),
                url.contains("s://") && !url.contains("redis://"),
                "{url}"
            );
        }
        for url in ["https://me:secret@cache", "rediss://", "rediss://me:secret@cache/x", "secret"] {
            refusal(url);
        }
    }

    #[test]
    fn tls_is_never_without_a_look_at_the_certificate() {
        assert!(refusal("rediss://:secret@cache#insecure").contains("ca_file"));
        assert!(refusal("rediss://:secret@cache?insecure=true").contains("only ca_file"));
        assert!(refusal("rediss://:secret@cache?ca_file=/a&ca_file=/b").contains("twice"));
        assert!(refusal("rediss://:secret@cache?cert_file=/a").contains("belong together"));
        assert!(refusal("rediss://:secret@cache?ca_file=/no/such/file").contains("/no/such/file"));
    }

    #[test]
    fn a_file_without_certificates_is_none() {
        let file = std::env::temp_dir().join(format!("helseid-no-certificates-{}", std::process::id()));
        std::fs::write(&file, "no certificate").unwrap();
        let why = refusal(&format!("rediss://cache?ca_file={}", file.display()));
        std::fs::remove_file(&file).unwrap();
        assert!(why.contains("holds none"), "{why}");
    }
}
