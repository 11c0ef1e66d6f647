//! The grants of a client.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use helseid_protocol::grant::{GrantType, UnknownGrantType};
use serde::{Deserialize, Serialize};

/// The grants that a client may use: `client_credentials` unless others are given.
///
/// ```
/// use helseid_admin_api::GrantTypes;
/// use helseid_protocol::grant::GrantType;
///
/// let grants: GrantTypes = "refresh_token authorization_code".parse()?;
/// assert!(grants.contains(GrantType::RefreshToken) && !grants.contains(GrantType::ClientCredentials));
/// assert_eq!(grants.to_string(), "authorization_code refresh_token");
/// assert_eq!(GrantTypes::default().to_string(), "client_credentials");
/// # Ok::<(), helseid_protocol::grant::UnknownGrantType>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantTypes(BTreeSet<GrantType>);

impl GrantTypes {
    /// Whether it is among them.
    #[must_use]
    pub fn contains(&self, grant: GrantType) -> bool {
        self.0.contains(&grant)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = GrantType> + '_ {
        self.0.iter().copied()
    }

    /// Whether they are those of a client of which none were given.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for GrantTypes {
    fn default() -> Self {
        Self::from_iter([GrantType::ClientCredentials])
    }
}

impl FromIterator<GrantType> for GrantTypes {
    fn from_iter<I: IntoIterator<Item = GrantType>>(grants: I) -> Self {
        Self(grants.into_iter().collect())
    }
}

impl fmt::Display for GrantTypes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, grant) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(out, "{space}{grant}")?;
        }
        Ok(())
    }
}

/// Names with spaces between them.
impl FromStr for GrantTypes {
    type Err = UnknownGrantType;

    fn from_str(text: &str) -> Result<Self, UnknownGrantType> {
        text.split_whitespace().map(str::parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_a_set_that_reads_back() {
        let grants: GrantTypes = "refresh_token client_credentials refresh_token".parse().expect("grants");
        assert_eq!(grants.to_string().parse(), Ok(grants.clone()));
        assert_eq!(grants.iter().count(), 2);
        let json = serde_json::to_string(&grants).expect("a list");
        assert_eq!(serde_json::from_str::<GrantTypes>(&json).expect("grants"), grants);
        assert!("client_credentials password".parse::<GrantTypes>().is_err());
        assert!(serde_json::from_str::<GrantTypes>(r#"["password"]"#).is_err());
        assert_eq!(GrantTypes::default().to_string(), "client_credentials");
    }
}
