//! The steps of a client as they happen, for demonstrations, diagnosis and tests.

use std::time::Duration;

use helseid_protocol::endpoint::token::OAuthError;
use helseid_protocol::jose::json::Object;
use helseid_protocol::jose::jws::Unverified;
use http::{Method, StatusCode};

/// Header and claims of a JWT, without its signature.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The header's `alg`, `typ` and `kid`.
    pub header: Object,
    /// The claims.
    pub claims: Object,
}

impl Decoded {
    /// Decodes a JWT without verifying anything.
    #[must_use]
    pub fn of(jwt: &str) -> Option<Self> {
        let jwt = Unverified::parse(jwt, helseid_protocol::jose::jws::MAX_BYTES).ok()?;
        let mut header = Object::new();
        header.insert("alg".into(), jwt.header().alg().into());
        if let Some(typ) = jwt.header().typ() {
            header.insert("typ".into(), typ.into());
        }
        if let Some(kid) = jwt.header().kid() {
            header.insert("kid".into(), kid.as_str().into());
        }
        Some(Self { header, claims: jwt.unverified_claims().clone() })
    }
}

/// One step. Holds no token, signature or key.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request to the token endpoint is sent, with this assertion and this proof.
    TokenRequested {
        /// The token endpoint.
        endpoint: &'a str,
        /// The assertion, decoded.
        assertion: Decoded,
        /// The proof, decoded.
        proof: Decoded,
    },
    /// A request to the token endpoint ended, with its retries, whatever came of it.
    TokenRequestEnded {
        /// How long it took.
        took: Duration,
    },
    /// The authority asks for its nonce.
    NonceDemanded {
        /// The status of its response.
        status: StatusCode,
    },
    /// The token endpoint granted what was requested.
    TokenGranted {
        /// The access token, decoded, if the response has one that is a JWT.
        token: Option<Decoded>,
    },
    /// The authority refused to grant a token.
    TokenRefused {
        /// The status of its response.
        status: StatusCode,
        /// Its error.
        error: &'a OAuthError,
    },
    /// An API answered a call.
    ApiCalled {
        /// The call's method.
        method: &'a Method,
        /// The call's address, without its query.
        address: &'a str,
        /// The status of the response.
        status: StatusCode,
    },
}

/// Is told of each step as it happens. Must not block.
pub trait Observer: Send + Sync + 'static {
    /// A step happened.
    fn event(&self, event: Event<'_>);
}

/// Ignores every step.
pub(crate) struct Nobody;

impl Observer for Nobody {
    fn event(&self, _: Event<'_>) {}
}
