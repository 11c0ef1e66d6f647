//! The JOSE header (RFC 7515 section 4).

use serde_json::Value;

use super::Malformed;
use crate::id::KeyId;
use crate::jose::Algorithm;
use crate::jose::json::Object;

/// A JOSE header, read once.
///
/// ```
/// use helseid_protocol::jose::Algorithm;
/// use helseid_protocol::jose::jws::{MAX_BYTES, Malformed, Unverified};
///
/// // {"alg":"PS256","typ":"at+jwt","kid":"2026"}
/// let token = "eyJhbGciOiJQUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjIwMjYifQ.e30.AA";
/// let token = Unverified::parse(token, MAX_BYTES)?;
/// let header = token.header();
/// assert_eq!(header.algorithm(), Some(Algorithm::PS256));
/// assert!(header.is_typ("application/at+jwt"));
/// # Ok::<(), Malformed>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<KeyId>,
    jwk: Option<Object>,
}

impl Header {
    pub(super) fn from_object(mut members: Object) -> Result<Self, Malformed> {
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

fn text(members: &mut Object, name: &'static str) -> Result<Option<String>, Malformed> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Malformed::Parameter(name, "a string")),
    }
}

/// `typ` without the `application/` that RFC 7515 section 4.1.9 leaves out where no other slash follows.
fn short_media_type(typ: &str) -> &str {
    match typ.split_once('/') {
        Some((tree, name)) if tree.eq_ignore_ascii_case("application") && !name.contains('/') => name,
        _ => typ,
    }
}
