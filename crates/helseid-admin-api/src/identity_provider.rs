//! The identity providers of the local authority.

use std::fmt;

use helseid_protocol::bounded::Bounded;
use serde::{Deserialize, Serialize};

/// Where a person logs in. Each is a test provider: no token of the local authority names a real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TestProvider {
    /// HelseID's own test provider.
    #[serde(rename = "testidp-oidc")]
    TestIdp,
    /// Its successor.
    #[serde(rename = "testidpnew-oidc")]
    TestIdpNew,
}

/// Identity providers.
pub type TestProviders = Bounded<TestProvider, 2>;

/// There is no identity provider of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identity provider is testidp-oidc or testidpnew-oidc")]
pub struct UnknownProvider;

impl TestProvider {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::TestIdp, Self::TestIdpNew];

    /// The name, as `acr_values` and the claim `idp` have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TestIdp => "testidp-oidc",
            Self::TestIdpNew => "testidpnew-oidc",
        }
    }
}

impl fmt::Display for TestProvider {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl std::str::FromStr for TestProvider {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.into_iter().find(|known| known.name() == text).ok_or(UnknownProvider)
    }
}
