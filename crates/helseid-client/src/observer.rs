//! What happens inside, for those who want to tell it: a demonstration, a diagnosis, a test.

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
    /// Takes a JWT apart; nothing is verified.
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

/// One step. Holds no token, no signature and no key.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A token request goes out, with this assertion and this proof.
    TokenRequested {
        /// The token endpoint.
        endpoint: &'a str,
        /// The assertion, decoded.
        assertion: Decoded,
        /// The proof, decoded.
        proof: Decoded,
    },
    /// The server asks for its nonce.
    NonceDemanded {
        /// The status of its answer.
        status: StatusCode,
    },
    /// A token came.
    TokenGranted {
        /// The token, decoded, if it is a JWT.
        token: Option<Decoded>,
    },
    /// The authority refused.
    TokenRefused {
        /// The status of its answer.
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
        /// The status of the answer.
        status: StatusCode,
    },
}

/// Hears of each step as it is done. Must not block.
pub trait Observer: Send + Sync + 'static {
    /// One step was done.
    fn event(&self, event: Event<'_>);
}

/// Nobody listens.
pub(crate) struct Nobody;

impl Observer for Nobody {
    fn event(&self, _: Event<'_>) {}
}
