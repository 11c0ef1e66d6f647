//! PKCS#12 (RFC 7292): what OpenSSL, .NET, keytool, NSS, Windows and macOS write, in DER or BER, and the older kind with
//! RC2 and 3DES.

use pkcs8::ObjectIdentifier;
use pkcs8::der::Encode as _;
use pkcs8::der::asn1::{AnyRef, BmpString};

use super::encryption::{self, Password, Purpose, Spelling, Work, derive_pkcs12, try_spellings};
use super::{Certificate, SecretBytes, UnreadableKey, asn1, choice, der};
use crate::jose::crypto;
use crate::jose::jwk::PrivateJwk;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const BAG_OF_BAGS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.6");
const X509: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");
const FRIENDLY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20");

const MALFORMED: UnreadableKey = UnreadableKey::Malformed("PKCS#12");
/// Bags in bags in bags.
const MAX_DEPTH: usize = 4;

/// Whether `file` begins as a PFX does: a SEQUENCE of the INTEGER 3 and a SEQUENCE that begins with an object identifier.
pub(super) fn is_one(file: &[u8]) -> bool {
    let Some(file) = asn1::in_der(file) else { return false };
    let Some(members) = asn1::sequence(&file) else { return false };
    match members.as_slice() {
        [version, content, ..] => asn1::number(*version) == Some(3) && content.value().first() == Some(&0x06),
        _ => false,
    }
}

/// The private key of the store that `alias` names, or the only one; with `x5c` when a certificate of the same key is there.
pub(super) fn private(
    file: &[u8],
    password: Option<&Password>,
    alias: Option<&str>,
) -> Result<PrivateJwk, UnreadableKey> {
    let file = asn1::in_der(file).ok_or(MALFORMED)?;
    let store = Store::read(&file).ok_or(MALFORMED)?;
    // A store without a password is one with an empty password.
    let empty = Password::new("");
    let opened = try_spellings(password.unwrap_or(&empty), |spelling, work| {
        let bags = store.open(spelling, work)?;
        let names: Vec<_> = bags.keys.iter().map(|key| key.name.clone()).collect();
        let Some(key) = bags.keys.get(choice::of(&names, alias, "certificates")?) else {
            return Err(MALFORMED);
        };
        let key = match key.is_encrypted {
            true => encryption::open_pkcs8(&key.content, spelling, work)?,
            false => key.content.clone(),
        };
        Ok((der::private_from_der(&key)?, bags.certificates))
    });
    let (key, certificates) = opened.map_err(|why| match why {
        UnreadableKey::Password if password.is_none() => UnreadableKey::PasswordMissing,
        other => other,
    })?;
    // One that cannot be read is none of this key.
    let certificates: Vec<_> =
        certificates.iter().filter_map(|certificate| Certificate::from_der(certificate).ok()).collect();
    Ok(super::certificate::attached(key, &certificates))
}

/// `PFX`: what it holds, and the code that shows whether the password is right.
struct Store<'a> {
    content: &'a [u8],
    code: Option<Vec<AnyRef<'a>>>,
}

impl<'a> Store<'a> {
    fn read(file: &'a [u8]) -> Option<Self> {
        let members = asn1::sequence(file)?;
        let [_version, content, rest @ ..] = members.as_slice() else { return None };
        let (kind, content) = content_info(*content)?;
        if kind != DATA {
            return None;
        }
        let code = rest.first().map(|code| asn1::inside(*code));
        Some(Self {
            content: asn1::octets(content?)?,
            code: code.map(|code| code.ok_or(())).transpose().ok()?,
        })
    }

    /// What is in it, once the code is found to be right.
    fn open(&self, password: &Spelling, work: &mut Work) -> Result<Bags, UnreadableKey> {
        if let Some(code) = &self.code {
            check(code, self.content, password, work)?;
        }
        let content = asn1::in_der(self.content).ok_or(MALFORMED)?;
        let mut bags = Bags::default();
        for safe in asn1::sequence(&content).ok_or(MALFORMED)? {
            let (kind, content) = content_info(safe).ok_or(MALFORMED)?;
            let content = content.ok_or(MALFORMED)?;
            let safe = match kind {
                DATA => SecretBytes::new(asn1::octets(content).ok_or(MALFORMED)?.to_vec()),
                ENCRYPTED_DATA => decrypted(content, password, work)?,
                _ => return Err(UnreadableKey::Scheme("a public key (EnvelopedData)".to_owned())),
            };
            let safe = asn1::in_der(&safe).ok_or(UnreadableKey::Password)?;
            bags.read(&safe, 0).ok_or(MALFORMED)?;
        }
        Ok(bags)
    }
}

/// `ContentInfo`: its kind, and what stands under `[0]`.
fn content_info(value: AnyRef<'_>) -> Option<(ObjectIdentifier, Option<AnyRef<'_>>)> {
    match asn1::inside(value)?.as_slice() {
        [kind] => Some((asn1::oid(*kind)?, None)),
        [kind, content] => Some((asn1::oid(*kind)?, Some(asn1::tagged(*content, 0)?))),
        _ => None,
    }
}

/// `MacData`: the code over the content, by a key from the password.
fn check(
    code: &[AnyRef<'_>],
    content: &[u8],
    password: &Spelling,
    work: &mut Work,
) -> Result<(), UnreadableKey> {
    let [info, salt, rounds @ ..] = code else { return Err(MALFORMED) };
    let info = asn1::inside(*info).ok_or(MALFORMED)?;
    let [algorithm, expected] = info.as_slice() else { return Err(MALFORMED) };
    let hash = encryption::hash(asn1::algorithm(*algorithm).ok_or(MALFORMED)?.0)?;
    let salt = asn1::octets(*salt).ok_or(MALFORMED)?;
    let rounds = rounds.first().map_or(Some(1), |rounds| asn1::number(*rounds)).ok_or(MALFORMED)?;
    let key = derive_pkcs12(hash, password, (salt, rounds), Purpose::Code, hash.bytes(), work)?;
    let expected = asn1::octets(*expected).ok_or(MALFORMED)?;
    match crypto::equal(&hash.code(&key, content), expected) {
        true => Ok(()),
        false => Err(UnreadableKey::Password),
    }
}

/// `EncryptedData` (RFC 5652 section 8), whose content may come in pieces.
fn decrypted(value: AnyRef<'_>, password: &Spelling, work: &mut Work) -> Result<SecretBytes, UnreadableKey> {
    let members = asn1::inside(value).ok_or(MALFORMED)?;
    let [_version, info, ..] = members.as_slice() else { return Err(MALFORMED) };
    let info = asn1::inside(*info).ok_or(MALFORMED)?;
    let [_kind, scheme, sealed] = info.as_slice() else { return Err(MALFORMED) };
    if !asn1::is_tagged(*sealed, 0) {
        return Err(MALFORMED);
    }
    match asn1::inside(*sealed) {
        None => encryption::open(*scheme, sealed.value(), password, work),
        Some(pieces) => {
            let pieces: Option<Vec<_>> = pieces.into_iter().map(asn1::octets).collect();
            encryption::open(*scheme, &pieces.ok_or(MALFORMED)?.concat(), password, work)
        }
    }
}

/// What the bags of a store hold.
#[derive(Default)]
struct Bags {
    keys: Vec<Key>,
    certificates: Vec<Vec<u8>>,
}

struct Key {
    name: Option<String>,
    is_encrypted: bool,
    content: SecretBytes,
}

impl Bags {
    /// Reads `SafeContents`.
    fn read(&mut self, safe: &[u8], depth: usize) -> Option<()> {
        for bag in asn1::sequence(safe)? {
            let members = asn1::inside(bag)?;
            let [kind, content, attributes @ ..] = members.as_slice() else { return None };
            let content = asn1::tagged(*content, 0)?.to_der().ok().map(SecretBytes::new)?;
            match asn1::oid(*kind)? {
                kind @ (KEY_BAG | SHROUDED_KEY_BAG) => self.keys.push(Key {
                    name: attributes.first().and_then(|attributes| name(*attributes)),
                    is_encrypted: kind == SHROUDED_KEY_BAG,
                    content,
                }),
                CERTIFICATE_BAG => self.certificates.extend(certificate(&content)),
                BAG_OF_BAGS if depth < MAX_DEPTH => self.read(&content, depth + 1)?,
                // Lists of revoked certificates and secrets of other kinds are none of ours.
                _ => {}
            }
        }
        Some(())
    }
}

/// `friendlyName` among a bag's attributes; Java calls it alias.
fn name(attributes: AnyRef<'_>) -> Option<String> {
    asn1::inside(attributes)?.into_iter().find_map(|attribute| {
        let members = asn1::inside(attribute)?;
        let [kind, values] = members.as_slice() else { return None };
        let values = asn1::inside(*values)?;
        match (asn1::oid(*kind)?, values.first()) {
            (FRIENDLY_NAME, Some(value)) => Some(value.decode_as::<BmpString>().ok()?.to_string()),
            _ => None,
        }
    })
}

/// An X.509 certificate in a bag of one.
fn certificate(bag: &[u8]) -> Option<Vec<u8>> {
    match asn1::sequence(bag)?.as_slice() {
        [kind, content] if asn1::oid(*kind)? == X509 => {
            Some(asn1::octets(asn1::tagged(*content, 0)?)?.to_vec())
        }
        _ => None,
    }
}
