//! Who a person is in tokens: `sub`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::PersonNumber;
use crate::jose::crypto;

/// What a person's number is hashed behind.
const PREFIX: &str = "helseid-local:sub:";

/// A person as tokens name them: `sub` (OpenID Connect Core 1.0 section 2). The same at every client. Whoever has it can find
/// the number behind it by trying all numbers, so it does not print itself.
///
/// ```
/// use helseid_protocol::person::{PersonNumber, Subject, SyntheticMonth};
///
/// // How the tokens of a local authority name a synthetic person.
/// let number = PersonNumber::parse("15849197352", SyntheticMonth::Plus80)?;
/// assert_eq!(Subject::of(&number), Subject::parse(Subject::of(&number).as_str())?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(Box<str>);

/// Why a text is not a [`Subject`].
///
/// ```
/// use helseid_protocol::person::{InvalidSubject, Subject};
///
/// assert!(matches!(Subject::parse("two words"), Err(InvalidSubject)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {} visible ASCII characters", Subject::MAX_BYTES)]
pub struct InvalidSubject;

impl Subject {
    /// The most bytes (OpenID Connect Core 1.0 section 2).
    pub const MAX_BYTES: usize = 255;

    /// The subject of the person with this number: the base64 form of a SHA-256 hash, as HelseID's look.
    #[must_use]
    pub fn of(number: &PersonNumber) -> Self {
        Self::of_text(number.expose())
    }

    /// The same for a text that need not be a number.
    pub(crate) fn of_text(number: &str) -> Self {
        let hash = crypto::sha256(format!("{PREFIX}{number}").as_bytes());
        Self(STANDARD.encode(hash).into())
    }

    /// Takes 1 to 255 visible ASCII characters.
    pub fn parse(text: &str) -> Result<Self, InvalidSubject> {
        let is_subject =
            (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_subject { Ok(Self(text.into())) } else { Err(InvalidSubject) }
    }

    /// As it stands in tokens.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Subject(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::SyntheticMonth;

    #[test]
    fn a_subject_follows_from_the_number_and_looks_like_helseids() {
        let of = |text| Subject::of(&PersonNumber::parse(text, SyntheticMonth::Plus80).expect("a number"));
        let subject = of("15849197352");
        assert_eq!(subject, of("15849197352"));
        assert_ne!(subject, of("06828399789"));
        assert_eq!((subject.as_str().len(), subject.as_str().ends_with('=')), (44, true));
        // Stored sessions and other replicas know it by this text.
        assert_eq!(subject.as_str(), "pUg71UwczVYsGMrIfrV6WlIq9uoU1oy3jqLEBRiu4Z8=");
        assert_eq!(Subject::parse(subject.as_str()), Ok(subject));
    }

    #[test]
    fn a_subject_is_short_visible_and_not_shown() {
        for text in ["", "a b", "a\n", "æ", &"x".repeat(256)] {
            assert_eq!(Subject::parse(text), Err(InvalidSubject), "{text}");
        }
        let subject = Subject::parse("c4SrhKObUo=").expect("a subject");
        assert_eq!(format!("{subject:?}"), "Subject(hidden)");
    }
}
