//! Texts that a client chooses, which are given back as they came.

use std::fmt;

/// A text of 1 to `MAX` bytes without control characters. Does not print itself: it may name a person.
///
/// ```
/// use helseid_protocol::authorize::Text;
///
/// let state = Text::<2048>::parse("af0ifjsldkj")?;
/// assert_eq!(state.as_str(), "af0ifjsldkj");
/// // What a log shows of it.
/// assert_eq!(format!("{state:?}"), "Text(11 bytes)");
/// # Ok::<(), helseid_protocol::authorize::InvalidText>(())
/// ```
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(Box<str>);

/// Why a text is not one that may be given back. Never repeats it.
///
/// ```
/// use helseid_protocol::authorize::{InvalidText, Text};
///
/// assert_eq!(Text::<16>::parse("two\nlines"), Err(InvalidText::ControlCharacter));
/// assert_eq!(Text::<4>::parse("a state"), Err(InvalidText::TooLong(7)));
/// assert_eq!(InvalidText::TooLong(7).to_string(), "7 bytes");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing at all.
    #[error("nothing")]
    Empty,
    /// Longer than its kind may be.
    #[error("{0} bytes")]
    TooLong(usize),
    /// A control character, with which lines of logs are forged.
    #[error("a control character in it")]
    ControlCharacter,
}

impl<const MAX: usize> Text<MAX> {
    /// Takes a text.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        match text.len() {
            0 => Err(InvalidText::Empty),
            length if length > MAX => Err(InvalidText::TooLong(length)),
            _ if text.chars().any(char::is_control) => Err(InvalidText::ControlCharacter),
            _ => Ok(Self(text.into())),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Text({} bytes)", self.0.len())
    }
}

impl<'de, const MAX: usize> serde::Deserialize<'de> for Text<MAX> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
