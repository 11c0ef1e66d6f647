//! What persons are called where no number may stand.

/// The longest short name, in bytes.
pub const MAX_SHORT_NAME_BYTES: usize = 32;

/// What a person is called on the command line, in addresses and in seed files, such as `doctor`: never by number.
///
/// ```
/// use helseid_admin_api::{ShortName, operation};
///
/// let name: ShortName = "doctor-2".parse()?;
/// assert_eq!(operation::REMOVE_PERSON.at(&[name.as_str()]), "/admin/api/persons/doctor-2");
/// # Ok::<(), helseid_admin_api::InvalidShortName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ShortName(Box<str>);

/// The text is not a short name. Does not repeat the text, which may be a number.
///
/// ```
/// use helseid_admin_api::{InvalidShortName, ShortName};
///
/// // A number never gets into an address.
/// assert_eq!(ShortName::parse("15849197352"), Err(InvalidShortName));
/// assert!(!InvalidShortName.to_string().contains("15849197352"));
/// assert_eq!(ShortName::parse("Doctor"), Err(InvalidShortName));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a short name has 1 to {MAX_SHORT_NAME_BYTES} characters, a to z, 0 to 9 and hyphens, and fewer than eleven digits"
)]
pub struct InvalidShortName;

impl ShortName {
    /// Takes 1 to 32 of `a` to `z`, `0` to `9` and `-`, no hyphen first. Eleven digits are refused: they may be a person's
    /// number, which belongs in no address.
    pub fn parse(text: &str) -> Result<Self, InvalidShortName> {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_name = (1..=MAX_SHORT_NAME_BYTES).contains(&text.len())
            && text.bytes().all(is_allowed)
            && !text.starts_with('-')
            && text.bytes().filter(u8::is_ascii_digit).count() < 11;
        if is_name { Ok(Self(text.into())) } else { Err(InvalidShortName) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

helseid_protocol::as_text! { ShortName, InvalidShortName; }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_fits_an_address_and_is_no_number() {
        let longest = "x".repeat(MAX_SHORT_NAME_BYTES);
        for text in ["doctor", "level-3", "d", "1234567890", &longest] {
            assert_eq!(ShortName::parse(text).map(|name| name.to_string()).as_deref(), Ok(text));
        }
        for text in [
            "",
            "Doctor",
            "l\u{e6}ge",
            "a b",
            "a/b",
            "a.b",
            "-a",
            "15849197352",
            "a1584919-7352",
            &format!("{longest}x"),
        ] {
            assert_eq!(ShortName::parse(text), Err(InvalidShortName), "{text}");
        }
    }
}
