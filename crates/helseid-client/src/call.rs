//! Calls of APIs: a token and a fresh proof each time.

use std::sync::Arc;

use helseid_http::{Answer, Watch};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use tracing::Instrument as _;

use crate::client::{Client, Inner};
use crate::error::{self, Error};
use crate::turn::{self, Turn, Turns};
use crate::{Token, TokenRequest};

/// The most bytes of an API's answer that are read: 16 MiB.
pub const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

/// A call on its way.
#[must_use = "a call goes out when it is sent"]
pub struct CallBuilder {
    client: Client,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Vec<u8>,
    token: Option<TokenRequest>,
    fault: Option<String>,
    watch: Option<Watch>,
}

/// What an API answered. Does not print its body.
pub struct Response(http::Response<Vec<u8>>);

impl CallBuilder {
    pub(crate) fn new(client: Client, method: Method, url: &str) -> Self {
        Self {
            client,
            method,
            url: url.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            token: None,
            fault: None,
            watch: None,
        }
    }

    /// Adds a header. `Authorization` and `DPoP` are the client's own.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            (Ok(name), _) if name == AUTHORIZATION || name == "dpop" => {
                self.fault = Some(format!("the header {name} is the client's own"));
            }
            (Ok(name), Ok(value)) => drop(self.headers.append(name, value)),
            _ => self.fault = Some(format!("the header {name:?} or its value is not one")),
        }
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Calls with a token for `request` in place of the configuration's.
    pub fn token_for(mut self, request: TokenRequest) -> Self {
        self.token = Some(request);
        self
    }

    /// Hears how many bytes of the body [`CallBuilder::open`] has sent so far; from 0 again when the call is sent once
    /// more. Must not block.
    pub fn watch_body(mut self, watch: impl Fn(u64) + Send + Sync + 'static) -> Self {
        self.watch = Some(Arc::new(watch));
        self
    }

    /// Sends the call. Asked for a nonce, it is sent once more with it, and if asked again fails; refused with
    /// `invalid_token`, it is sent once more with a new token. Any other answer, also 401, is the answer.
    pub async fn send(self) -> Result<Response, Error> {
        let mut call = self.begin()?;
        let span = call.span();
        async move {
            loop {
                let request = call.next_try().await?;
                let answer = call.client.0.outbound.send(request, MAX_RESPONSE_BYTES).await?;
                if call.turns.learn(answer.status(), answer.headers())? == Turn::Over {
                    return Ok(Response(answer));
                }
            }
        }
        .instrument(span)
        .await
    }

    /// Sends the call likewise, and gives the answer as soon as its headers are there: for bodies of any size, which may
    /// take up to a day.
    pub async fn open(self) -> Result<Answer, Error> {
        let watch = self.watch.clone();
        let mut call = self.begin()?;
        let span = call.span();
        async move {
            loop {
                let request = call.next_try().await?;
                let answer = call.client.0.outbound.open(request, watch.clone()).await?;
                if call.turns.learn(answer.status(), answer.headers())? == Turn::Over {
                    return Ok(answer);
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
        let wanted = self.token.unwrap_or_else(|| self.client.0.usual.clone());
        let turns = Turns::new(self.client.clone(), wanted, self.method.clone(), &self.url)?;
        let url = turns.url().as_str().parse();
        let url = url.map_err(|why: http::uri::InvalidUri| turn::invalid("the URL", &why))?;
        let (client, method, headers, body) = (self.client, self.method, self.headers, self.body);
        Ok(Call { client, turns, method, url, headers, body })
    }
}

/// A call that is right in itself, from its first try to its last.
struct Call {
    client: Client,
    turns: Turns,
    method: Method,
    url: Uri,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Call {
    fn span(&self) -> tracing::Span {
        tracing::debug_span!("helseid.call", method = %self.method, address = self.turns.address())
    }

    /// The request with a token and a fresh proof.
    async fn next_try(&mut self) -> Result<Request<Vec<u8>>, Error> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        *request.uri_mut() = self.url.clone();
        request.headers_mut().extend(self.turns.headers().await?);
        Ok(request)
    }
}

impl Response {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The body.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.body()
    }

    /// The body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.0.body())
    }

    /// The answer with all its parts.
    #[must_use]
    pub fn into_http(self) -> http::Response<Vec<u8>> {
        self.0
    }
}

impl std::fmt::Debug for CallBuilder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CallBuilder").field("method", &self.method).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = out.debug_struct("Response");
        shown.field("status", &self.status()).field("bytes", &self.bytes().len()).finish_non_exhaustive()
    }
}

/// Sets both headers; refuses an address to which a token must not go.
pub(crate) fn authorize<B>(client: &Inner, request: &mut Request<B>, token: &Token) -> Result<(), Error> {
    let (url, _) = turn::checked(client, &request.uri().to_string())?;
    let headers = turn::headers(client, request.method(), &url, token)?;
    request.headers_mut().extend(headers);
    Ok(())
}
