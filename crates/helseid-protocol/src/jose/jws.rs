//! JWS in compact form: three base64url parts (RFC 7515 section 7.1). `Compact -> Unverified -> Verified`.

mod compact;
mod header;

use std::fmt;
use std::sync::Arc;

use super::json::{InvalidJson, Object};
use super::{Algorithm, SigningKey, VerifyKey, base64url};

pub use super::jwk::BadSignature;
pub use compact::Compact;
pub use header::Header;

/// The most bytes of a compact JWS that are looked at, unless a caller sets less: 64 KiB.
pub const MAX_BYTES: usize = 64 * 1024;

/// Why a text is not a compact JWS with JSON claims. Never repeats the text.
///
/// ```
/// use helseid_protocol::jose::jws::{MAX_BYTES, Malformed, Unverified};
///
/// // An opaque token, as some issuers give, is no JWT.
/// let why = Unverified::parse("5f2c8a1be07d4c93", MAX_BYTES).err();
/// assert_eq!(why, Some(Malformed::Parts(1)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than the limit of its caller.
    #[error("{0} bytes, and {1} is the most")]
    TooLong(usize, usize),
    /// Not three parts.
    #[error("a text of {0} parts separated by dots, not three")]
    Parts(usize),
    /// A part is empty.
    #[error("an empty {0}")]
    Empty(&'static str),
    /// A part is not base64url.
    #[error("a {0} that is not unpadded base64url")]
    Base64(&'static str),
    /// There is no signature, and `alg` says so (RFC 7515 appendix A.5, RFC 8725 section 3.2).
    #[error("no signature, and alg {0}")]
    Unsigned(String),
    /// The header or the claims are not a strict JSON object.
    #[error("an invalid {0}: {1}")]
    Json(&'static str, InvalidJson),
    /// A header parameter has the wrong type.
    #[error("a header parameter {0} that is not {1}")]
    Parameter(&'static str, &'static str),
    /// `crit` names an extension, and none is understood (RFC 7515 section 4.1.11).
    #[error("a header with crit, and no extension is understood")]
    Critical,
}

/// A JWT of which nobody knows yet who signed it.
///
/// ```
/// use helseid_protocol::jose::jws::{MAX_BYTES, Unverified};
///
/// /// Whose keys the signature is to be checked with.
/// fn said_to_be_from(token: &str) -> Option<String> {
///     let token = Unverified::parse(token, MAX_BYTES).ok()?;
///     token.unverified_claims().get("iss")?.as_str().map(str::to_owned)
/// }
/// // {"alg":"RS256"} and {"iss":"https://helseid-sts.nhn.no"}
/// let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2hlbHNlaWQtc3RzLm5obi5ubyJ9.AA";
/// assert_eq!(said_to_be_from(token).as_deref(), Some("https://helseid-sts.nhn.no"));
/// ```
pub struct Unverified<'a> {
    jws: Compact<'a>,
    claims: Object,
}

impl<'a> Unverified<'a> {
    /// Takes a text of at most `limit` bytes apart. Checks its form and nothing else.
    pub fn parse(text: &'a str, limit: usize) -> Result<Self, Malformed> {
        Self::with_claims(Compact::parse(text, limit)?)
    }

    /// The same where the header's part is the very text of which `header` was read before.
    pub(crate) fn parse_below(header: &Arc<Header>, text: &'a str, limit: usize) -> Result<Self, Malformed> {
        Self::with_claims(Compact::parse_with(text, limit, |_| Ok(header.clone()))?)
    }

    fn with_claims(mut jws: Compact<'a>) -> Result<Self, Malformed> {
        let payload = std::mem::take(&mut jws.payload);
        if payload.is_empty() {
            return Err(Malformed::Empty("payload"));
        }
        let claims = compact::object("payload", &payload)?;
        Ok(Self { jws, claims })
    }

    /// The header, on which nothing may rest but the choice of a key.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.jws.header()
    }

    /// The claims, to take apart; they are as certain as the caller has found the signature to be.
    pub(crate) fn into_claims(self) -> Object {
        self.claims
    }

    /// The header, to keep.
    pub(crate) const fn shared_header(&self) -> &Arc<Header> {
        &self.jws.header
    }

    /// The claims, on which nothing may rest but the choice of a key.
    #[must_use]
    pub const fn unverified_claims(&self) -> &Object {
        &self.claims
    }

    /// Checks the signature by `key` with `algorithm`, which the caller has found to be allowed.
    pub fn verify(self, key: &VerifyKey, algorithm: Algorithm) -> Result<Verified, BadSignature> {
        if self.is_signed_by(key, algorithm) {
            Ok(Verified { header: self.jws.header, claims: self.claims })
        } else {
            Err(BadSignature)
        }
    }

    /// Whether the signature is by `key` with `algorithm`; for trying several keys.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifyKey, algorithm: Algorithm) -> bool {
        self.jws.is_signed_by(key, algorithm)
    }
}

// The whole text would let its reader in.
impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Unverified").field("header", self.header()).finish_non_exhaustive()
    }
}

/// A JWS whose signature is by the key that it was checked with.
///
/// ```
/// use helseid_protocol::jose::jws::{Draft, MAX_BYTES, Unverified};
/// # use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey, VerifyKey, json::read_object};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None))?;
/// let draft = Draft::new(&read_object(br#"{"alg":"ES256"}"#)?, &read_object(br#"{"scope":"nhn:my-api/read"}"#)?);
/// let token = draft.sign(&key);
/// let known = VerifyKey::new(key.public().clone())?;
/// let verified = Unverified::parse(&token, MAX_BYTES)?.verify(&known, Algorithm::ES256)?;
/// assert_eq!(verified.claims()["scope"], "nhn:my-api/read");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Verified {
    header: Arc<Header>,
    claims: Object,
}

impl Verified {
    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The claims.
    #[must_use]
    pub const fn claims(&self) -> &Object {
        &self.claims
    }

    /// The claims, to take apart.
    #[must_use]
    pub fn into_claims(self) -> Object {
        self.claims
    }
}

/// A header and claims on their way to a signature; split so that a signer outside this process can make it.
///
/// ```
/// use helseid_protocol::jose::json::{InvalidJson, read_object};
/// use helseid_protocol::jose::jws::Draft;
///
/// /// Lets a key vault sign, out of which its key never comes.
/// fn signed_by(vault: impl Fn(&[u8]) -> Vec<u8>, draft: Draft) -> String {
///     let signature = vault(draft.signing_input());
///     draft.with_signature(&signature)
/// }
/// let draft = Draft::new(&read_object(br#"{"alg":"ES256"}"#)?, &read_object(br#"{"jti":"1"}"#)?);
/// assert_eq!(signed_by(|_| vec![0; 64], draft).split('.').count(), 3);
/// # Ok::<(), InvalidJson>(())
/// ```
#[derive(Debug)]
pub struct Draft {
    signing_input: String,
}

impl Draft {
    /// Encodes `header` (a JSON object with `alg`) and `claims` (a JSON object).
    #[must_use]
    pub fn new(header: &Object, claims: &Object) -> Self {
        let mut signing_input = String::with_capacity(1024);
        base64url::encode_onto(&mut signing_input, &written(header));
        signing_input.push('.');
        base64url::encode_onto(&mut signing_input, &written(claims));
        Self { signing_input }
    }

    /// The bytes to sign.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    /// The compact JWS with this signature.
    #[must_use]
    pub fn with_signature(self, signature: &[u8]) -> String {
        let mut text = self.signing_input;
        text.push('.');
        base64url::encode_onto(&mut text, signature);
        text
    }

    /// Signs with `key`.
    #[must_use]
    pub fn sign(self, key: &SigningKey) -> String {
        let signature = key.sign(self.signing_input());
        self.with_signature(&signature)
    }
}

#[expect(clippy::expect_used, reason = "a JSON object is JSON already")]
fn written(object: &Object) -> Vec<u8> {
    serde_json::to_vec(object).expect("a JSON object can be written")
}

#[cfg(test)]
mod tests;
