//! Calls of APIs: a token and a fresh proof each time.

use helseid_protocol::challenge::Challenge;
use helseid_protocol::dpop::{ProofRequest, Target};
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::random::jwt_id;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, Request, StatusCode};
use url::Url;

use crate::client::{Client, Inner};
use crate::error::{self, Error};
use crate::nonces::Role;
use crate::observer::Event;
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

    /// Sends the call. Asked for a nonce, it is sent once more with it, and if asked again fails; refused with
    /// `invalid_token`, it is sent once more with a new token. Any other answer, also 401, is the answer.
    pub async fn send(self) -> Result<Response, Error> {
        if let Some(why) = self.fault {
            return Err(error::Inner::InvalidRequest { why }.into());
        }
        let client = &self.client;
        // Before a token is asked for, which could not be sent there.
        let (url, address) = checked(&client.0, &self.url)?;
        let wanted = self.token.unwrap_or_else(|| TokenRequest::of(&client.0.config));
        let slot = client.slot(&wanted);
        let (mut nonce_tried, mut token_tried) = (false, false);
        loop {
            let token = client.token_in(&slot, &wanted).await?;
            let mut request = Request::new(self.body.clone());
            *request.method_mut() = self.method.clone();
            *request.headers_mut() = self.headers.clone();
            *request.uri_mut() =
                self.url.parse().map_err(|why: http::uri::InvalidUri| invalid("the URL", &why))?;
            authorize(&client.0, &mut request, &token)?;
            let answer = client.0.outbound.send(request, MAX_RESPONSE_BYTES).await?;

            let origin = url.origin().ascii_serialization();
            let nonce = client.0.nonces.keep_from(Role::Api, &origin, answer.headers());
            let status = answer.status();
            client.0.observer.event(Event::ApiCalled { method: &self.method, address: &address, status });
            match demand(&answer) {
                Some(Demand::Nonce) if nonce.is_none() => {
                    return Err(error::Inner::NonceMissing { endpoint: address }.into());
                }
                Some(Demand::Nonce) if nonce_tried => {
                    return Err(error::Inner::NonceLoop { endpoint: address }.into());
                }
                Some(Demand::Nonce) => nonce_tried = true,
                Some(Demand::NewToken) if !token_tried => {
                    token_tried = true;
                    slot.forget(&token);
                }
                _ => return Ok(Response(answer)),
            }
        }
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
    let text = request.uri().to_string();
    let (url, address) = checked(client, &text)?;
    let target = Target::of_url(&url).map_err(|why| invalid(&address, &why))?;
    let origin = url.origin().ascii_serialization();
    let proof = client.proof_key.make(ProofRequest {
        method: request.method(),
        target: &target,
        nonce: client.nonces.of(Role::Api, &origin).as_ref(),
        access_token: Some(token.access_token()),
        jwt_id: &jwt_id(&*client.random),
        now: client.clock.now(),
    });
    let authorization = format!("{} {}", TokenType::Dpop.as_str(), token.access_token().expose());
    for (name, value) in
        [(AUTHORIZATION, authorization.as_str()), (HeaderName::from_static("dpop"), proof.expose())]
    {
        let refused =
            |_| error::Inner::InvalidRequest { why: "the token holds characters that no header may".into() };
        let mut value = HeaderValue::from_str(value).map_err(refused)?;
        value.set_sensitive(true);
        request.headers_mut().insert(name, value);
    }
    Ok(())
}

/// The address to call, and the same without its query for people.
fn checked(client: &Inner, text: &str) -> Result<(Url, String), Error> {
    let url = Url::parse(text).map_err(|why| invalid("the URL", &why))?;
    let address = format!("{}{}", url.origin().ascii_serialization(), url.path());
    if client.outbound.may_send_to(&url) {
        Ok((url, address))
    } else {
        Err(error::Inner::InsecureApi { url: address }.into())
    }
}

fn invalid(url: &str, why: &dyn std::fmt::Display) -> Error {
    error::Inner::InvalidUrl { url: url.to_owned(), why: why.to_string() }.into()
}

enum Demand {
    Nonce,
    NewToken,
}

/// What a 401 asks for, if this client can give it (RFC 9449 section 9, RFC 6750 section 3.1).
fn demand(answer: &http::Response<Vec<u8>>) -> Option<Demand> {
    if answer.status() != StatusCode::UNAUTHORIZED {
        return None;
    }
    let headers = answer.headers().get_all(WWW_AUTHENTICATE).iter();
    let challenges = headers.filter_map(|value| Challenge::read(value.to_str().ok()?).ok()).flatten();
    let mut errors = challenges.filter(|challenge| challenge.is(TokenType::Dpop));
    errors.find_map(|challenge| match challenge.parameter("error") {
        Some("use_dpop_nonce") => Some(Demand::Nonce),
        Some("invalid_token") => Some(Demand::NewToken),
        _ => None,
    })
}
