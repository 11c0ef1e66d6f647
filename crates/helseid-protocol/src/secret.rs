//! Texts that let their holder in: they do not print, and are wiped when dropped.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

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
    AccessToken;
    /// A signed client assertion.
    ClientAssertion;
    /// A signed DPoP proof. Good once, but still nobody else's business.
    DpopProof;
    /// A private key as JSON or PEM.
    PrivateKeyText;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        let shown = format!("{:?}", AccessToken::new("eyJhbGciOi"));
        assert_eq!(shown, "AccessToken(hidden)");
    }
}
