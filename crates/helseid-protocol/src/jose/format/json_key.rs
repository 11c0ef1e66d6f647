//! Keys that somebody owns, as JSON: a JWK, a JWK Set, NHN's configuration file, the answer of a key vault.
//!
//! A stranger's JWK is read as RFC 7518 says, to the letter. One's own comes from Java, .NET, old libraries and vaults,
//! and what is clear in it is corrected, with a note: a sign byte, short coordinates, padding, `RSA-HSM`.

use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

use super::{KeyReader, NhnConfiguration, Readout, UnreadableKey, any_base64, choice, foreign};
use crate::jose::json::{self, Object};
use crate::jose::jwk::{InvalidJwk, MAX_KEYS, PrivateJwk, PublicJwk, SigningKey, says_nothing};
use crate::jose::{KeyType, base64url};

/// The private key of `text`.
pub(super) fn private(text: &str, reader: KeyReader<'_>) -> Result<Readout<PrivateJwk>, UnreadableKey> {
    if NhnConfiguration::is_one(text) {
        return Ok(NhnConfiguration::read(text)?.into_key().into());
    }
    match documents(text)? {
        Documents::One(document) => private_of(document).map_err(UnreadableKey::from),
        Documents::Set(documents) => {
            let (private, public): (Vec<_>, Vec<_>) = documents.into_iter().partition(is_private);
            let others = if public.is_empty() { "an empty JWK Set" } else { "public keys" };
            chosen(private, private_of, |key| key.public(), (reader, others))
        }
        Documents::Wrapped(_) => Err(UnreadableKey::NoPrivateKey("a public key")),
    }
}

/// The public key of `text`; none if it is that of a private one in NHN's file.
pub(super) fn public(text: &str, reader: KeyReader<'_>) -> Result<Option<Readout<PublicJwk>>, UnreadableKey> {
    if NhnConfiguration::is_one(text) {
        return Ok(None);
    }
    match documents(text)? {
        Documents::One(document) => public_of(document).map_err(UnreadableKey::from).map(Some),
        Documents::Set(documents) => {
            chosen(documents, public_of, |key| key, (reader, "an empty JWK Set")).map(Some)
        }
        Documents::Wrapped(inner) => reader.public(inner.as_bytes()).map(Some),
    }
}

/// The JWKs of a text.
enum Documents {
    One(Object),
    Set(Vec<Object>),
    /// A public key in PEM or base64, as the key services of Amazon and Google answer it.
    Wrapped(String),
}

fn documents(text: &str) -> Result<Documents, UnreadableKey> {
    let mut members = json::read_object(text.as_bytes()).map_err(InvalidJwk::from)?;
    if let Some(foreign) = foreign::json(&members) {
        return Err(foreign);
    }
    if members.contains_key("kty") {
        return Ok(Documents::One(members));
    }
    match (
        members.remove("keys"),
        members.remove("key"),
        members.remove("PublicKey").or(members.remove("pem")),
    ) {
        (Some(Value::Array(keys)), ..) if keys.len() > MAX_KEYS => {
            Err(InvalidJwk::Member("keys", "an array of at most 100 keys").into())
        }
        (Some(Value::Array(keys)), ..) => {
            let object = |key| match key {
                Value::Object(members) => Some(members),
                _ => None,
            };
            Ok(Documents::Set(keys.into_iter().filter_map(object).collect()))
        }
        // `az keyvault key show`.
        (_, Some(Value::Object(key)), _) => Ok(Documents::One(key)),
        (.., Some(Value::String(key))) => Ok(Documents::Wrapped(key)),
        _ => Ok(Documents::One(members)),
    }
}

fn is_private(document: &Object) -> bool {
    document.get("d").is_some_and(|d| !says_nothing(d))
}

fn private_of(mut document: Object) -> Result<Readout<PrivateJwk>, InvalidJwk> {
    let notes = corrected(&mut document).into_iter().collect();
    Ok(Readout { key: PrivateJwk::from_object(document)?, notes })
}

fn public_of(mut document: Object) -> Result<Readout<PublicJwk>, InvalidJwk> {
    if is_private(&document) {
        let Readout { key, notes } = private_of(document)?;
        SigningKey::new(&key)?;
        return Ok(Readout { key: key.public().clone(), notes });
    }
    let notes = corrected(&mut document).into_iter().collect();
    Ok(Readout { key: PublicJwk::from_object(document)?, notes })
}

/// The one that is meant among those that can be used.
fn chosen<K>(
    documents: Vec<Object>,
    read: impl Fn(Object) -> Result<Readout<K>, InvalidJwk>,
    public: impl Fn(&K) -> &PublicJwk,
    (reader, others): (KeyReader<'_>, &'static str),
) -> Result<Readout<K>, UnreadableKey> {
    let (mut usable, mut refused) = (Vec::new(), None);
    for document in documents {
        match read(document) {
            Ok(found) => usable.push(found),
            Err(why) => refused = refused.or(Some(why)),
        }
    }
    if let (true, Some(why)) = (usable.is_empty(), refused) {
        return Err(why.into());
    }
    let name = |found: &Readout<K>| public(&found.key).key_id().map(ToString::to_string);
    let names: Vec<_> = usable.iter().map(name).collect();
    let place = choice::of(&names, reader.alias(), others)?;
    Ok(usable.swap_remove(place))
}

/// The numbers of keys (RFC 7518 section 6).
const NUMBERS: [&str; 10] = ["n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y"];

/// Brings `document` into the form of RFC 7518 where it is clear what was meant, and tells what was changed.
fn corrected(document: &mut Object) -> Option<String> {
    let mut notes = Vec::new();
    // Azure Key Vault's names for keys in hardware, whose public halves are ordinary ones; and its `key_ops`.
    for (vaults, kty) in [("RSA-HSM", "RSA"), ("EC-HSM", "EC"), ("OKP-HSM", "OKP")] {
        if document.get("kty").and_then(Value::as_str) == Some(vaults) {
            document.insert("kty".into(), kty.into());
            notes.push(format!("its kty {vaults} was read as {kty}"));
        }
    }
    document.remove("keyOps");
    let text = |name| document.get(name).and_then(Value::as_str);
    let key_type =
        KeyType::by_names(text("kty").unwrap_or_default(), text("crv").filter(|crv| !crv.is_empty()))?;
    let mut changed = Vec::new();
    for name in NUMBERS {
        let Some(Value::String(text)) = document.get_mut(name) else { continue };
        let Some(number) = any_base64(text).filter(|number| !number.is_empty()) else { continue };
        let mut right = Zeroizing::new(String::with_capacity(number.len() * 2 + 4));
        base64url::encode_onto(&mut right, fitted(key_type, number).as_slice());
        if right.as_str() != text {
            text.zeroize();
            text.push_str(&right);
            changed.push(name);
        }
    }
    if !changed.is_empty() {
        let names = changed.join(", ");
        notes.push(format!(
            "{names} had zero bytes, a length or a base64 that RFC 7518 does not allow, and were corrected"
        ));
    }
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// A number as long as it has to be: RSA's without zero bytes in front, a curve's with as many as its length needs.
fn fitted(key_type: KeyType, number: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let length = match (key_type, key_type.coordinate_bytes()) {
        // Not a number with a first and a last byte, but a string of fixed length (RFC 8032).
        (KeyType::Ed25519, _) => return number,
        (_, length) => length.unwrap_or(1),
    };
    let zeros = number.iter().take_while(|byte| **byte == 0).count().min(number.len().saturating_sub(length));
    let bare = number.get(zeros..).unwrap_or_default();
    let mut fitted = Zeroizing::new(Vec::with_capacity(length.max(bare.len())));
    fitted.resize(length.saturating_sub(bare.len()), 0);
    fitted.extend_from_slice(bare);
    fitted
}
