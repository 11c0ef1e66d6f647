//! The headers of one attempt, and the addresses to which they may be sent.

use helseid_protocol::address;
use helseid_protocol::endpoint::token::TokenType;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request};
use url::Url;

use super::access::Sent;
use crate::dpop::{ProofFor, Role};
use crate::engine::Engine;
use crate::error::{self, Error};

/// The header of the proof (RFC 9449 section 4.1).
pub(super) const DPOP: HeaderName = HeaderName::from_static("dpop");

/// `Authorization` and `DPoP` for one attempt of one call: valid for a few seconds, and once. Does not print its values.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = helseid_client::test_util::TestIssuer::new().client(&Default::default())?;
/// let mut attempts = client.attempts(http::Method::GET, "https://api.example/patients")?;
/// let mut request = http::Request::get(attempts.url().as_str()).body(())?;
///
/// let headers = attempts.headers().await?;
/// assert!(headers.authorization().to_str()?.starts_with("DPoP ey"));
/// headers.apply(request.headers_mut());
/// assert!(request.headers().contains_key("DPoP"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a call without its headers is refused"]
pub struct CallHeaders {
    authorization: HeaderValue,
    dpop: Option<HeaderValue>,
}

impl CallHeaders {
    pub(super) fn new(engine: &Engine, method: &Method, url: &Url, sent: Sent<'_>) -> Result<Self, Error> {
        let token_type = sent.token_type(engine.scheme);
        let authorization = format!("{} {}", token_type.as_str(), sent.token.expose());
        let dpop = match token_type {
            TokenType::Dpop => {
                let (key, role, access_token) = (sent.key, Role::Api, Some(sent.token));
                let proof_for = ProofFor { key, role, method, url, access_token };
                let proof = engine.prover.prove(proof_for).map_err(|why| invalid(url.path(), &why))?;
                Some(sensitive(proof.expose())?)
            }
            TokenType::Bearer => None,
        };
        Ok(Self { authorization: sensitive(&authorization)?, dpop })
    }

    /// The value of `Authorization`.
    #[must_use]
    pub const fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }

    /// The value of `DPoP`; none for a client that sends its tokens as Bearer.
    #[must_use]
    pub const fn dpop(&self) -> Option<&HeaderValue> {
        self.dpop.as_ref()
    }

    /// Sets both headers, replacing those of an earlier attempt.
    pub fn apply(self, headers: &mut HeaderMap) {
        headers.insert(AUTHORIZATION, self.authorization);
        if let Some(dpop) = self.dpop {
            headers.insert(DPOP, dpop);
        }
    }
}

fn sensitive(text: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text).map_err(|_| error::Inner::InvalidRequest {
        why: "the token has characters that are not allowed in a header".into(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The address to call, and the same without its query for people. A token must not be sent in the clear.
pub(super) fn checked(engine: &Engine, text: &str) -> Result<(Url, String), Error> {
    let url = address::parse(text).map_err(|why| invalid("the URL", &why))?;
    let address = format!("{}{}", url.origin().ascii_serialization(), url.path());
    if engine.outbound.may_send_to(&url) {
        Ok((url, address))
    } else {
        Err(error::Inner::InsecureApi { url: address }.into())
    }
}

/// Sets both headers on a request that other code sends.
pub(crate) fn authorize<B>(engine: &Engine, request: &mut Request<B>, sent: Sent<'_>) -> Result<(), Error> {
    let (url, _) = checked(engine, &request.uri().to_string())?;
    CallHeaders::new(engine, request.method(), &url, sent)?.apply(request.headers_mut());
    Ok(())
}

pub(super) fn invalid(url: &str, why: &dyn std::fmt::Display) -> Error {
    error::Inner::InvalidUrl { url: url.to_owned(), why: why.to_string() }.into()
}
