//! Sends requests: bounded in size and time, without redirects and cookies, and to nobody who could listen in.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use helseid_protocol::id::is_loopback;
use http::{Request, Response};
use reqwest::{Certificate, Client, Proxy, redirect};
use rustls::pki_types::CertificateDer;
use url::Url;

use crate::body::{Body, Watch};
use crate::error::{HttpError, HttpErrorKind, deepest};
use crate::insecure::InsecureHosts;
use crate::limits::Limits;
use crate::names::Names;
use crate::proxies::Proxies;
use crate::stream::Answer;

/// The most bytes of an answer that are read unless a request says otherwise: 256 KiB.
pub const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// The longest that an exchange may take whose body passes piece by piece.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// The way out.
///
/// ```
/// use helseid_http::Outbound;
///
/// let outbound = Outbound::builder().insecure_http(["helseid:8480".to_owned()]).build()?;
/// assert!(outbound.may_send_to(&url::Url::parse("http://helseid:8480/connect/token")?));
/// assert!(!outbound.may_send_to(&url::Url::parse("http://helseid.example/connect/token")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Outbound {
    settings: OutboundBuilder,
    /// The certificates that are trusted besides the system's.
    trusted: Vec<CertificateDer<'static>>,
    insecure_http: InsecureHosts,
    proxies: Arc<Proxies>,
    /// For http to loopback: reads no trust store, and passes proxies by.
    loopback: OnceLock<Client>,
    /// For https to loopback: passes proxies by.
    loopback_tls: OnceLock<Client>,
    /// For all else; made at the first use, since reading the trust store takes its time.
    outward: OnceLock<Client>,
}

/// Settings of an [`Outbound`].
///
/// ```no_run
/// use helseid_http::Outbound;
/// use std::time::Duration;
///
/// let outbound = Outbound::builder()
///     .ca_file(Some("/etc/ssl/hospital-ca.pem".into()))
///     .timeouts(Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10))
///     .build()?;
/// # drop(outbound); Ok::<(), helseid_http::HttpError>(())
/// ```
#[derive(Debug, Clone)]
pub struct OutboundBuilder {
    insecure_http: Vec<String>,
    ca_file: Option<PathBuf>,
    ca_pem: Option<String>,
    limits: Limits,
}

impl Default for OutboundBuilder {
    fn default() -> Self {
        Self {
            insecure_http: Vec::new(),
            ca_file: None,
            ca_pem: None,
            limits: Limits {
                connect: Duration::from_secs(5),
                read: Duration::from_secs(10),
                whole: Duration::from_secs(30),
            },
        }
    }
}

impl OutboundBuilder {
    /// Lets requests go to these hosts by http, where anyone on the way can read and change them: each is `NAME` or
    /// `NAME:PORT`, as in [`InsecureHosts`].
    #[must_use]
    pub fn insecure_http(mut self, hosts: impl IntoIterator<Item = String>) -> Self {
        self.insecure_http = hosts.into_iter().collect();
        self
    }

    /// Trusts the certificates of this file, in PEM or one in DER, besides the system's.
    #[must_use]
    pub fn ca_file(mut self, file: Option<PathBuf>) -> Self {
        self.ca_file = file;
        self
    }

    /// Trusts these certificates in PEM, besides the system's and those of a file.
    #[must_use]
    pub fn ca_pem(mut self, pem: Option<String>) -> Self {
        self.ca_pem = pem;
        self
    }

    /// How long connecting may take, how long each read, and the whole exchange: 5, 10 and 30 s unless set.
    #[must_use]
    pub const fn timeouts(mut self, connect: Duration, read: Duration, whole: Duration) -> Self {
        self.limits = Limits { connect, read, whole };
        self
    }

    /// Reads the CA file, and which proxies the environment names.
    pub fn build(self) -> Result<Outbound, HttpError> {
        let mut trusted = self.ca_file.as_deref().map(crate::ca_file::read).transpose()?.unwrap_or_default();
        if let Some(pem) = &self.ca_pem {
            trusted.extend(crate::ca_file::read_pem(pem)?);
        }
        let insecure_http = InsecureHosts::parse(&self.insecure_http)?;
        Ok(Outbound {
            settings: self,
            trusted,
            insecure_http,
            proxies: Arc::new(Proxies::read(|name| std::env::var(name).ok())),
            loopback: OnceLock::new(),
            loopback_tls: OnceLock::new(),
            outward: OnceLock::new(),
        })
    }
}

impl Outbound {
    /// Starts with the defaults.
    #[must_use]
    pub fn builder() -> OutboundBuilder {
        OutboundBuilder::default()
    }

    /// The same way, on which the certificates of this file are trusted, too.
    pub fn also_trusting(&self, ca_file: &Path) -> Result<Self, HttpError> {
        let mut trusted = self.trusted.clone();
        trusted.extend(crate::ca_file::read(ca_file)?);
        Ok(Self {
            settings: self.settings.clone(),
            trusted,
            insecure_http: self.insecure_http.clone(),
            proxies: self.proxies.clone(),
            loopback: OnceLock::new(),
            loopback_tls: OnceLock::new(),
            outward: OnceLock::new(),
        })
    }

    /// Whether a secret may be sent to `url`: https, loopback, or named in `insecure_http`.
    #[must_use]
    pub fn may_send_to(&self, url: &Url) -> bool {
        self.insecure_http.may_send_to(url)
    }

    /// The proxy that requests to `url` go through, as `HOST:PORT` without what opens it. An error if the environment names
    /// one that cannot be used: it is not passed by in silence.
    pub fn proxy(&self, url: &Url) -> Result<Option<String>, HttpError> {
        let address = |proxy: Url| {
            let port = proxy.port_or_known_default().unwrap_or_default();
            format!("{}:{port}", proxy.host_str().unwrap_or_default())
        };
        Ok(self.proxies.before(url)?.map(address))
    }

    /// Sends `request`, and reads an answer of at most `limit` bytes. A redirect is an answer like any other.
    pub async fn send(
        &self,
        request: Request<impl Into<Body>>,
        limit: usize,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let (address, call) = self.call(request, None)?;
        let limits = self.settings.limits;
        let mut answer = call.send().await.map_err(|error| limits.failed(&address, &error))?;

        let too_large =
            || HttpError::new(HttpErrorKind::TooLarge, address.clone(), format!("over {limit} bytes"));
        if answer.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| limits.failed(&address, &error))? {
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }

    /// Sends `request`, and gives the answer as soon as its headers are there: for bodies of any size. The whole may take
    /// a day; connecting, and each read, take no longer than always. `watch` hears how much of the body has gone out.
    pub async fn open(
        &self,
        request: Request<impl Into<Body>>,
        watch: Option<Watch>,
    ) -> Result<Answer, HttpError> {
        let (address, call) = self.call(request, watch)?;
        let limits = Limits { whole: A_DAY, ..self.settings.limits };
        let sent = call.timeout(A_DAY).send().await;
        let inner = sent.map_err(|error| limits.failed(&address, &error))?;
        Ok(Answer { inner, address, limits })
    }

    /// The request on its way, and its address for people.
    fn call(
        &self,
        request: Request<impl Into<Body>>,
        watch: Option<Watch>,
    ) -> Result<(String, reqwest::RequestBuilder), HttpError> {
        let (parts, body) = request.into_parts();
        let address = without_query(&parts.uri);
        let insecure = |why: &str| HttpError::new(HttpErrorKind::InsecureUrl, address.clone(), why);
        let url =
            Url::parse(&parts.uri.to_string()).map_err(|_| insecure("expected an absolute https URL"))?;
        if !self.may_send_to(&url) {
            return Err(insecure("expected https (http only to loopback, or to a host in insecure_http)"));
        }
        self.proxies.before(&url)?;
        let call = self.client(&url)?.request(parts.method, url).headers(parts.headers);
        Ok((address, call.body(body.into().into_reqwest(watch))))
    }

    /// Fetches `url`.
    pub async fn get(&self, url: &str) -> Result<Response<Vec<u8>>, HttpError> {
        let request = Request::get(url).header(http::header::ACCEPT, "application/json").body(Vec::new());
        let request = request.map_err(|why| HttpError::new(HttpErrorKind::InsecureUrl, url, why))?;
        self.send(request, MAX_ANSWER_BYTES).await
    }

    pub(crate) const fn connect_timeout(&self) -> Duration {
        self.settings.limits.connect
    }

    /// The certificates that are trusted besides the system's.
    pub(crate) fn trusted(&self) -> &[CertificateDer<'static>] {
        &self.trusted
    }

    fn client(&self, url: &Url) -> Result<&Client, HttpError> {
        let is_plain = url.scheme() == "http" && is_loopback(url);
        let place = match is_loopback(url) {
            true if is_plain => &self.loopback,
            true => &self.loopback_tls,
            false => &self.outward,
        };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let builder = Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .tcp_nodelay(true)
            .user_agent(concat!("helseid-rust/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Names)
            .connect_timeout(self.settings.limits.connect)
            .read_timeout(self.settings.limits.read)
            .timeout(self.settings.limits.whole);
        let failed = |error: reqwest::Error| {
            HttpError::new(HttpErrorKind::Settings, "the trust store", deepest(&error))
        };
        let proxies = self.proxies.clone();
        // One that cannot be used was refused before.
        let builder = builder.proxy(Proxy::custom(move |url| proxies.before(url).ok().flatten()));
        let builder = match is_plain {
            true => builder.tls_certs_only([]),
            false => {
                let own = self.trusted.iter().map(|certificate| Certificate::from_der(certificate));
                builder.tls_certs_merge(own.collect::<Result<Vec<_>, _>>().map_err(failed)?)
            }
        };
        let client = builder.build().map_err(failed)?;
        Ok(place.get_or_init(|| client))
    }
}

/// Queries can hold what is nobody's business.
fn without_query(uri: &http::Uri) -> String {
    let text = uri.to_string();
    text.split('?').next().unwrap_or_default().to_owned()
}
