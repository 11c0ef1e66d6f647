//! National identity numbers as tokens have them.

use std::fmt;

/// A national identity number as a token has it: eleven digits. It may be a real person's, so it does not print itself, and has
/// no form in JSON.
///
/// Whether its date and check digits fit is for who issued it: an API compares numbers, and gives none out.
///
/// ```
/// use helseid_protocol::claims::Pid;
///
/// let pid = Pid::parse("15849197352")?;
/// // It is shown only where the code asks for it by name, never in a log by accident.
/// assert!(!format!("{pid:?}").contains(pid.expose()));
/// # Ok::<(), helseid_protocol::claims::InvalidPid>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pid(Box<str>);

/// Why a text is no [`Pid`]. Never repeats it.
///
/// ```
/// use helseid_protocol::claims::{InvalidPid, Pid};
///
/// let read: Result<Pid, InvalidPid> = Pid::parse("1584919735");
/// assert!(read.is_err_and(|why| !why.to_string().contains("1584919735")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected eleven digits")]
pub struct InvalidPid;

impl Pid {
    /// Takes eleven digits.
    pub fn parse(text: &str) -> Result<Self, InvalidPid> {
        let is_number = text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { Ok(Self(text.into())) } else { Err(InvalidPid) }
    }

    /// The eleven digits, for the one place that must store or look them up; not for logs and URLs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Pid(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_eleven_digits_and_does_not_print_itself() {
        let number = Pid::parse("15849197352").expect("a number");
        assert_eq!((number.expose(), format!("{number:?}").as_str()), ("15849197352", "Pid(hidden)"));
        for text in
            ["", "1584919735", "158491973520", "1584919735x", " 5849197352", "１５８49197352", "٣5849197352"]
        {
            let error = Pid::parse(text).expect_err(text);
            assert!(text.is_empty() || !error.to_string().contains(text), "{error}");
        }
    }
}
