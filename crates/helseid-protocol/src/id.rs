//! Identifiers: a name for every string of the protocol, parsed at the door.

mod issuer;

pub use issuer::{
    InvalidIssuer, Issuer, LOOPBACK_HOSTS, is_loopback, is_loopback_host, is_loopback_name, is_secure,
};

/// The longest identifier that is accepted, in bytes.
pub const MAX_ID_BYTES: usize = 256;

/// Why a text is not an identifier.
///
/// ```
/// use helseid_protocol::id::{ClientId, InvalidId};
///
/// assert_eq!(ClientId::parse("a client\n"), Err(InvalidId::ControlCharacter));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// Longer than [`MAX_ID_BYTES`].
    #[error("it has {0} bytes, and {MAX_ID_BYTES} is the most")]
    TooLong(usize),
    /// A control character: never part of an identifier, and a way to forge log lines.
    #[error("it holds a control character")]
    ControlCharacter,
}

fn checked(text: &str) -> Result<&str, InvalidId> {
    match text.len() {
        0 => Err(InvalidId::Empty),
        length if length > MAX_ID_BYTES => Err(InvalidId::TooLong(length)),
        // What nearly every identifier is made of: quicker to tell than controls beyond ASCII.
        _ if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => Ok(text),
        _ if text.chars().any(char::is_control) => Err(InvalidId::ControlCharacter),
        _ => Ok(text),
    }
}

macro_rules! identifiers {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes 1 to [`MAX_ID_BYTES`] bytes without control characters.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                checked(text).map(|text| Self(text.into()))
            }

            /// The text as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        $crate::as_text! { $name, InvalidId; }
    )+};
}

identifiers! {
    /// Who a client is at HelseID: `client_id`, a GUID for real clients.
    ///
    /// ```
    /// use helseid_protocol::id::ClientId;
    ///
    /// let id = ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?;
    /// assert_eq!(id.as_str().len(), 36);
    /// # Ok::<(), helseid_protocol::id::InvalidId>(())
    /// ```
    ClientId;
    /// Which of a party's keys: `kid` (RFC 7515 section 4.1.4). Compared byte for byte, never looked up as a path.
    ///
    /// ```
    /// use helseid_protocol::id::KeyId;
    ///
    /// // Another key: names are compared as they stand.
    /// assert_ne!(KeyId::parse("2026")?, KeyId::parse("2026 ")?);
    /// # Ok::<(), helseid_protocol::id::InvalidId>(())
    /// ```
    KeyId;
    /// Who a token is for: the name of an API such as `nhn:kjernejournal`.
    ///
    /// ```
    /// use helseid_protocol::id::Audience;
    ///
    /// let api: Audience = "nhn:kjernejournal".parse()?;
    /// assert_eq!(api.to_string(), "nhn:kjernejournal");
    /// # Ok::<(), helseid_protocol::id::InvalidId>(())
    /// ```
    Audience;
    /// What makes one assertion or proof unique: `jti` (RFC 7519 section 4.1.7).
    ///
    /// ```
    /// use helseid_protocol::random::{SystemRandom, jwt_id};
    ///
    /// assert_ne!(jwt_id(&SystemRandom), jwt_id(&SystemRandom));
    /// ```
    JwtId;
    /// The base64url SHA-256 thumbprint of a public key: `jkt` (RFC 7638).
    ///
    /// ```
    /// use helseid_protocol::id::Thumbprint;
    /// use helseid_protocol::jose::PublicJwk;
    ///
    /// fn is_registered(key: &PublicJwk, registered: &[Thumbprint]) -> bool {
    ///     registered.contains(&key.thumbprint())
    /// }
    /// ```
    Thumbprint;
    /// A person's session at the authority: `sid` (OpenID Connect Front-Channel Logout 1.0 section 3).
    ///
    /// ```
    /// use helseid_protocol::id::SessionId;
    ///
    /// // From a stranger's address: what cannot be one is told at once.
    /// assert!(SessionId::parse("").is_err());
    /// ```
    SessionId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_short_and_printable() {
        assert_eq!(ClientId::parse(""), Err(InvalidId::Empty));
        assert_eq!(ClientId::parse(&"x".repeat(257)), Err(InvalidId::TooLong(257)));
        assert_eq!(ClientId::parse("a\nb"), Err(InvalidId::ControlCharacter));
        assert_eq!(ClientId::parse("a b/æ+=").map(|id| id.to_string()), Ok("a b/æ+=".into()));
    }

    #[test]
    fn an_issuer_is_kept_byte_for_byte_and_addresses_under_it_know_about_its_slash() {
        let issuer = |text| Issuer::parse(text).expect("a valid issuer");
        for (name, token, inserted) in [
            ("https://sts.example", "https://sts.example/token", "https://sts.example/.well-known/x"),
            ("https://sts.example/", "https://sts.example/token", "https://sts.example/.well-known/x"),
            (
                "https://sts.example/a/b",
                "https://sts.example/a/b/token",
                "https://sts.example/.well-known/x/a/b",
            ),
            ("https://STS.example/a/", "https://STS.example/a/token", "https://STS.example/.well-known/x/a"),
        ] {
            assert_eq!(issuer(name).as_str(), name);
            assert_eq!(issuer(name).at("/token"), token);
            assert_eq!(issuer(name).inserted("/.well-known/x"), inserted);
        }
        assert_ne!(issuer("https://sts.example"), issuer("https://sts.example/"));
        assert!(issuer("https://sts.example").differs_by_slash(&issuer("https://sts.example/")));
        assert!(!issuer("https://sts.example").differs_by_slash(&issuer("https://other.example/")));
    }

    #[test]
    fn an_issuer_is_a_plain_web_address() {
        for (text, why) in [
            ("sts.example", "absolute"),
            ("https://sts.example/a b", "space"),
            ("https://sts.ex\nample", "control"),
            ("ftp://sts.example", "scheme"),
            ("https://sts.example?x", "query"),
            ("https://u:p@sts.example", "user name"),
        ] {
            let refusal = Issuer::parse(text).expect_err(text).to_string();
            assert!(refusal.contains(why), "{text}: {refusal}");
        }
    }

    #[test]
    fn a_loopback_name_is_localhost_or_below_it() {
        for name in ["localhost", "LocalHost", "localhost.", "a.localhost", "a.b.LOCALHOST."] {
            assert!(is_loopback_name(name), "{name}");
        }
        for name in
            ["", ".", "localhos", "alocalhost", "localhost.example", "localhost..", "ølocalhost", "127.0.0.1"]
        {
            assert!(!is_loopback_name(name), "{name}");
        }
    }

    #[test]
    fn a_loopback_host_is_localhost_itself_or_an_address() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "::ffff:127.0.0.1"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in
            ["", "a.localhost", "localhost.", "10.0.0.1", "[::1", "localhost.example", "[localhost.example]"]
        {
            assert!(!is_loopback_host(host), "{host}");
        }
    }

    #[test]
    fn http_is_secure_on_the_loopback_alone() {
        for (text, secure) in [
            ("https://sts.example", true),
            ("http://sts.example", false),
            ("http://localhost:8480", true),
            ("http://127.8.0.1", true),
            ("http://[::1]:1", true),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.1.evil.example", false),
        ] {
            assert_eq!(Issuer::parse(text).expect(text).is_secure(), secure, "{text}");
        }
    }
}
