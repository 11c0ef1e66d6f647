//! The kinds of errors.

/// The kinds of errors.
///
/// ```
/// use helseid_client::{ErrorKind, Settings};
///
/// let nothing_is_set = Settings::default().finish();
/// assert_eq!(nothing_is_set.err().map(|error| error.kind()), Some(ErrorKind::Configuration));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration is wrong or missing.
    Configuration,
    /// The private key cannot be read or used, or its signer failed.
    Key,
    /// A key could not be rotated; the old one is still there.
    Rotation,
    /// The issuer's metadata cannot be fetched, lacks an endpoint, or has an invalid address for it.
    Discovery,
    /// A request has no response.
    Transport,
    /// The authority refused: see [`Error::oauth`](crate::Error::oauth).
    OAuth,
    /// The authority can serve nobody now: a status of 500 to 599, or 429.
    Unavailable,
    /// The server broke the protocol.
    Protocol,
    /// The request must not be sent: a token over http, or an invalid address.
    Request,
    /// The API asked for the call to be sent again, and its body was a stream, which has been sent.
    BodyConsumed,
}
