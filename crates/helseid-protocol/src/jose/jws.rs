//! JWS in compact form: three base64url parts (RFC 7515 section 7.1). `Unverified -> Verified`.

use std::fmt;

use serde_json::Value;

use super::json::{self, InvalidJson, Object};
use super::{Algorithm, SigningKey, VerifyKey, base64url};
use crate::id::KeyId;

/// The most bytes of a compact JWS that are looked at, unless a caller sets less: 64 KiB.
pub const MAX_BYTES: usize = 64 * 1024;

/// Why a text is not a compact JWS with JSON claims. Never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than the limit of its caller.
    #[error("{0} bytes, and {1} is the most")]
    TooLong(usize, usize),
    /// Not three parts.
    #[error("{0} parts separated by dots, not three")]
    Parts(usize),
    /// A part is empty.
    #[error("an empty {0}")]
    Empty(&'static str),
    /// A part is not base64url.
    #[error("a {0} that is not unpadded base64url")]
    Base64(&'static str),
    /// The header or the claims are not a strict JSON object.
    #[error("a {0} of which this is true: {1}")]
    Json(&'static str, InvalidJson),
    /// A header parameter has the wrong type.
    #[error("a header parameter {0} that is not {1}")]
    Parameter(&'static str, &'static str),
    /// `crit` names an extension, and none is understood (RFC 7515 section 4.1.11).
    #[error("a header with crit, and no extension is understood")]
    Critical,
}

/// The signature is not by that key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signature by another key, or of other content")]
pub struct BadSignature;

/// A JOSE header, read once.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<KeyId>,
    jwk: Option<Object>,
}

impl Header {
    fn from_object(mut members: Object) -> Result<Self, Malformed> {
        if members.contains_key("crit") {
            return Err(Malformed::Critical);
        }
        let alg = text(&mut members, "alg")?.ok_or(Malformed::Parameter("alg", "there"))?;
        let typ = text(&mut members, "typ")?;
        let kid = text(&mut members, "kid")?.map(|text| KeyId::parse(&text)).transpose();
        let kid =
            kid.map_err(|_| Malformed::Parameter("kid", "1 to 256 bytes without control characters"))?;
        let jwk = match members.remove("jwk") {
            None => None,
            Some(Value::Object(jwk)) => Some(jwk),
            Some(_) => return Err(Malformed::Parameter("jwk", "a JSON object")),
        };
        Ok(Self { alg, typ, kid, jwk })
    }

    /// `alg` as it stands there.
    #[must_use]
    pub fn alg(&self) -> &str {
        &self.alg
    }

    /// `alg`, if it is on the closed list.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::by_name(&self.alg)
    }

    /// `typ` as it stands there.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Whether `typ` is this media type, as RFC 7515 section 4.1.9 compares: without case, `application/` left out.
    #[must_use]
    pub fn is_typ(&self, expected: &str) -> bool {
        self.typ().is_some_and(|typ| short_media_type(typ).eq_ignore_ascii_case(short_media_type(expected)))
    }

    /// `kid`.
    #[must_use]
    pub const fn kid(&self) -> Option<&KeyId> {
        self.kid.as_ref()
    }

    /// `jwk`, unread; only a DPoP proof's is ever used.
    #[must_use]
    pub const fn jwk(&self) -> Option<&Object> {
        self.jwk.as_ref()
    }
}

/// A well-formed JWS of which nobody knows yet who signed it.
pub struct Unverified<'a> {
    header: Header,
    claims: Object,
    signing_input: &'a str,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Takes a text of at most `limit` bytes apart. Checks its form and nothing else.
    pub fn parse(text: &'a str, limit: usize) -> Result<Self, Malformed> {
        if text.len() > limit {
            return Err(Malformed::TooLong(text.len(), limit));
        }
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Malformed::Parts(text.split('.').count()));
        };
        let header = Header::from_object(object("header", header)?)?;
        let claims = object("payload", claims)?;
        let signature = bytes("signature", signature)?;
        let signing_input = text.rsplit_once('.').map_or(text, |(signing_input, _)| signing_input);
        Ok(Self { header, claims, signing_input, signature })
    }

    /// The header, on which nothing may rest but the choice of a key.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The claims, on which nothing may rest but the choice of a key.
    #[must_use]
    pub const fn unverified_claims(&self) -> &Object {
        &self.claims
    }

    /// Checks the signature by `key` with `algorithm`, which the caller has found to be allowed.
    pub fn verify(self, key: &VerifyKey, algorithm: Algorithm) -> Result<Verified, BadSignature> {
        if self.is_signed_by(key, algorithm) {
            Ok(Verified { header: self.header, claims: self.claims })
        } else {
            Err(BadSignature)
        }
    }

    /// Whether the signature is by `key` with `algorithm`; for trying several keys.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifyKey, algorithm: Algorithm) -> bool {
        // An algorithm that the header does not name is a slip of our caller: never a good signature.
        self.header.algorithm() == Some(algorithm)
            && key.verify(algorithm, self.signing_input.as_bytes(), &self.signature).is_ok()
    }
}

// The whole text would let its reader in.
impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Unverified").field("header", &self.header).finish_non_exhaustive()
    }
}

/// A JWS whose signature is by the key that it was checked with.
#[derive(Debug)]
pub struct Verified {
    header: Header,
    claims: Object,
}

impl Verified {
    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
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

fn bytes(name: &'static str, part: &str) -> Result<Vec<u8>, Malformed> {
    if part.is_empty() {
        return Err(Malformed::Empty(name));
    }
    base64url::decode(part).map_err(|_| Malformed::Base64(name))
}

fn object(name: &'static str, part: &str) -> Result<Object, Malformed> {
    json::read_object(&bytes(name, part)?).map_err(|why| Malformed::Json(name, why))
}

fn text(members: &mut Object, name: &'static str) -> Result<Option<String>, Malformed> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Malformed::Parameter(name, "a text")),
    }
}

/// `typ` without the `application/` that RFC 7515 section 4.1.9 leaves out where no other slash follows.
fn short_media_type(typ: &str) -> &str {
    match typ.split_once('/') {
        Some((tree, name)) if tree.eq_ignore_ascii_case("application") && !name.contains('/') => name,
        _ => typ,
    }
}

#[expect(clippy::expect_used, reason = "a JSON object is JSON already")]
fn written(object: &Object) -> Vec<u8> {
    serde_json::to_vec(object).expect("a JSON object can be written")
}

#[cfg(test)]
mod tests;
