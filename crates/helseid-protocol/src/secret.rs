//! Texts that let their holder in: they do not print, and are wiped when dropped.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use crate::visible::is_hidden;

macro_rules! secrets {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// Wraps the text; nothing is checked.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(SecretString::from(text.into()))
            }

            /// The text itself, for the one place that must send or check it.
            #[must_use]
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    )+};
}

secrets! {
    /// An access token as it goes into the `Authorization` header.
    ///
    /// ```
    /// use helseid_protocol::secret::AccessToken;
    ///
    /// let token = AccessToken::new("eyJhbGciOi...");
    /// assert_eq!(format!("{token:?}"), "AccessToken(hidden)");
    /// assert_eq!(token.expose(), "eyJhbGciOi...");
    /// ```
    AccessToken;
    /// An authorization code.
    ///
    /// ```
    /// use helseid_protocol::secret::AuthorizationCode;
    ///
    /// // From the address that the browser comes back to.
    /// let code = AuthorizationCode::new("5f2c8a1be07d4c93");
    /// assert!(!format!("{code:?}").contains("5f2c8a1be07d4c93"));
    /// ```
    AuthorizationCode;
    /// A refresh token.
    ///
    /// ```
    /// use helseid_protocol::secret::RefreshToken;
    ///
    /// /// For a sealed record, and nothing else.
    /// fn to_seal(token: &RefreshToken) -> Vec<u8> {
    ///     token.expose().as_bytes().to_vec()
    /// }
    /// ```
    RefreshToken;
    /// A signed ID token, which has the person's identity in it.
    ///
    /// ```
    /// use helseid_protocol::secret::IdToken;
    ///
    /// /// The hint of a logout, which goes in a form and never in an address.
    /// fn field(token: &IdToken) -> (&'static str, &str) {
    ///     ("id_token_hint", token.expose())
    /// }
    /// ```
    IdToken;
    /// A signed client assertion.
    ///
    /// ```
    /// use helseid_protocol::secret::ClientAssertion;
    ///
    /// /// A field of the token request's form.
    /// fn field(assertion: &ClientAssertion) -> (&'static str, &str) {
    ///     ("client_assertion", assertion.expose())
    /// }
    /// ```
    ClientAssertion;
    /// A signed DPoP proof. Good once, but still nobody else's business.
    ///
    /// ```
    /// use helseid_protocol::secret::DpopProof;
    /// use http::HeaderValue;
    ///
    /// /// The header `DPoP`, which a client that prints its headers leaves out.
    /// fn header(proof: &DpopProof) -> Option<HeaderValue> {
    ///     let mut value = HeaderValue::from_str(proof.expose()).ok()?;
    ///     value.set_sensitive(true);
    ///     Some(value)
    /// }
    /// assert!(header(&DpopProof::new("eyJhbGciOi")).is_some_and(|value| value.is_sensitive()));
    /// ```
    DpopProof;
    /// A private key as JSON or PEM.
    ///
    /// ```
    /// use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
    /// use helseid_protocol::secret::PrivateKeyText;
    ///
    /// let text: PrivateKeyText = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None).to_json();
    /// let again = PrivateJwk::read(text.expose().as_bytes())?;
    /// # drop(again); Ok::<(), helseid_protocol::jose::InvalidJwk>(())
    /// ```
    PrivateKeyText;
}

/// The most characters of a stranger's text that are shown: what an authority of ours says of a refusal is up to 1,000
/// long, and ends with the rule.
const MAX_SHOWN_CHARS: usize = 1_200;

/// A stranger's text as it may be shown and logged: cut to 1,200 characters, with question marks for what could command a
/// terminal, begin a line or [cannot be seen](crate::visible::is_hidden), and hidden if there is a JWT or a private key in it.
#[must_use]
pub fn shown(text: &str) -> String {
    // Every compact JWS begins with the base64url of an opening brace and a quotation mark.
    if text.contains("eyJ") || text.contains("PRIVATE KEY") {
        return "(a token or a key, hidden)".to_owned();
    }
    let mut characters = text.chars().map(|each| if is_hidden(each) { '?' } else { each });
    let mut shown: String = characters.by_ref().take(MAX_SHOWN_CHARS).collect();
    if characters.next().is_some() {
        shown.push_str("...");
    }
    shown
}

/// The text with each run of eleven digits or more hidden, also where they stand in groups, as people write them: it may be a
/// person's number. Numbers of organisations have nine; two of them with nothing but a space between are hidden, too.
#[must_use]
pub fn without_numbers(text: &str) -> String {
    let parts_groups =
        |character: char| (character.is_whitespace() && character != '\n') || "-.–_/".contains(character);
    let is_part = |character: char| character.is_ascii_digit() || parts_groups(character);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let (run, after) = from.split_at(from.find(|character| !is_part(character)).unwrap_or(from.len()));
        let hides = run.bytes().filter(u8::is_ascii_digit).count() >= 11;
        shown.push_str(before);
        shown.push_str(if hides { "(a number, hidden)" } else { run });
        rest = after;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        let shown = format!("{:?}", AccessToken::new("eyJhbGciOi"));
        assert_eq!(shown, "AccessToken(hidden)");
    }

    #[test]
    fn a_token_in_a_strangers_text_is_hidden_and_a_long_text_cut() {
        assert_eq!(super::shown("read"), "read");
        assert_eq!(super::shown("r\u{1b}[31me\r\nad\u{9b}"), "r?[31me??ad?");
        assert_eq!(super::shown("no\u{202e}mal\u{200b}"), "no?mal?");
        for secret in ["eyJhbGciOi", "Bearer eyJhbGciOi", "-----BEGIN PRIVATE KEY-----"] {
            assert_eq!(super::shown(secret), "(a token or a key, hidden)");
        }
        assert_eq!(super::shown(&"å".repeat(1_300)).chars().count(), MAX_SHOWN_CHARS + 3);
    }

    #[test]
    fn a_persons_number_is_hidden_however_people_write_it() {
        for (text, shown) in [
            ("number = \"15849197352\"", "number = \"(a number, hidden)\""),
            ("  | 158491 97352x", "  | (a number, hidden)x"),
            ("\"158491-97352\"", "\"(a number, hidden)\""),
            ("'15.84.91.97352'", "'(a number, hidden)'"),
            ("'158491\u{a0}97352'", "'(a number, hidden)'"),
            ("'158491–97352'", "'(a number, hidden)'"),
            ("since 2026-11-29", "since 2026-11-29"),
            ("15849197352", "(a number, hidden)"),
            ("3 | token_lifetime = 600, 999977774", "3 | token_lifetime = 600, 999977774"),
            ("ø 1584919735", "ø 1584919735"),
            ("", ""),
        ] {
            assert_eq!(without_numbers(text), shown);
        }
    }
}
