//! Tokens against cross-site request forgery: each form of a session has the session's own.

use helseid_protocol::jose::{base64url, crypto};

/// The field of a form that has the token.
pub(crate) const FIELD: &str = "csrf";

/// The token of one session's forms. It follows from the session's secret, and the secret does not follow from it.
#[derive(Clone)]
pub(crate) struct CsrfToken(String);

impl CsrfToken {
    /// The token of the session with this secret, for one kind of form: the token of one kind is worth nothing for another.
    pub(crate) fn new(purpose: &str, secret: &str) -> Self {
        Self(base64url::encode(&crypto::sha256(format!("{purpose} {secret}").as_bytes())))
    }

    /// What the form is to bring back.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a form brought it back. Takes as long for a right one as for a wrong one.
    pub(crate) fn is(&self, sent: &str) -> bool {
        crypto::equal(sent.as_bytes(), self.0.as_bytes())
    }
}

impl std::fmt::Debug for CsrfToken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("CsrfToken(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_that_of_one_secret_and_one_purpose() {
        let token = CsrfToken::new("form", "secret");
        assert!(token.is(CsrfToken::new("form", "secret").as_str()));
        for other in [CsrfToken::new("form", "another"), CsrfToken::new("consent", "secret")] {
            assert!(!token.is(other.as_str()));
        }
        assert!(!token.is("") && !token.is(&token.as_str()[1..]) && !token.as_str().contains("secret"));
        assert_eq!(format!("{token:?}"), "CsrfToken(hidden)");
    }
}
