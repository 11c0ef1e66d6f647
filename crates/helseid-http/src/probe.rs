//! A look at the way to a server, leg by leg: its name, a connection, TLS. Nothing is asked of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use url::Url;

use crate::{Outbound, names};

/// What became of each leg; one that was not come to is none.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_http::{Outbound, Probe};
///
/// let server = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let url = url::Url::parse(&format!("http://{}", server.local_addr()?))?;
/// let probe: Probe = Outbound::builder().build()?.probe(&url).await;
/// // Http has no handshake.
/// assert!(probe.is_well() && probe.tcp.is_some() && probe.tls.is_none());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Probe {
    /// The name, looked up.
    pub dns: Leg,
    /// A connection to the first address that takes one.
    pub tcp: Option<Leg>,
    /// The TLS handshake, with the trust of all requests; none for http.
    pub tls: Option<Leg>,
}

/// One leg.
///
/// ```
/// use helseid_http::Leg;
/// use std::time::Duration;
///
/// /// A line for people.
/// fn line(name: &str, leg: &Leg) -> String {
///     match &leg.outcome {
///         Ok(found) => format!("{name}: {found}, in {} ms", leg.took.as_millis()),
///         Err(why) => format!("{name} failed: {why}"),
///     }
/// }
/// let dns = Leg { took: Duration::from_millis(3), outcome: Ok("192.0.2.7".to_owned()) };
/// assert_eq!(line("name", &dns), "name: 192.0.2.7, in 3 ms");
/// ```
#[derive(Debug, Clone)]
pub struct Leg {
    /// How long it took.
    pub took: Duration,
    /// What was found, or why it failed.
    pub outcome: Result<String, String>,
}

impl Probe {
    /// Whether every leg ended well.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let well = |leg: &Option<Leg>| leg.as_ref().is_none_or(|leg| leg.outcome.is_ok());
        self.dns.outcome.is_ok() && well(&self.tcp) && well(&self.tls)
    }
}

impl Outbound {
    /// Goes to the server of `url`, past any proxy, within the time that a connection may take for each leg.
    pub async fn probe(&self, url: &Url) -> Probe {
        let limit = self.connect_timeout();
        let (dns, addresses) = leg(limit, look_up(url)).await;
        let Some(addresses) = addresses else { return Probe { dns, tcp: None, tls: None } };
        let (tcp, stream) = leg(limit, connect(&addresses)).await;
        let Some(stream) = stream.filter(|_| url.scheme() == "https") else {
            return Probe { dns, tcp: Some(tcp), tls: None };
        };
        let (tls, _) = leg(limit, shake_hands(url, stream, self.trusted().to_vec())).await;
        Probe { dns, tcp: Some(tcp), tls: Some(tls) }
    }
}

/// Text for people, and what the next leg goes on with.
type Found<T> = Result<(String, T), String>;

async fn leg<T>(limit: Duration, work: impl Future<Output = Found<T>>) -> (Leg, Option<T>) {
    let began = Instant::now();
    let outcome =
        timeout(limit, work).await.unwrap_or_else(|_| Err(format!("nothing came within {limit:?}")));
    let took = began.elapsed();
    match outcome {
        Ok((text, next)) => (Leg { took, outcome: Ok(text) }, Some(next)),
        Err(why) => (Leg { took, outcome: Err(why) }, None),
    }
}

async fn look_up(url: &Url) -> Found<Vec<SocketAddr>> {
    let host = url.host_str().ok_or("the address has no host")?;
    let port = url.port_or_known_default().ok_or("the address has no port")?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = names::look_up(bare, port).await.map_err(|why| why.to_string())?;
    let texts: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
    match texts.is_empty() {
        true => Err(format!("{host} has no address")),
        false => Ok((texts.join(", "), addresses)),
    }
}

async fn connect(addresses: &[SocketAddr]) -> Found<TcpStream> {
    let stream = TcpStream::connect(addresses).await.map_err(|why| why.to_string())?;
    let peer = stream.peer_addr().map_err(|why| why.to_string())?;
    Ok((peer.to_string(), stream))
}

async fn shake_hands(url: &Url, stream: TcpStream, trusted: Vec<CertificateDer<'static>>) -> Found<()> {
    let text = |why: &dyn std::error::Error| crate::error::deepest(why);
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let name = ServerName::try_from(host.to_owned()).map_err(|why| text(&why))?;
    let config = crate::tls::client(trusted).map_err(|why| text(&why))?.with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, stream).await.map_err(|why| text(&why))?;
    let version = match stream.get_ref().1.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    Ok((format!("{version}, the certificate is trusted"), ()))
}
