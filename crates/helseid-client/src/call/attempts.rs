//! One call of an API, whichever HTTP stack sends it: the headers of each attempt, and what the response means.

use std::sync::Arc;

use helseid_protocol::challenge;
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::time::Timestamp;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use super::access::{Access, CallToken};
use super::headers::{self, CallHeaders};
use crate::dpop::Role;
use crate::engine::Engine;
use crate::error::{self, Error};
use crate::observer::Event;
use crate::telemetry;

/// The attempts of one call, for those who send it with an HTTP stack of their own. [`CallBuilder`](crate::CallBuilder) does all
/// of this itself.
///
/// ```
/// # async fn send(_: http::Request<String>) -> Result<http::Response<String>, std::io::Error> { unimplemented!() }
/// # async fn call(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_client::Retry;
///
/// let mut attempts = client.attempts(http::Method::GET, "https://api.example/patients")?;
/// let response = loop {
///     let mut request = http::Request::get(attempts.url().as_str()).body(String::new())?;
///     attempts.headers().await?.apply(request.headers_mut());
///     let response = send(request).await?;
///     if attempts.learn(response.status(), response.headers())? == Retry::Done {
///         break response;
///     }
/// };
/// # Ok(()) }
/// ```
///
/// A body that cannot be sent twice is not sent again: take the response for the result, whatever [`CallAttempts::learn`] says.
pub struct CallAttempts {
    engine: Arc<Engine>,
    token: CallToken,
    method: Method,
    url: Url,
    /// The address without its query, for people.
    address: String,
    nonce_was_retried: bool,
    token_was_replaced: bool,
}

/// What to do with an API's response.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = helseid_client::test_util::TestIssuer::new().client(&Default::default())?;
/// use helseid_client::{Challenge, Retry};
/// use http::{HeaderMap, Method, StatusCode};
///
/// let mut attempts = client.attempts(Method::GET, "https://api.example/patients")?;
/// attempts.headers().await?;
/// // The API answered 404 to that: it is what the caller gets.
/// assert_eq!(attempts.learn(StatusCode::NOT_FOUND, &HeaderMap::new())?, Retry::Done);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It is the result of the call.
    Done,
    /// Send the call again with new headers, which answer this challenge.
    Again(Challenge),
}

/// What an API asks for in place of serving a call (RFC 9449 section 9, RFC 6750 section 3.1).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = helseid_client::test_util::TestIssuer::new().client(&Default::default())?;
/// # let mut attempts = client.attempts(http::Method::GET, "https://api.example/patients")?;
/// # attempts.headers().await?;
/// use helseid_client::{Challenge, Retry};
/// use http::{HeaderMap, HeaderValue, StatusCode};
///
/// let mut answer = HeaderMap::new();
/// answer.insert("WWW-Authenticate", HeaderValue::from_static(r#"DPoP error="use_dpop_nonce""#));
/// answer.insert("DPoP-Nonce", HeaderValue::from_static("eyJ7S"));
/// assert_eq!(attempts.learn(StatusCode::UNAUTHORIZED, &answer)?, Retry::Again(Challenge::Nonce));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    /// A proof with its nonce: `use_dpop_nonce`.
    Nonce,
    /// Another token: `invalid_token`.
    NewToken,
}

impl CallAttempts {
    /// Refuses an address to which a token must not be sent, before one is requested.
    pub(crate) fn new(engine: Arc<Engine>, access: Access, method: Method, url: &str) -> Result<Self, Error> {
        let (url, address) = headers::checked(&engine, url)?;
        let token = CallToken::new(access, &engine);
        let (nonce_was_retried, token_was_replaced) = (false, false);
        Ok(Self { engine, token, method, url, address, nonce_was_retried, token_was_replaced })
    }

    /// The headers of the next attempt: a token, requested if none is cached, and a proof for this method and address.
    pub async fn headers(&mut self) -> Result<CallHeaders, Error> {
        let token = self.token.next(&self.engine).await?;
        CallHeaders::new(&self.engine, &self.method, &self.url, token)
    }

    /// Learns from the response of an attempt: remembers the API's nonce, and drops a token that was refused. Each challenge is
    /// answered once. An API that then asks for a nonce again breaks the protocol, which is an error; one that refuses the new
    /// token, too, has given its result.
    pub fn learn(&mut self, status: StatusCode, headers: &HeaderMap) -> Result<Retry, Error> {
        let engine = &self.engine;
        let nonce = engine.prover.learn(Role::Api, &self.url, headers);
        engine.observer.event(Event::ApiCalled { method: &self.method, address: &self.address, status });
        let endpoint = || self.address.clone();
        match challenge(status, headers, self.token.token_type(engine.scheme)) {
            Some(Challenge::Nonce) if nonce.is_none() => {
                Err(error::Inner::NonceMissing { endpoint: endpoint() }.into())
            }
            Some(Challenge::Nonce) if self.nonce_was_retried => {
                Err(error::Inner::NonceLoop { endpoint: endpoint() }.into())
            }
            Some(Challenge::Nonce) => {
                telemetry::nonce_retry(Role::Api.name());
                self.nonce_was_retried = true;
                Ok(Retry::Again(Challenge::Nonce))
            }
            Some(Challenge::NewToken) if !self.token_was_replaced && self.token.replace_refused() => {
                self.token_was_replaced = true;
                Ok(Retry::Again(Challenge::NewToken))
            }
            _ => Ok(Retry::Done),
        }
    }

    /// The address that is called, which is also the one in the proof.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// When the token of the last attempt expires, by this machine's clock: nothing before the first attempt, and of a token that
    /// was granted some other way.
    #[must_use]
    pub fn token_expires(&self) -> Option<Timestamp> {
        self.token.expires()
    }

    /// The address without its query.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The method that is called.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }
}

impl Challenge {
    /// As a sentence about the API.
    pub(super) const fn described(self) -> &'static str {
        match self {
            Self::Nonce => "the API asked for its nonce, which is known now",
            Self::NewToken => "the API refused the token, which is replaced now",
        }
    }
}

impl std::fmt::Debug for CallAttempts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = out.debug_struct("CallAttempts");
        shown.field("method", &self.method).field("address", &self.address).finish_non_exhaustive()
    }
}

/// What a 401 asks for, if this client can answer it.
fn challenge(status: StatusCode, headers: &HeaderMap, scheme: TokenType) -> Option<Challenge> {
    if status != StatusCode::UNAUTHORIZED {
        return None;
    }
    let headers = headers.get_all(WWW_AUTHENTICATE).iter();
    let challenges = headers.filter_map(|value| challenge::Challenge::read(value).ok()).flatten();
    let mut own = challenges.filter(|challenge| challenge.is(scheme));
    own.find_map(|challenge| match challenge.parameter("error") {
        Some("use_dpop_nonce") => Some(Challenge::Nonce),
        Some("invalid_token") => Some(Challenge::NewToken),
        _ => None,
    })
}
