//! Formats that are known, and not read: what each is called, and how to make of it one that is.

use pkcs8::ObjectIdentifier;
use pkcs8::der::{Tag, Tagged as _};

use super::{UnreadableKey, asn1};
use crate::jose::json::Object;

fn foreign(what: impl Into<String>, next: &'static str) -> UnreadableKey {
    UnreadableKey::Foreign { what: what.into(), next }
}

const FROM_JAVA: &str = "make a PKCS#12 of it: keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12";
const REQUEST: &str = "give the key that it was made with, or the certificate that came of it";
const PKCS7: &str = "it holds only certificates; extract them with: openssl pkcs7 -print_certs -in FILE -out certificates.pem";
const JWE: &str = "decrypt it first: step crypto jwe decrypt < FILE > key.json";

/// By the first bytes.
pub(super) fn file(file: &[u8]) -> Option<UnreadableKey> {
    match file {
        [0xfe, 0xed, 0xfe, 0xed, ..] => Some(foreign("a Java keystore (JKS)", FROM_JAVA)),
        [0xce, 0xce, 0xce, 0xce, ..] => Some(foreign("a Java keystore (JCEKS)", FROM_JAVA)),
        [b'S', b'Q', b'L', b'i', b't', b'e', b' ', ..] => {
            Some(foreign("an NSS database", "take the key out with: pk12util -d FOLDER -n NAME -o NEW.p12"))
        }
        [0x30, ..] => der(file),
        _ => None,
    }
}

const PKCS7_SIGNED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// A request for a certificate (RFC 2986), or PKCS#7 (RFC 2315).
fn der(der: &[u8]) -> Option<UnreadableKey> {
    let members = asn1::sequence(der)?;
    match members.as_slice() {
        [info, algorithm, signature]
            if signature.tag() == Tag::BitString && asn1::algorithm(*algorithm).is_some() =>
        {
            let is_request = matches!(asn1::inside(*info)?.as_slice(), [version, _, _, attributes]
                if asn1::number(*version) == Some(0) && asn1::is_tagged(*attributes, 0));
            is_request.then(|| foreign("a request for a certificate", REQUEST))
        }
        [kind, _] if asn1::oid(*kind) == Some(PKCS7_SIGNED) => Some(foreign("PKCS#7", PKCS7)),
        _ => None,
    }
}

/// By the first words of what is neither JSON, XML nor PEM.
pub(super) fn text(text: &str) -> Option<UnreadableKey> {
    let first = text.split_ascii_whitespace().next()?;
    let is_jose = |parts: usize| text.starts_with("eyJ") && text.split('.').count() == parts;
    match first {
        _ if first.starts_with("ssh-") || first.starts_with("ecdsa-sha2-") || first.starts_with("sk-") => {
            Some(foreign(
                "a public key in OpenSSH's own format",
                "write it as PEM: ssh-keygen -e -m PKCS8 -f FILE > public.pem",
            ))
        }
        "----" => Some(foreign(
            "a public key in the SSH2 format (RFC 4716)",
            "write it as PEM: ssh-keygen -i -f FILE > key.pub && ssh-keygen -e -m PKCS8 -f key.pub > public.pem",
        )),
        _ if first.starts_with("PuTTY-User-Key-File") => {
            Some(foreign("a key of PuTTY", "write it as PEM: puttygen FILE -O private-openssh -o key.pem"))
        }
        _ if is_jose(5) => Some(foreign("an encrypted text (JWE)", JWE)),
        _ if is_jose(3) => Some(foreign("a JWT", "give the key that signs, not what it signed")),
        _ => None,
    }
}

/// By the members of a JSON object.
pub(super) fn json(members: &Object) -> Option<UnreadableKey> {
    let is_jwe = members.contains_key("ciphertext") && members.contains_key("protected");
    is_jwe.then(|| foreign("an encrypted key (JWE)", JWE))
}

/// By a label of PEM.
pub(super) fn pem(label: &str, content: &[u8]) -> Option<UnreadableKey> {
    match label {
        "OPENSSH PRIVATE KEY" => Some(openssh(content)),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            Some(foreign("a request for a certificate", REQUEST))
        }
        "PKCS7" | "CMS" => Some(foreign("PKCS#7", PKCS7)),
        "DSA PRIVATE KEY" | "DSA PUBLIC KEY" => {
            Some(foreign("a DSA key", "make another: helseid key generate --out NAME"))
        }
        _ if label.starts_with("PGP ") => {
            Some(foreign("a key of OpenPGP", "make another: helseid key generate --out NAME"))
        }
        _ => None,
    }
}

/// Which kind of key it is, as far as its public half says (OpenSSH: PROTOCOL.key).
fn openssh(content: &[u8]) -> UnreadableKey {
    const AS_PEM: &str = "write it as PEM, in its place, so keep a copy: ssh-keygen -p -m PEM -f KEY";
    const ANOTHER: &str = "make another: helseid key generate --alg ES256 --out NAME";
    let kind = openssh_kind(content).unwrap_or_default();
    let (what, next) = match kind {
        b"ssh-rsa" => ("an RSA key", AS_PEM),
        b"ecdsa-sha2-nistp256" => ("a P-256 key", AS_PEM),
        b"ecdsa-sha2-nistp384" => ("a P-384 key", AS_PEM),
        b"ecdsa-sha2-nistp521" => ("a P-521 key", AS_PEM),
        b"ssh-ed25519" => ("an Ed25519 key", ANOTHER),
        _ => ("a key", ANOTHER),
    };
    foreign(format!("{what} in OpenSSH's own format"), next)
}

fn openssh_kind(content: &[u8]) -> Option<&[u8]> {
    let rest = content.strip_prefix(b"openssh-key-v1\0")?;
    // Cipher, key derivation, its options, and how many keys there are.
    let rest = (0..3).try_fold(rest, |rest, _| string(rest).map(|(_, rest)| rest))?;
    let (public, _) = string(rest.get(4..)?)?;
    string(public).map(|(kind, _)| kind)
}

fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_foreign_format_is_none() {
        for bytes in [&b""[..], b"{", b"-----BEGIN", &[0x30, 0x00], &[0x30, 0x80], b"S"] {
            assert_eq!(file(bytes), None, "{bytes:02x?}");
        }
        for words in ["", "eyJ", "key", "ssh"] {
            assert_eq!(text(words), None, "{words}");
        }
    }
}
