//! Why a server cannot serve HTTPS.

use std::fmt::Display;

use helseid_files::FileError;

/// Why a server cannot serve HTTPS.
///
/// ```
/// use helseid_tls::{Tls, TlsError};
///
/// let checked: Result<(), TlsError> = Tls::files("/no/such.pem".into(), "/no/such.key".into()).check();
/// if let Err(why) = &checked {
///     eprintln!("{why}. {}", why.next());
/// }
/// assert!(checked.is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsError {
    why: String,
    next: String,
}

impl TlsError {
    pub(crate) fn new(what: impl Display, why: impl Display, next: impl Into<String>) -> Self {
        Self { why: format!("{what}: {why}"), next: next.into() }
    }

    /// What to do about it.
    #[must_use]
    pub fn next(&self) -> &str {
        &self.next
    }
}

impl Display for TlsError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.why)
    }
}

impl std::error::Error for TlsError {}

impl From<FileError> for TlsError {
    fn from(error: FileError) -> Self {
        let next = error.fix().unwrap_or("check the folder, its owner and its space").to_owned();
        Self { why: error.to_string(), next }
    }
}
