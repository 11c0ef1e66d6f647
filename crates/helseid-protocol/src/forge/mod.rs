//! Makes valid assertions, request objects, proofs, access tokens, ID tokens and logout tokens, and breaks one property of
//! each: for tests of ours and of users'.
//!
//! ```
//! use helseid_protocol::forge;
//! # use helseid_protocol::{assertion::AssertionRequest, id::*, jose::*, time::Timestamp};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None))?;
//! let request = AssertionRequest {
//!     client_id: &ClientId::parse("my-client")?,
//!     issuer: &Issuer::parse("https://helseid-sts.test.nhn.no")?,
//!     jwt_id: &JwtId::parse("1")?,
//!     now: Timestamp::from_seconds(1_790_000_000),
//!     details: None,
//! };
//! let for_another_server = forge::assertion(&key, request).claim("aud", "https://other.example").sign(&key);
//! # assert_eq!(for_another_server.split('.').count(), 3); Ok(()) }
//! ```

mod broken;
mod clock;
mod login;
mod token;

use serde_json::Value;

use crate::assertion::AssertionRequest;
use crate::dpop::ProofRequest;
use crate::id::{ClientId, Issuer};
use crate::jose::json::Object;
use crate::jose::jws::Draft;
use crate::jose::{SigningKey, base64url};
use crate::time::Timestamp;
use crate::{assertion, authorize, dpop};

pub use broken::BrokenProof;
pub use clock::TestClock;
pub use login::{id_token, logout_token, subject_of, token};
pub use token::{TokenFacts, access_token};

/// A header and claims that can be changed before they are signed.
///
/// ```
/// use helseid_protocol::forge;
/// use helseid_protocol::jose::json::Object;
/// use helseid_protocol::jose::jws::{MAX_BYTES, Unverified};
/// # use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey, VerifyKey};
///
/// # let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None))?;
/// let valid = forge::token(&key, "at+jwt", Object::new()).claim("exp", 1_790_000_600);
/// // One thing is wrong in each: it is too old; it was changed after it was signed.
/// let expired = valid.clone().claim("exp", 1_500_000_000).sign(&key);
/// let changed = valid.sign_then_claim(&key, "scope", "nhn:my-api/write");
/// # let known = VerifyKey::new(key.public().clone())?;
/// assert!(Unverified::parse(&expired, MAX_BYTES)?.is_signed_by(&known, key.algorithm()));
/// assert!(!Unverified::parse(&changed, MAX_BYTES)?.is_signed_by(&known, key.algorithm()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Jwt {
    header: Object,
    claims: Object,
}

/// A valid assertion by `key`.
#[must_use]
pub fn assertion(key: &SigningKey, request: AssertionRequest<'_>) -> Jwt {
    let header = assertion::header(key.algorithm(), key.public().key_id());
    Jwt { header, claims: assertion::claims(request) }
}

/// A valid proof by `key`.
#[must_use]
pub fn proof(key: &SigningKey, request: ProofRequest<'_>) -> Jwt {
    Jwt { header: dpop::header(key), claims: dpop::claims(request) }
}

/// A valid request object of `client` for `issuer`, by `key`, without a parameter but the client's id.
#[must_use]
pub fn request_object(key: &SigningKey, client: &ClientId, issuer: &Issuer, now: Timestamp) -> Jwt {
    let header = assertion::header(key.algorithm(), key.public().key_id());
    let jwt = Jwt { header, claims: Object::new() }.header("typ", authorize::TYP);
    let (client, now) = (client.as_str(), now.seconds());
    jwt.claim("iss", client)
        .claim("client_id", client)
        .claim("aud", issuer.as_str())
        .claim("nbf", now)
        .claim("exp", now.saturating_add(60))
        .claim("jti", "an object")
}

impl Jwt {
    /// Sets one header parameter.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves one header parameter out.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Sets one claim.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves one claim out.
    #[must_use]
    pub fn without_claim(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Whether the claim is there.
    #[must_use]
    pub fn has_claim(&self, name: &str) -> bool {
        self.claims.contains_key(name)
    }

    /// The claim of this name.
    #[must_use]
    pub fn claim_of(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// The compact JWS signed by `key`, whatever the header says.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        Draft::new(&self.header, &self.claims).sign(key)
    }

    /// The compact JWS with these bytes for a signature.
    #[must_use]
    pub fn with_signature(&self, signature: &[u8]) -> String {
        Draft::new(&self.header, &self.claims).with_signature(signature)
    }

    /// Signed by `key`, and one claim changed after that.
    #[must_use]
    pub fn sign_then_claim(&self, key: &SigningKey, name: &str, value: impl Into<Value>) -> String {
        let signed = self.sign(key);
        let (_, signature) = signed.rsplit_once('.').unwrap_or_default();
        let signature = base64url::decode(signature).unwrap_or_default();
        self.clone().claim(name, value).with_signature(&signature)
    }
}
