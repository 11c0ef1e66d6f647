//! Makes a call and sends it.

use std::sync::Arc;

use helseid_http::{Answer, Body, Watch};
use helseid_protocol::dpop::ProofKey;
use helseid_protocol::secret::AccessToken;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Uri};
use tracing::Instrument as _;

use super::access::Access;
use super::attempts::{CallAttempts, Challenge, Retry};
use super::headers::{self, DPOP};
use crate::engine::Engine;
use crate::error::{self, Error};
use crate::response::Response;
use crate::tokens::TokenRequest;

/// The most bytes of an API's response that are read: 16 MiB.
pub const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

/// A call of an API.
///
/// ```no_run
/// # async fn example(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let call = client.post("https://api.example/prescriptions").header("Content-Type", "application/json");
/// let answer = call.body(r#"{"medicine": "…"}"#).send().await?;
/// if !answer.status().is_success() {
///     println!("{}: {}", answer.status(), answer.text());
/// }
/// # Ok(()) }
/// ```
#[must_use = "a call is made when it is sent"]
pub struct CallBuilder {
    engine: Arc<Engine>,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Body,
    access: Option<Access>,
    fault: Option<String>,
    watch: Option<Watch>,
}

impl CallBuilder {
    pub(crate) fn new(engine: Arc<Engine>, method: Method, url: &str) -> Self {
        Self {
            engine,
            method,
            url: url.to_owned(),
            headers: HeaderMap::new(),
            body: Body::default(),
            access: None,
            fault: None,
            watch: None,
        }
    }

    /// Adds a header. The client itself sets `Authorization` and `DPoP`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            (Ok(name), _) if name == AUTHORIZATION || name == DPOP => {
                self.fault = Some(format!("the client itself sets the header {name}"));
            }
            (Ok(name), Ok(value)) => drop(self.headers.append(name, value)),
            _ => self.fault = Some(format!("the header {name:?} or its value is not valid")),
        }
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::from(body.into());
        self
    }

    /// Sets a body that is sent as it is produced, without being held in memory: [`Body::stream`].
    ///
    /// It is sent once. If the API then asks for a nonce or for another token, the call fails with
    /// [`ErrorKind::BodyConsumed`](crate::ErrorKind::BodyConsumed): the next call, with a new stream, has them. To learn the
    /// nonce of an API beforehand, make a call without a body first.
    ///
    /// ```no_run
    /// # async fn example(client: helseid_client::Client, image: impl http_body::Body<Data = axum::body::Bytes, Error = std::io::Error> + Send + 'static) -> Result<(), Box<dyn std::error::Error>> {
    /// use helseid_client::Body;
    ///
    /// let call = client.post("https://api.example/images").stream(Body::stream(image));
    /// let answer = call.watch_body(|sent| println!("{sent} bytes are sent")).open().await?;
    /// # drop(answer);
    /// # Ok(()) }
    /// ```
    pub fn stream(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Makes the call with a token for `request` in place of the configuration's.
    ///
    /// ```no_run
    /// # async fn example(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use helseid_client::{TokenRequest, protocol::scope::ScopeSet};
    ///
    /// let to_write = TokenRequest::of(client.config()).scope(ScopeSet::parse("nhn:my-api/write")?);
    /// client.post("https://api.example/notes").token_for(to_write).body("…").send().await?;
    /// # Ok(()) }
    /// ```
    pub fn token_for(mut self, request: TokenRequest) -> Self {
        self.access = Some(Access::Requested(request));
        self
    }

    /// Makes the call with this token, which was granted some other way and is bound to the client's proof key. If the API
    /// refuses it, that is the response.
    pub fn access_token(mut self, token: AccessToken) -> Self {
        self.access = Some(Access::Given(token));
        self
    }

    /// Makes the call with this token, which is bound to `key` in place of the client's, as the tokens of one login are. If the
    /// API refuses it, that is the response.
    pub fn bound_token(mut self, token: AccessToken, key: Arc<ProofKey>) -> Self {
        self.access = Some(Access::Bound(token, key));
        self
    }

    /// Tells `watch` how many bytes of the body [`CallBuilder::open`] has sent so far; the count starts at 0 again when the call
    /// is sent again. Must not block.
    pub fn watch_body(mut self, watch: impl Fn(u64) + Send + Sync + 'static) -> Self {
        self.watch = Some(Arc::new(watch));
        self
    }

    /// Sends the call. If the API asks for its nonce, the call is sent once more with it, and fails if the API asks again; if
    /// the API refuses the token with `invalid_token`, the call is sent once more with a new one. Any other response, also a
    /// 401, is the result.
    pub async fn send(self) -> Result<Response, Error> {
        let mut call = self.begin()?;
        let span = call.span();
        async move {
            loop {
                let request = call.next_attempt().await?;
                let response = call.engine.outbound.send(request, MAX_RESPONSE_BYTES).await?;
                let retry = call.attempts.learn(response.status(), response.headers())?;
                if call.is_done(retry)? {
                    return Ok(Response::new(response));
                }
            }
        }
        .instrument(span)
        .await
    }

    /// Sends the call as [`CallBuilder::send`] does, and returns the response as soon as its headers have arrived: for bodies of
    /// any size. The whole may take a day.
    ///
    /// ```no_run
    /// # async fn example(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let answer = client.get("https://api.example/images/42").open().await?;
    /// println!("{} has arrived, its body not yet", answer.status());
    /// # Ok(()) }
    /// ```
    pub async fn open(self) -> Result<Answer, Error> {
        let watch = self.watch.clone();
        let mut call = self.begin()?;
        let span = call.span();
        async move {
            loop {
                let request = call.next_attempt().await?;
                let response = call.engine.outbound.open(request, watch.clone()).await?;
                let retry = call.attempts.learn(response.status(), response.headers())?;
                if call.is_done(retry)? {
                    return Ok(response);
                }
            }
        }
        .instrument(span)
        .await
    }

    fn begin(self) -> Result<Call, Error> {
        if let Some(why) = self.fault {
            return Err(error::Inner::InvalidRequest { why }.into());
        }
        let access = self.access.unwrap_or_else(|| Access::Requested(self.engine.default_request.clone()));
        let attempts = CallAttempts::new(self.engine.clone(), access, self.method.clone(), &self.url)?;
        let url = attempts.url().as_str().parse();
        let url = url.map_err(|why: http::uri::InvalidUri| headers::invalid("the URL", &why))?;
        let (engine, method, headers, body) = (self.engine, self.method, self.headers, self.body);
        Ok(Call { engine, attempts, method, url, headers, body: Some(body) })
    }
}

/// A valid call, from its first attempt to its last.
struct Call {
    engine: Arc<Engine>,
    attempts: CallAttempts,
    method: Method,
    url: Uri,
    headers: HeaderMap,
    /// None once a stream has been sent.
    body: Option<Body>,
}

impl Call {
    fn span(&self) -> tracing::Span {
        tracing::debug_span!("helseid.call", method = %self.method, address = self.attempts.address())
    }

    /// The request with a token and a fresh proof.
    async fn next_attempt(&mut self) -> Result<Request<Body>, Error> {
        let headers = self.attempts.headers().await?;
        let body = match self.body.as_ref().and_then(Body::try_clone) {
            Some(again) => again,
            None => self.body.take().unwrap_or_default(),
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        *request.uri_mut() = self.url.clone();
        headers.apply(request.headers_mut());
        Ok(request)
    }

    /// Whether the response is the result. An error if the call would have to be sent again, and its body cannot.
    fn is_done(&self, retry: Retry) -> Result<bool, Error> {
        match (retry, &self.body) {
            (Retry::Done, _) => Ok(true),
            (Retry::Again(_), Some(_)) => Ok(false),
            (Retry::Again(challenge), None) => Err(consumed(self.attempts.address(), challenge)),
        }
    }
}

fn consumed(address: &str, challenge: Challenge) -> Error {
    error::Inner::BodyConsumed { url: address.to_owned(), challenge: challenge.described() }.into()
}

impl std::fmt::Debug for CallBuilder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CallBuilder").field("method", &self.method).finish_non_exhaustive()
    }
}
