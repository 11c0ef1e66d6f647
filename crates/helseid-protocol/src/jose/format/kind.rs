//! What a file is, by its first bytes, once it is out of whatever it was wrapped in.
//!
//! Platforms hand a key on as one line of a variable: with `\n` for its ends of line, in quotes, as a JSON text, in
//! base64, percent-encoded. Each is taken off, some of them inside others.

use zeroize::Zeroizing;

use super::{MAX_FILE_BYTES, SecretBytes, UnreadableKey, any_base64, foreign, url_decoded};
use crate::text;

/// How many wrappers are taken off.
const MAX_WRAPPERS: usize = 4;

/// A file that is out of its wrappers.
pub(super) enum Kind {
    Json(Zeroizing<String>),
    Pem(Zeroizing<String>),
    Xml(Zeroizing<String>),
    Der(SecretBytes),
}

impl Kind {
    pub(super) fn of(file: &[u8]) -> Result<Self, UnreadableKey> {
        match file.len() {
            0..=MAX_FILE_BYTES => Self::unwrapped(file, MAX_WRAPPERS),
            length => Err(UnreadableKey::TooLarge(length)),
        }
    }

    fn unwrapped(file: &[u8], wrappers: usize) -> Result<Self, UnreadableKey> {
        if let Some(foreign) = foreign::file(file) {
            return Err(foreign);
        }
        // A SEQUENCE in DER; `0` begins none of the texts.
        if file.first() == Some(&0x30) {
            return Ok(Self::Der(SecretBytes::new(file.to_vec())));
        }
        let text = text::decode_pem(file).map_err(|_| UnreadableKey::UnknownFormat)?;
        let text = text.trim();
        let owned = |text: &str| Zeroizing::new(text.to_owned());
        let inner = match text.as_bytes().first() {
            Some(b'{') if text.starts_with("{\\\"") => json_text(&Zeroizing::new(format!("\"{text}\""))),
            Some(b'{') => return Ok(Self::Json(owned(text))),
            Some(b'<') => return Ok(Self::Xml(owned(text))),
            Some(b'"') => json_text(text).or_else(|| Some(owned(text.strip_prefix('"')?.strip_suffix('"')?))),
            Some(b'\'') => text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).map(owned),
            Some(b'%') => Some(url_decoded(text)),
            _ if text.contains("-----BEGIN ") => return Ok(Self::Pem(with_ends_of_line(text))),
            _ => None,
        };
        let Some(left) = wrappers.checked_sub(1) else { return Err(UnreadableKey::UnknownFormat) };
        if let Some(inner) = inner {
            return Self::unwrapped(inner.as_bytes(), left);
        }
        if let Some(foreign) = foreign::text(text) {
            return Err(foreign);
        }
        match any_base64(text) {
            Some(inner) if !inner.is_empty() => Self::unwrapped(&inner, left),
            _ => Err(UnreadableKey::UnknownFormat),
        }
    }
}

fn json_text(text: &str) -> Option<Zeroizing<String>> {
    serde_json::from_str::<String>(text).ok().map(Zeroizing::new)
}

/// `text` with ends of line where `\n` stands.
fn with_ends_of_line(text: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(text.to_owned());
    for written in ["\\\\n", "\\r\\n", "\\n", "\\r"] {
        if text.contains(written) {
            text = Zeroizing::new(text.replace(written, "\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    const JSON: &str = "{\"kty\":\"EC\"}";
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";

    fn of(file: &[u8]) -> Option<String> {
        match Kind::of(file).ok()? {
            Kind::Json(text) | Kind::Pem(text) | Kind::Xml(text) => Some(text.to_string()),
            Kind::Der(bytes) => Some(format!("{:02x?}", bytes.as_slice())),
        }
    }

    #[test]
    fn every_wrapper_is_taken_off() {
        let as_text = serde_json::to_string(JSON).unwrap();
        for wrapped in [
            JSON.to_owned(),
            format!("\u{feff} {JSON}\r\n"),
            as_text.clone(),
            as_text.trim_matches('"').to_owned(),
            format!("'{JSON}'"),
            format!("'{as_text}'"),
            format!("\"{JSON}\""),
            STANDARD.encode(JSON),
            URL_SAFE_NO_PAD.encode(JSON),
            STANDARD.encode(STANDARD.encode(JSON)),
            "%7B%22kty%22%3A%22EC%22%7D".to_owned(),
        ] {
            assert_eq!(of(wrapped.as_bytes()).as_deref(), Some(JSON), "{wrapped}");
        }
        for wrapped in [
            PEM.to_owned(),
            PEM.replace('\n', "\\n"),
            PEM.replace('\n', "\\\\n"),
            PEM.replace('\n', "\\r\\n"),
            format!("\"{PEM}\""),
            format!("'{}'", PEM.replace('\n', "\\n")),
            serde_json::to_string(PEM).unwrap(),
            STANDARD.encode(PEM),
        ] {
            assert_eq!(of(wrapped.as_bytes()).as_deref(), Some(PEM), "{wrapped}");
        }
        assert_eq!(of(STANDARD.encode([0x30, 0]).as_bytes()).as_deref(), Some("[30, 00]"));
    }

    #[test]
    fn wrappers_have_an_end() {
        let wrap = |times: usize| (0..times).fold(JSON.to_owned(), |text, _| STANDARD.encode(text));
        assert!(of(wrap(MAX_WRAPPERS).as_bytes()).is_some());
        assert!(matches!(Kind::of(wrap(MAX_WRAPPERS + 1).as_bytes()), Err(UnreadableKey::UnknownFormat)));
        assert!(matches!(Kind::of(b"'"), Err(UnreadableKey::UnknownFormat)));
    }
}
