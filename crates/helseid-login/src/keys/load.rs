//! Where keys come from: a text, a file, or the environment.

use std::path::Path;

use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::random::{Random, bytes32};
use zeroize::Zeroizing;

use super::{MAX_KEYS, MAX_NAME, NamedKey, SealingKeys};

/// The variable that [`SealingKeys::from_environment`] reads.
const VARIABLE: &str = "HELSEID_LOGIN_KEYS";

/// The most bytes of a text: eight keys, their names, and room around them.
const MAX_BYTES: usize = 4096;

/// Why there are no keys. Shows nothing of what was found.
///
/// ```
/// use helseid_login::{InvalidKeys, SealingKeys};
///
/// assert!(matches!(SealingKeys::parse("2026:a-password"), Err(InvalidKeys::Invalid(1))));
/// assert!(matches!(SealingKeys::parse(" "), Err(InvalidKeys::None)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKeys {
    /// There is none.
    #[error(
        "there is no key: expected NAME:KEY, with a key of 43 characters in base64url, as SealingKeys::generate makes it"
    )]
    None,
    /// One is none.
    #[error(
        "key number {0} is none: expected NAME:KEY, the name 1 to 16 letters, digits, - and _, the key 43 characters of base64url"
    )]
    Invalid(usize),
    /// Two have one name.
    #[error("keys {0} and {1} have the same name: give each its own")]
    SameName(usize, usize),
    /// There are too many.
    #[error("there are more than {MAX_KEYS} keys: leave out those that nothing is sealed with any more")]
    TooMany,
    /// The file or the variable cannot be read.
    #[error("{place} cannot be read: {why}")]
    Unreadable {
        /// The file or the variable.
        place: String,
        /// Why.
        why: String,
    },
}

impl SealingKeys {
    /// Reads keys with blanks or line breaks between them, each `NAME:KEY`: 32 unpredictable bytes in base64url. The first
    /// seals.
    ///
    /// Does not check that the bytes are unpredictable.
    pub fn parse(text: &str) -> Result<Self, InvalidKeys> {
        if text.len() > MAX_BYTES {
            return Err(InvalidKeys::TooMany);
        }
        let mut keys: Vec<NamedKey> = Vec::new();
        for (number, text) in (1..).zip(text.split_ascii_whitespace()) {
            if keys.len() == MAX_KEYS {
                return Err(InvalidKeys::TooMany);
            }
            let key = named_key(text).ok_or(InvalidKeys::Invalid(number))?;
            if let Some(same) = keys.iter().position(|other| other.name == key.name) {
                return Err(InvalidKeys::SameName(same + 1, number));
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        Ok(Self { first: keys.next().ok_or(InvalidKeys::None)?, others: keys.collect() })
    }

    /// Reads them from a file. Does not check who else can read it.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, InvalidKeys> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map(Zeroizing::new);
        let unreadable = |why: std::io::Error| InvalidKeys::Unreadable {
            place: path.display().to_string(),
            why: why.to_string(),
        };
        Self::parse(&text.map_err(unreadable)?)
    }

    /// Reads them from the variable `HELSEID_LOGIN_KEYS`. A file is safer: other programs of the same user can read the
    /// environment.
    pub fn from_environment() -> Result<Self, InvalidKeys> {
        let text = std::env::var(VARIABLE).map(Zeroizing::new);
        let unreadable = |why: std::env::VarError| InvalidKeys::Unreadable {
            place: VARIABLE.to_owned(),
            // The other error shows the value.
            why: match why {
                std::env::VarError::NotPresent => "it is not set".to_owned(),
                std::env::VarError::NotUnicode(_) => "it is not UTF-8".to_owned(),
            },
        };
        Self::parse(&text.map_err(unreadable)?)
    }

    /// The text of a new key with this name.
    #[must_use]
    pub fn generate(name: &str, random: &dyn Random) -> Zeroizing<String> {
        let bytes = Zeroizing::new(bytes32(random));
        let key = Zeroizing::new(base64url::encode(&*bytes));
        Zeroizing::new(format!("{name}:{}", key.as_str()))
    }
}

fn named_key(text: &str) -> Option<NamedKey> {
    let (name, key) = text.split_once(':')?;
    let is_name = (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let bytes = base64url::decode(key).map(Zeroizing::new).ok()?;
    let bytes: &[u8; 32] = bytes.as_slice().try_into().ok()?;
    is_name.then(|| NamedKey { name: name.into(), key: MacKey::new(bytes).into() })
}
