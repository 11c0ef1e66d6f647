//! What an external signer reports.

use std::fmt;

/// A signature could not be made. The reason is one line, without anything secret.
///
/// ```
/// use helseid_client::SignError;
///
/// fn read(status: u16, body: &[u8]) -> Result<Vec<u8>, SignError> {
///     match status {
///         200 => Ok(body.to_vec()),
///         503 => Err(SignError::transient("the vault is sealed")),
///         status => Err(SignError::permanent(format!("the vault answered {status}"))),
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct SignError {
    why: String,
    transient: bool,
}

impl SignError {
    /// Another attempt would fail, too.
    pub fn permanent(why: impl fmt::Display) -> Self {
        Self { why: why.to_string(), transient: false }
    }

    /// Another attempt may succeed.
    pub fn transient(why: impl fmt::Display) -> Self {
        Self { why: why.to_string(), transient: true }
    }

    pub(super) const fn is_transient(&self) -> bool {
        self.transient
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.why)
    }
}

impl std::error::Error for SignError {}
