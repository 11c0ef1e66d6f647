//! A request before its token and proof are signed.

use std::fmt;
use std::sync::Arc;

use helseid_protocol::dpop::token_hash;
use helseid_protocol::forge::Jwt;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, Request};

use super::Broken;
use super::client::Keys;

/// A request whose parts can be changed before it is sent. Each [`TestRequest::build`] signs it again.
///
/// ```
/// use helseid_api::test_util::TestIssuer;
/// use http::Method;
///
/// let client = TestIssuer::new("https://sts.example").client("nhn:my-api");
/// let request = client
///     .request(&Method::GET, "https://api.example/patients")
///     .token(|token| token.claim("client_name", "a client with another name"))
///     .proof(|proof| proof.without_claim("jti"))
///     .build(axum::body::Body::empty());
/// assert_eq!(request.uri(), "/patients");
/// ```
#[derive(Clone)]
pub struct TestRequest {
    /// The scheme of the `Authorization` header.
    pub scheme: &'static str,
    /// The token.
    pub token: Jwt,
    /// By whom it is signed.
    pub token_signer: Signer,
    /// The proof. Its `ath` is added when it is signed, unless it has one.
    pub proof: Option<Jwt>,
    /// By whom it is signed.
    pub proof_signer: Signer,
    /// Whether the proof gets its `ath`.
    pub with_ath: bool,
    /// The token's text, in place of the signed one: for what no [`Jwt`] can be.
    pub token_text: Option<String>,
    /// The proof's text, in place of the signed one.
    pub proof_text: Option<String>,
    method: Method,
    url: String,
    pub(super) keys: Arc<Keys>,
}

/// By which key something is signed.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let issuer = helseid_api::test_util::TestIssuer::new("https://sts.example");
/// # let protection = helseid_api::ApiProtection::builder(issuer.name(), "nhn:my-api")
/// #     .keys(issuer.keys()).public_url("https://api.example").build()?;
/// use helseid_api::{RequestFacts, test_util::Signer};
/// use http::Method;
///
/// let mut forged = issuer.client("nhn:my-api").request(&Method::GET, "https://api.example/patients");
/// forged.token_signer = Signer::Stranger;
/// let headers = forged.headers();
/// assert!(protection.verifier().verify(RequestFacts::new(&Method::GET, "/patients", &headers)).await.is_err());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The right one.
    Own,
    /// Another of the same name and kind.
    Stranger,
}

impl TestRequest {
    pub(super) fn new(method: Method, url: &str, token: Jwt, proof: Option<Jwt>, keys: Arc<Keys>) -> Self {
        Self {
            scheme: if proof.is_some() { "DPoP" } else { "Bearer" },
            token,
            token_signer: Signer::Own,
            proof,
            proof_signer: Signer::Own,
            with_ath: true,
            token_text: None,
            proof_text: None,
            method,
            url: url.to_owned(),
            keys,
        }
    }

    /// With a change to the token.
    #[must_use]
    pub fn token(mut self, change: impl FnOnce(Jwt) -> Jwt) -> Self {
        self.token = change(self.token);
        self
    }

    /// With a change to the proof, if there is one.
    #[must_use]
    pub fn proof(mut self, change: impl FnOnce(Jwt) -> Jwt) -> Self {
        self.proof = self.proof.map(change);
        self
    }

    /// With a nonce of the API's in the proof.
    #[must_use]
    pub fn nonce(self, nonce: &str) -> Self {
        self.proof(|proof| proof.claim("nonce", nonce))
    }

    /// With exactly this broken.
    #[must_use]
    pub fn broken(self, broken: Broken) -> Self {
        broken.apply(self)
    }

    /// `Authorization` and `DPoP`.
    #[must_use]
    #[expect(clippy::expect_used, reason = "base64url and dots are fit for a header")]
    pub fn headers(&self) -> HeaderMap {
        let token = self.token_text();
        let value = |text: &str| HeaderValue::from_str(text).expect("printable ASCII");
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value(&format!("{} {token}", self.scheme)));
        if let Some(proof) = self.proof_text(&token) {
            headers.insert("dpop", value(&proof));
        }
        headers
    }

    /// The token, signed.
    #[must_use]
    pub fn token_text(&self) -> String {
        self.token_text.clone().unwrap_or_else(|| {
            self.token.sign(match self.token_signer {
                Signer::Own => &self.keys.issuer,
                Signer::Stranger => &self.keys.stranger,
            })
        })
    }

    /// The proof of possession for this token, signed; none where the request has none.
    #[must_use]
    pub fn proof_text(&self, token: &str) -> Option<String> {
        self.proof_text.clone().or_else(|| {
            let proof = self.proof.clone()?;
            let proof = match proof.has_claim("ath") || !self.with_ath {
                true => proof,
                false => proof.claim("ath", token_hash(token)),
            };
            Some(proof.sign(match self.proof_signer {
                Signer::Own => &self.keys.client,
                Signer::Stranger => &self.keys.stranger,
            }))
        })
    }

    /// The request with its headers: to the path of its URL, as a server sees it, and with `Host`.
    ///
    /// # Panics
    /// If the URL is invalid.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the URL was read when the request was made")]
    pub fn build<B>(&self, body: B) -> Request<B> {
        let url: http::Uri = self.url.parse().expect("a URL");
        let path = url.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::builder().method(&self.method).uri(path);
        let mut request = request.body(body).expect("a path and a method");
        *request.headers_mut() = self.headers();
        if let Some(authority) = url.authority() {
            let host = HeaderValue::from_str(authority.as_str()).expect("printable ASCII");
            request.headers_mut().insert("host", host);
        }
        request
    }
}

// Whoever has a token may use it, in a test too.
impl fmt::Debug for TestRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("TestRequest");
        shown.field("method", &self.method).field("url", &self.url).finish_non_exhaustive()
    }
}
