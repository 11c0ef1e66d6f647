//! One call of an API, by whatever hand it is sent: the headers that go out, and whether the answer asks for another try.

use std::sync::Arc;

use helseid_protocol::address;
use helseid_protocol::challenge::Challenge;
use helseid_protocol::dpop::{ProofRequest, Target};
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::random::jwt_id;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use crate::cache::Slot;
use crate::client::{Client, Inner};
use crate::error::{self, Error};
use crate::nonces::Role;
use crate::observer::Event;
use crate::{Token, TokenRequest, telemetry};

/// A call, from its first try to its last.
pub(crate) struct Turns {
    client: Client,
    wanted: TokenRequest,
    slot: Arc<Slot>,
    method: Method,
    url: Url,
    /// The address without its query, for people.
    address: String,
    token: Option<Token>,
    nonce_tried: bool,
    token_tried: bool,
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is the answer.
    Over,
    /// Send the call once more, with new headers.
    Again,
}

impl Turns {
    /// Refuses an address to which a token must not go, before one is asked for.
    pub(crate) fn new(
        client: Client,
        wanted: TokenRequest,
        method: Method,
        url: &str,
    ) -> Result<Self, Error> {
        let (url, address) = checked(&client.0, url)?;
        let slot = client.slot(&wanted);
        let (nonce_tried, token_tried) = (false, false);
        Ok(Self { client, wanted, slot, method, url, address, token: None, nonce_tried, token_tried })
    }

    /// `Authorization` and, but for Bearer, `DPoP` for the next try.
    pub(crate) async fn headers(&mut self) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        let token = self.client.token_in(&self.slot, &self.wanted).await?;
        let headers = headers(&self.client.0, &self.method, &self.url, &token)?;
        self.token = Some(token);
        Ok(headers)
    }

    /// Learns from an answer. Asked for a nonce, the call goes out once more with it, and if asked again fails; refused
    /// with `invalid_token`, it goes out once more with a new token.
    pub(crate) fn learn(&mut self, status: StatusCode, headers: &HeaderMap) -> Result<Turn, Error> {
        let client = &self.client.0;
        let origin = self.url.origin().ascii_serialization();
        let nonce = client.nonces.keep_from(Role::Api, &origin, headers);
        client.observer.event(Event::ApiCalled { method: &self.method, address: &self.address, status });
        let endpoint = || self.address.clone();
        match demand(status, headers, client.scheme) {
            Some(Demand::Nonce) if nonce.is_none() => {
                Err(error::Inner::NonceMissing { endpoint: endpoint() }.into())
            }
            Some(Demand::Nonce) if self.nonce_tried => {
                Err(error::Inner::NonceLoop { endpoint: endpoint() }.into())
            }
            Some(Demand::Nonce) => {
                telemetry::nonce_retry(Role::Api);
                self.nonce_tried = true;
                Ok(Turn::Again)
            }
            Some(Demand::NewToken) if !self.token_tried => {
                self.token_tried = true;
                if let Some(token) = &self.token {
                    self.slot.forget(token);
                }
                Ok(Turn::Again)
            }
            _ => Ok(Turn::Over),
        }
    }

    /// The address that is called, whole: what the proof is for, too.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The address without its query.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

/// `Authorization` and, but for Bearer, `DPoP` for one request.
pub(crate) fn headers(
    client: &Inner,
    method: &Method,
    url: &Url,
    token: &Token,
) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
    let sensitive = |text: &str| {
        let mut value = HeaderValue::from_str(text).map_err(|_| error::Inner::InvalidRequest {
            why: "the token holds characters that no header may".into(),
        })?;
        value.set_sensitive(true);
        Ok::<_, Error>(value)
    };
    let authorization = format!("{} {}", client.scheme.as_str(), token.access_token().expose());
    let mut headers = vec![(AUTHORIZATION, sensitive(&authorization)?)];
    if client.scheme == TokenType::Dpop {
        let target = Target::of_url(url).map_err(|why| invalid(url.path(), &why))?;
        let origin = url.origin().ascii_serialization();
        let proof = client.proof_key.make(ProofRequest {
            method,
            target: &target,
            nonce: client.nonces.of(Role::Api, &origin).as_ref(),
            access_token: Some(token.access_token()),
            jwt_id: &jwt_id(&*client.random),
            now: client.now(),
        });
        headers.push((HeaderName::from_static("dpop"), sensitive(proof.expose())?));
    }
    Ok(headers)
}

/// The address to call, and the same without its query for people.
pub(crate) fn checked(client: &Inner, text: &str) -> Result<(Url, String), Error> {
    let url = address::parse(text).map_err(|why| invalid("the URL", &why))?;
    let address = format!("{}{}", url.origin().ascii_serialization(), url.path());
    if client.outbound.may_send_to(&url) {
        Ok((url, address))
    } else {
        Err(error::Inner::InsecureApi { url: address }.into())
    }
}

pub(crate) fn invalid(url: &str, why: &dyn std::fmt::Display) -> Error {
    error::Inner::InvalidUrl { url: url.to_owned(), why: why.to_string() }.into()
}

enum Demand {
    Nonce,
    NewToken,
}

/// What a 401 asks for, if this client can give it (RFC 9449 section 9, RFC 6750 section 3.1).
fn demand(status: StatusCode, headers: &HeaderMap, scheme: TokenType) -> Option<Demand> {
    if status != StatusCode::UNAUTHORIZED {
        return None;
    }
    let headers = headers.get_all(WWW_AUTHENTICATE).iter();
    let challenges = headers.filter_map(|value| Challenge::read(value).ok()).flatten();
    let mut errors = challenges.filter(|challenge| challenge.is(scheme));
    errors.find_map(|challenge| match challenge.parameter("error") {
        Some("use_dpop_nonce") => Some(Demand::Nonce),
        Some("invalid_token") => Some(Demand::NewToken),
        _ => None,
    })
}
