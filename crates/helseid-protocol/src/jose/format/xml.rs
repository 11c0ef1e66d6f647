//! XML `RSAKeyValue`, as .NET's `ToXmlString` writes it (XML Signature section 4.5.2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Document;
use zeroize::Zeroizing;

use super::UnreadableKey;
use crate::jose::KeyType;
use crate::jose::crypto::{PrivateNumbers, PublicNumbers, Secret};
use crate::jose::jwk::{PrivateJwk, PublicJwk};
use crate::secret::PrivateKeyText;

/// The most bytes of such a document: twice what a key of 8192 bits has. Its reader compares attributes each with each.
const MAX_BYTES: usize = 16 * 1024;

const MALFORMED: UnreadableKey = UnreadableKey::Malformed("XML RSAKeyValue");

/// Reads a private key. Documents with a DTD are refused.
pub(super) fn private(text: &str) -> Result<PrivateJwk, UnreadableKey> {
    let document = document(text)?;
    if content(&document, "D").is_none() {
        return Err(UnreadableKey::NoPrivateKey("a public key"));
    }
    let secret = |name| number(&document, name);
    let private = PrivateNumbers::Rsa {
        d: secret("D")?,
        p: secret("P")?,
        q: secret("Q")?,
        dp: secret("DP")?,
        dq: secret("DQ")?,
        qi: secret("InverseQ")?,
    };
    Ok(PrivateJwk::from_numbers(KeyType::Rsa, &public_numbers(&document)?, private)?)
}

/// Reads the public half.
pub(super) fn public(text: &str) -> Result<PublicJwk, UnreadableKey> {
    let document = document(text)?;
    Ok(PublicJwk::from_numbers(KeyType::Rsa, None, &public_numbers(&document)?)?)
}

/// Writes an RSA key; others have no such form.
pub fn private_to_xml(key: &PrivateJwk) -> Result<PrivateKeyText, UnreadableKey> {
    let (PublicNumbers::Rsa { n, e }, PrivateNumbers::Rsa { d, p, q, dp, dq, qi }) =
        (key.public().numbers(), key.numbers())
    else {
        return Err(UnreadableKey::UnknownKind);
    };
    let members: [(&str, &[u8]); 8] = [
        ("Modulus", n),
        ("Exponent", e),
        ("P", p),
        ("Q", q),
        ("DP", dp),
        ("DQ", dq),
        ("InverseQ", qi),
        ("D", d),
    ];
    let room =
        members.iter().map(|(name, number)| 2 * name.len() + 2 * number.len() + 16).sum::<usize>() + 32;
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.push_str("<RSAKeyValue>");
    for (name, number) in members {
        text.extend(["<", name, ">"]);
        STANDARD.encode_string(number, &mut text);
        text.extend(["</", name, ">"]);
    }
    text.push_str("</RSAKeyValue>");
    Ok(PrivateKeyText::new(text.as_str()))
}

fn document(text: &str) -> Result<Document<'_>, UnreadableKey> {
    match text.len() {
        ..=MAX_BYTES => Document::parse(text).map_err(|_| MALFORMED),
        _ => Err(UnreadableKey::Malformed("XML RSAKeyValue of at most 16 KiB")),
    }
}

fn public_numbers(document: &Document<'_>) -> Result<PublicNumbers, UnreadableKey> {
    let number = |name| number(document, name).map(|number| number.to_vec());
    Ok(PublicNumbers::Rsa { n: number("Modulus")?, e: number("Exponent")? })
}

fn content<'a>(document: &'a Document<'_>, name: &str) -> Option<&'a str> {
    let root = document.root_element();
    let value = root.has_tag_name("RSAKeyValue").then_some(root);
    value?.children().find(|child| child.tag_name().name() == name)?.text()
}

/// The number without the leading zero bytes that a writer may have put there.
fn number(document: &Document<'_>, name: &str) -> Result<Secret, UnreadableKey> {
    let text = content(document, name).ok_or(MALFORMED)?;
    let text: Zeroizing<String> = Zeroizing::new(text.split_ascii_whitespace().collect());
    let bytes = Zeroizing::new(STANDARD.decode(text.as_bytes()).map_err(|_| MALFORMED)?);
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Ok(Zeroizing::new(bytes.get(zeros..).unwrap_or_default().to_vec()))
}
