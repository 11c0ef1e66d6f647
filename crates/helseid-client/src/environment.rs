//! Issuers that are known by name.

use serde::Deserialize;

/// Issuers that are known by name.
///
/// ```
/// use helseid_client::Environment;
///
/// assert_eq!(Environment::Local.issuer(), "http://localhost:8480");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// A local authority at `http://localhost:8480`.
    Local,
    /// HelseID's test environment.
    Test,
    /// HelseID itself.
    Production,
}

impl Environment {
    /// The issuer (HelseID: environments).
    #[must_use]
    pub const fn issuer(self) -> &'static str {
        match self {
            Self::Local => "http://localhost:8480",
            Self::Test => "https://helseid-sts.test.nhn.no",
            Self::Production => "https://helseid-sts.nhn.no",
        }
    }
}
