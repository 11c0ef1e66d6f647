//! Public keys as documents.

use serde_json::Value;

use super::{InvalidJwk, write};
use crate::id::{KeyId, Thumbprint};
use crate::jose::crypto::{self, PublicNumbers};
use crate::jose::json::Object;
use crate::jose::{Algorithm, KeyType, base64url};

/// A public key as a JSON document. Members that are not known here are kept.
///
/// ```
/// use helseid_protocol::jose::PublicJwk;
///
/// // The key of RFC 7517 appendix A.1.
/// let key = PublicJwk::read(
///     br#"{"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
///         "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "use": "sig", "kid": "1"}"#,
/// )?;
/// assert_eq!(key.key_id().map(|kid| kid.as_str()), Some("1"));
/// assert_eq!(key.thumbprint().as_str().len(), 43);
/// # Ok::<(), helseid_protocol::jose::InvalidJwk>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PublicJwk {
    key_type: KeyType,
    key_id: Option<KeyId>,
    algorithm: Option<Algorithm>,
    numbers: PublicNumbers,
    members: Object,
}

/// The members that only a private key has (RFC 7518 section 6).
pub(super) const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// Whether a member is as good as not there: .NET and others write `null`, `[]` or `""` for what is not set.
pub(in crate::jose) fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

impl PublicJwk {
    /// Reads a public key; refuses private members and symmetric keys. Checks the form of the numbers and their size,
    /// not yet that they are a key: [`VerifyKey::new`](super::VerifyKey::new) does.
    pub fn read(json: &[u8]) -> Result<Self, InvalidJwk> {
        Self::from_object(crate::jose::json::read_object(json)?)
    }

    /// The same from an object that was read already, by whatever reader: what [`PublicJwk::to_json`] writes can be read.
    /// Members that say nothing are left out, and so are `key_ops` and `ext`, which are of one place of the key: WebCrypto
    /// writes what its private half may do (RFC 7517 section 4.3).
    pub fn from_object(mut members: Object) -> Result<Self, InvalidJwk> {
        crate::jose::json::require_depth(&members)?;
        members.retain(|_, value| !says_nothing(value));
        let kty = text(&members, "kty")?.ok_or(InvalidJwk::Missing("kty"))?;
        if kty == "oct" || members.contains_key("k") {
            return Err(InvalidJwk::Symmetric);
        }
        if let Some(name) = PRIVATE.into_iter().find(|name| members.contains_key(*name)) {
            return Err(InvalidJwk::Private(name));
        }
        let key_type = KeyType::by_names(kty, text(&members, "crv")?).ok_or(InvalidJwk::UnknownType)?;
        let numbers = numbers(key_type, &members)?;
        let key_id = key_id(&members)?;
        let algorithm = algorithm(key_type, &members)?;
        is_for_signatures(&members)?;
        members.remove("key_ops");
        members.remove("ext");
        Ok(Self { key_type, key_id, algorithm, numbers, members })
    }

    /// The document of these numbers, which are checked as read ones are.
    pub(in crate::jose) fn from_numbers(
        key_type: KeyType,
        algorithm: Option<Algorithm>,
        numbers: &PublicNumbers,
    ) -> Result<Self, InvalidJwk> {
        let mut members = Object::new();
        members.insert("kty".into(), key_type.kty().into());
        if let Some(curve) = key_type.curve() {
            members.insert("crv".into(), curve.into());
        }
        let named = match numbers {
            PublicNumbers::Rsa { n, e } => [("n", n), ("e", e)],
            PublicNumbers::Curve { x, y } => [("x", x), ("y", y)],
        };
        for (name, number) in named.into_iter().filter(|(_, number)| !number.is_empty()) {
            members.insert(name.into(), base64url::encode(number).into());
        }
        members.insert("use".into(), "sig".into());
        if let Some(algorithm) = algorithm {
            members.insert("alg".into(), algorithm.name().into());
        }
        Self::from_object(members)
    }

    pub(in crate::jose) const fn numbers(&self) -> &PublicNumbers {
        &self.numbers
    }

    /// `kty` and `crv`.
    #[must_use]
    pub const fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// `kid`.
    #[must_use]
    pub const fn key_id(&self) -> Option<&KeyId> {
        self.key_id.as_ref()
    }

    /// `alg`, if it names one that fits the key.
    #[must_use]
    pub const fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    /// Bits of the RSA modulus; the curve's for others.
    #[must_use]
    pub fn bits(&self) -> usize {
        match (self.key_type, &self.numbers) {
            (KeyType::P384, _) => 384,
            (KeyType::P521, _) => 521,
            (_, PublicNumbers::Rsa { n, .. }) => bits(n),
            (_, PublicNumbers::Curve { .. }) => 256,
        }
    }

    /// The same key under this `kid`.
    #[must_use]
    pub fn with_key_id(mut self, key_id: KeyId) -> Self {
        self.members.insert("kid".into(), key_id.as_str().into());
        self.key_id = Some(key_id);
        self
    }

    /// The same key for this algorithm alone.
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Result<Self, InvalidJwk> {
        if algorithm.key_type() != self.key_type {
            return Err(InvalidJwk::Algorithm);
        }
        self.members.insert("alg".into(), algorithm.name().into());
        self.algorithm = Some(algorithm);
        Ok(self)
    }

    /// The same key with one more member that is not looked at here.
    #[cfg(feature = "format")]
    pub(in crate::jose) fn with_member(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// The SHA-256 thumbprint over the required members alone (RFC 7638 section 3).
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        let mut json = String::with_capacity(256);
        for name in self.required() {
            json.push_str(if json.is_empty() { "{\"" } else { ",\"" });
            json.push_str(name);
            json.push_str("\":\"");
            // Base64url, `RSA`, `P-256` and the like: nothing that JSON would escape.
            json.push_str(self.members.get(*name).and_then(Value::as_str).unwrap_or_default());
            json.push('"');
        }
        json.push('}');
        let text = base64url::encode(&crypto::sha256(json.as_bytes()));
        Thumbprint::parse(&text).unwrap_or_else(|_| unreachable!("43 base64url characters are an identifier"))
    }

    /// Only what says which key it is: `kty` and its numbers, for a proof's header.
    #[must_use]
    pub fn bare(&self) -> Object {
        let required = self.required().iter();
        required
            .filter_map(|name| self.members.get_key_value(*name))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect()
    }

    /// All members.
    #[must_use]
    pub const fn members(&self) -> &Object {
        &self.members
    }

    /// As JSON text: `kty`, the numbers, `kid`, `use`, `alg`, then the rest.
    #[must_use]
    pub fn to_json(&self) -> String {
        write::document(&self.members, &[]).as_str().to_owned()
    }

    /// The members of the thumbprint in its order, which is the alphabet's.
    const fn required(&self) -> &'static [&'static str] {
        match self.key_type {
            KeyType::Rsa => &["e", "kty", "n"],
            KeyType::P256 | KeyType::P384 | KeyType::P521 => &["crv", "kty", "x", "y"],
            KeyType::Ed25519 => &["crv", "kty", "x"],
        }
    }
}

fn text<'a>(members: &'a Object, name: &'static str) -> Result<Option<&'a str>, InvalidJwk> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(InvalidJwk::Member(name, "a string")),
    }
}

fn number(members: &Object, name: &'static str) -> Result<Vec<u8>, InvalidJwk> {
    let text = text(members, name)?.ok_or(InvalidJwk::Missing(name))?;
    base64url::decode(text).map_err(|_| InvalidJwk::Member(name, "unpadded base64url"))
}

fn numbers(key_type: KeyType, members: &Object) -> Result<PublicNumbers, InvalidJwk> {
    let Some(length) = key_type.coordinate_bytes() else {
        let minimal = |name| match number(members, name)? {
            number if number.first().is_some_and(|first| *first != 0) => Ok(number),
            _ => Err(InvalidJwk::Member(name, "a number without leading zero bytes")),
        };
        let (n, e) = (minimal("n")?, minimal("e")?);
        return match bits(&n) {
            2048..=8192 => Ok(PublicNumbers::Rsa { n, e }),
            bits => Err(InvalidJwk::Size(bits)),
        };
    };
    let coordinate = |name| match number(members, name)? {
        number if number.len() == length => Ok(number),
        _ => Err(InvalidJwk::Member(name, "as long as the numbers of its curve are")),
    };
    let y = if key_type == KeyType::Ed25519 { Vec::new() } else { coordinate("y")? };
    Ok(PublicNumbers::Curve { x: coordinate("x")?, y })
}

/// Bits of a number without leading zero bytes.
fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn key_id(members: &Object) -> Result<Option<KeyId>, InvalidJwk> {
    text(members, "kid")?
        .map(KeyId::parse)
        .transpose()
        .map_err(|_| InvalidJwk::Member("kid", "1 to 256 bytes without control characters"))
}

fn algorithm(key_type: KeyType, members: &Object) -> Result<Option<Algorithm>, InvalidJwk> {
    match text(members, "alg")?.map(Algorithm::by_name) {
        None => Ok(None),
        Some(Some(algorithm)) if algorithm.key_type() == key_type => Ok(Some(algorithm)),
        Some(_) => Err(InvalidJwk::Algorithm),
    }
}

fn is_for_signatures(members: &Object) -> Result<(), InvalidJwk> {
    if text(members, "use")?.is_some_and(|text| text != "sig") {
        return Err(InvalidJwk::Use);
    }
    match members.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(operations)) if operations.iter().all(Value::is_string) => {
            let fits = |operation: &Value| matches!(operation.as_str(), Some("verify" | "sign"));
            operations.iter().any(fits).then_some(()).ok_or(InvalidJwk::Use)
        }
        Some(_) => Err(InvalidJwk::Member("key_ops", "an array of texts")),
    }
}
