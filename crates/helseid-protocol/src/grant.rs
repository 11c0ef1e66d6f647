//! The grants of the token endpoint: how a client comes by a token.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A grant that HelseID has; the `grant_type` of a token request.
///
/// ```
/// use helseid_protocol::grant::GrantType;
///
/// assert_eq!("client_credentials".parse(), Ok(GrantType::ClientCredentials));
/// // A code is used up by the request that brings it, whether an answer comes or not.
/// assert!(!GrantType::AuthorizationCode.is_repeatable());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantType {
    /// RFC 6749 section 4.4: a machine, in its own name.
    ClientCredentials,
    /// RFC 6749 section 4.1: a person who logged in.
    AuthorizationCode,
    /// RFC 6749 section 6: that person, later on.
    RefreshToken,
    /// RFC 8693: an API that calls on with the token that it was called with.
    TokenExchange,
}

/// A text that names no grant of HelseID.
///
/// ```
/// use helseid_protocol::grant::{GrantType, UnknownGrantType};
///
/// assert_eq!("password".parse::<GrantType>(), Err(UnknownGrantType));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown grant type: expected client_credentials, authorization_code, refresh_token or \
     urn:ietf:params:oauth:grant-type:token-exchange"
)]
pub struct UnknownGrantType;

impl GrantType {
    /// Every grant.
    pub const ALL: [Self; 4] =
        [Self::ClientCredentials, Self::AuthorizationCode, Self::RefreshToken, Self::TokenExchange];

    /// As `grant_type` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// The grant of this exact name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == name)
    }

    /// Whether a client that got no answer may ask again for the same, with a new assertion and proof.
    ///
    /// The first request may have arrived. A code and a refresh token that is rotated are used up by it, and whoever sends
    /// one twice loses the session (RFC 6749 section 10.5, RFC 9700 section 4.14).
    #[must_use]
    pub const fn is_repeatable(self) -> bool {
        match self {
            Self::ClientCredentials | Self::TokenExchange => true,
            Self::AuthorizationCode | Self::RefreshToken => false,
        }
    }
}

impl fmt::Display for GrantType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for GrantType {
    type Err = UnknownGrantType;

    fn from_str(text: &str) -> Result<Self, UnknownGrantType> {
        Self::by_name(text).ok_or(UnknownGrantType)
    }
}

impl Serialize for GrantType {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for GrantType {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_leads_back_to_its_grant_and_no_other_text_does() {
        for grant in GrantType::ALL {
            assert_eq!(grant.name().parse(), Ok(grant));
            assert_eq!(grant.to_string(), grant.name());
            let json = serde_json::to_string(&grant).expect("a text");
            assert_eq!(serde_json::from_str::<GrantType>(&json).expect("a grant"), grant);
        }
        for other in ["", "password", "implicit", "Client_Credentials", "client_credentials "] {
            assert_eq!(other.parse::<GrantType>(), Err(UnknownGrantType), "{other}");
            assert!(serde_json::from_value::<GrantType>(other.into()).is_err(), "{other}");
        }
    }

    #[test]
    fn what_is_used_up_once_is_not_sent_again() {
        let repeatable = GrantType::ALL.into_iter().filter(|grant| grant.is_repeatable());
        assert!(repeatable.eq([GrantType::ClientCredentials, GrantType::TokenExchange]));
    }
}
