//! The identity providers of the local authority.

use std::fmt;

use helseid_protocol::bounded::Bounded;
use serde::{Deserialize, Serialize};

/// Where a person logs in. Each is a test provider: no token of the local authority names a real one.
///
/// ```
/// use helseid_admin_api::TestProvider;
///
/// let provider: TestProvider = "testidpnew-oidc".parse()?;
/// assert_eq!(provider, TestProvider::TestIdpNew);
/// // As `acr_values` asks for it.
/// assert_eq!(format!("idp:{provider}"), "idp:testidpnew-oidc");
/// # Ok::<(), helseid_admin_api::UnknownProvider>(())
/// ```
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
///
/// ```
/// use helseid_admin_api::{TestProvider, TestProviders};
///
/// // Of a client or a person. An empty list stands for all of them.
/// let may_use = |listed: &TestProviders, one| listed.is_empty() || listed.contains(&one);
/// let listed: TestProviders = serde_json::from_str(r#"["testidp-oidc"]"#)?;
/// assert!(!may_use(&listed, TestProvider::TestIdpNew));
/// assert!(may_use(&TestProviders::default(), TestProvider::TestIdpNew));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub type TestProviders = Bounded<TestProvider, 2>;

/// There is no identity provider of that name.
///
/// ```
/// use helseid_admin_api::{TestProvider, UnknownProvider};
///
/// // A real one, which the local authority never names.
/// assert_eq!("idporten-oidc".parse::<TestProvider>(), Err(UnknownProvider));
/// assert_eq!(UnknownProvider.to_string(), "an identity provider is testidp-oidc or testidpnew-oidc");
/// ```
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
