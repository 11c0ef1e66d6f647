//! Passwords, and the bytes that programs have made of them.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::Work;
use crate::jose::format::{SecretBytes, UnreadableKey};

/// What opens a key file. Does not print, and is wiped on drop.
///
/// ```
/// use helseid_protocol::jose::format::Password;
///
/// // As a secret is mounted, with an end of line behind it.
/// let password = Password::of_one_line("correct horse\n");
/// assert!(!format!("{password:?}").contains("horse"));
/// ```
#[derive(Clone)]
pub struct Password(SecretString);

impl Password {
    /// Takes the password as it is, an empty one too.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// Takes the password from a place where an editor or a mount may have put one end of line behind it, which is left out.
    #[must_use]
    pub fn of_one_line(text: &str) -> Self {
        let text = text.strip_suffix('\n').unwrap_or(text);
        Self::new(text.strip_suffix('\r').unwrap_or(text))
    }

    pub(in crate::jose::format) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(hidden)")
    }
}

/// A password as bytes, for PKCS#5, and as UTF-16 with an end, for PKCS#12's own schemes.
pub(in crate::jose::format) struct Spelling {
    pub(in crate::jose::format) bytes: SecretBytes,
    pub(in crate::jose::format) utf16: SecretBytes,
}

impl Spelling {
    /// As RFC 7292 and today's programs have it.
    pub(in crate::jose::format) fn of(text: &str) -> Self {
        let utf16 = text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes);
        Self { bytes: Zeroizing::new(text.as_bytes().to_vec()), utf16: Zeroizing::new(utf16.collect()) }
    }

    /// All that programs may have made of it. OpenSSL before 1.1 put a zero byte before each byte of UTF-8, old
    /// programs on Windows wrote ISO 8859-1, and an empty password may be no bytes at all.
    fn all(text: &str) -> Vec<Self> {
        let mut all = vec![Self::of(text)];
        if text.is_empty() {
            all.push(Self { bytes: SecretBytes::default(), utf16: SecretBytes::default() });
        }
        if !text.is_ascii() {
            let widened = text.bytes().chain([0]).flat_map(|byte| [0, byte]);
            all.push(Self { utf16: Zeroizing::new(widened.collect()), ..Self::of(text) });
            if let Ok(latin1) = text.chars().map(u8::try_from).collect::<Result<Vec<u8>, _>>() {
                all.push(Self { bytes: Zeroizing::new(latin1), ..Self::of(text) });
            }
        }
        all
    }
}

/// The first spelling of `password` with which `open` succeeds.
pub(in crate::jose::format) fn try_spellings<T>(
    password: &Password,
    mut open: impl FnMut(&Spelling, &mut Work) -> Result<T, UnreadableKey>,
) -> Result<T, UnreadableKey> {
    let mut work = Work::of_one_file();
    for spelling in Spelling::all(password.expose()) {
        match open(&spelling, &mut work) {
            Err(UnreadableKey::Password) => {}
            other => return other,
        }
    }
    Err(UnreadableKey::Password)
}
