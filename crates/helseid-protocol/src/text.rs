//! Text in the encodings that people's files have: UTF-8 and UTF-16, with a byte order mark or without.

use zeroize::Zeroizing;

/// The bytes are no text in UTF-8 or UTF-16. Says no more, since they may be a secret.
///
/// ```
/// use helseid_protocol::text::{NotText, decode};
///
/// // A file in ISO 8859-1.
/// assert_eq!(decode(b"S\xf8r"), Err(NotText));
/// assert_eq!(NotText.to_string(), "it is not text in UTF-8 or UTF-16");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not text in UTF-8 or UTF-16")]
pub struct NotText;

/// The text of a file, without its byte order mark; wiped on drop, since it may be a key.
///
/// Windows PowerShell's `>` writes UTF-16. Without a mark it is known by the zero byte beside its first letter, which
/// is an ASCII one in all files that are read here.
pub fn decode(file: &[u8]) -> Result<Zeroizing<String>, NotText> {
    match file {
        [0xef, 0xbb, 0xbf, text @ ..] => utf8(text),
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        [first, 0, ..] if *first != 0 => utf16(file, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(file, u16::from_be_bytes),
        text => utf8(text),
    }
}

/// The same for a file of PEM, in which only ASCII counts, and what stands around the blocks may be in any encoding
/// (RFC 7468 section 2): `openssl pkcs12 -nodes` writes names in ISO 8859-1.
pub fn decode_pem(file: &[u8]) -> Result<Zeroizing<String>, NotText> {
    let latin1 = || Zeroizing::new(file.iter().copied().map(char::from).collect::<String>());
    decode(file).or_else(|_| Some(latin1()).filter(|text| text.contains("-----BEGIN ")).ok_or(NotText))
}

fn utf8(text: &[u8]) -> Result<Zeroizing<String>, NotText> {
    std::str::from_utf8(text).map(|text| Zeroizing::new(text.to_owned())).map_err(|_| NotText)
}

fn utf16(text: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Zeroizing<String>, NotText> {
    let (units, []) = text.as_chunks::<2>() else { return Err(NotText) };
    let units = units.iter().copied().map(unit);
    // Room for all from the start: a text that grows leaves copies behind.
    let mut decoded = Zeroizing::new(String::with_capacity(text.len() * 2));
    for letter in char::decode_utf16(units) {
        decoded.push(letter.map_err(|_| NotText)?);
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn one_text_is_read_in_every_encoding() {
        let text = "{\"å\": \"😀\"}";
        let (little, big) = (units(text, u16::to_le_bytes), units(text, u16::to_be_bytes));
        for file in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", little.as_slice()].concat(),
            [b"\xfe\xff", big.as_slice()].concat(),
            little,
            big,
        ] {
            assert_eq!(decode(&file).as_deref().map(String::as_str), Ok(text), "{file:02x?}");
        }
        assert_eq!(decode(b"").as_deref().map(String::as_str), Ok(""));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for file in
            [&b"\xff"[..], b"S\xf8r", b"\xff\xfea", b"\xff\xfe\x00\xd8", b"\x00\x00", b"\xef\xbb\xbf\xff"]
        {
            let refused = decode(file).is_err() || decode(file).is_ok_and(|text| text.contains('\0'));
            assert!(refused, "{file:02x?}");
        }
    }

    #[test]
    fn pem_is_found_beside_text_of_any_encoding() {
        let file = b"friendlyName: S\xf8r\n-----BEGIN PUBLIC KEY-----\n";
        assert!(decode_pem(file).is_ok_and(|text| text.contains("\n-----BEGIN PUBLIC KEY-----")));
        assert_eq!(decode_pem(b"S\xf8r"), Err(NotText));
    }
}
