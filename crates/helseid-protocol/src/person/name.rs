//! What a person is called.

use crate::visible::is_hidden;

/// A person's name, in the parts that tokens have.
///
/// ```
/// use helseid_protocol::person::PersonName;
///
/// let name = PersonName::new("LIVSTRETT", Some(" "), " BEVER ")?;
/// assert_eq!(name.full(), "LIVSTRETT BEVER");
/// assert_eq!(name.middle(), None);
/// # Ok::<(), helseid_protocol::person::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName {
    given: Box<str>,
    middle: Option<Box<str>>,
    family: Box<str>,
}

/// Why a text is no part of a name.
///
/// ```
/// use helseid_protocol::person::{InvalidName, PersonName};
///
/// let refused = PersonName::new("LIVSTRETT", None, "");
/// assert_eq!(refused, Err(InvalidName { part: "family" }));
/// let told = refused.map_err(|why| why.to_string());
/// assert!(told.is_err_and(|told| told.starts_with("expected a family name of 1 to 100 bytes")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a {part} name of 1 to {} bytes, without control characters and characters that cannot be seen",
    PersonName::MAX_BYTES
)]
pub struct InvalidName {
    /// Which part: `given`, `middle` or `family`.
    pub part: &'static str,
}

impl PersonName {
    /// The most bytes of a part.
    pub const MAX_BYTES: usize = 100;

    /// A name of these parts, each of 1 to 100 bytes that can be seen; blanks around them are cut, and a blank middle name is
    /// none.
    pub fn new(given: &str, middle: Option<&str>, family: &str) -> Result<Self, InvalidName> {
        let middle = middle.filter(|middle| !middle.trim().is_empty());
        Ok(Self {
            given: part("given", given)?,
            middle: middle.map(|middle| part("middle", middle)).transpose()?,
            family: part("family", family)?,
        })
    }

    /// The name of a person whose own is not known.
    pub(super) fn made_up() -> Self {
        Self { given: "SYNTETISK".into(), middle: None, family: "PERSON".into() }
    }

    /// `given_name`.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// `middle_name`.
    #[must_use]
    pub fn middle(&self) -> Option<&str> {
        self.middle.as_deref()
    }

    /// `family_name`.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.family
    }

    /// `name`: all parts with one space between.
    #[must_use]
    pub fn full(&self) -> String {
        match &self.middle {
            Some(middle) => format!("{} {middle} {}", self.given, self.family),
            None => format!("{} {}", self.given, self.family),
        }
    }
}

fn part(part: &'static str, text: &str) -> Result<Box<str>, InvalidName> {
    let text = text.trim();
    let is_name = (1..=PersonName::MAX_BYTES).contains(&text.len()) && !text.chars().any(is_hidden);
    if is_name { Ok(text.into()) } else { Err(InvalidName { part }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_parts_that_can_be_seen() {
        let name = PersonName::new(" Åse ", Some("Ødegård"), "Nordmann").expect("a name");
        assert_eq!(name.full(), "Åse Ødegård Nordmann");
        let short = PersonName::new("KVART", Some(" "), "GREVLING").expect("a name");
        assert_eq!((short.middle(), short.full().as_str()), (None, "KVART GREVLING"));
        for (given, middle, family, part) in [
            ("", None, "b", "given"),
            ("a", Some("\u{202e}"), "b", "middle"),
            ("a", None, "b\nc", "family"),
            ("a", None, &*"x".repeat(101), "family"),
        ] {
            assert_eq!(PersonName::new(given, middle, family), Err(InvalidName { part }));
        }
    }
}
