//! What a caller may ask for.

use std::collections::BTreeSet;

use serde::Deserialize;

/// What is asked for, as `endpoints` of a caller names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Endpoint {
    /// `/api/v1/token`.
    Token,
    /// `/api/v1/token/exchange`.
    Exchange,
    /// `/api/v1/introspect`.
    Introspect,
    /// `/oauth2/token`.
    OauthToken,
    /// `/api/v1/headers` and `/api/v1/answered`.
    Headers,
    /// `/call/NAME/…`.
    Call,
    /// `/metrics`.
    Metrics,
    /// `/openapi.json`.
    Openapi,
    /// `/api/v1/validate/NAME`.
    Validate,
    /// `/forward-auth/NAME`, which a proxy asks with the headers of its caller.
    ForwardAuth,
}

impl Endpoint {
    /// As in the log and the configuration.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Exchange => "exchange",
            Self::Introspect => "introspect",
            Self::OauthToken => "oauth_token",
            Self::Headers => "headers",
            Self::Call => "call",
            Self::Metrics => "metrics",
            Self::Openapi => "openapi",
            Self::Validate => "validate",
            Self::ForwardAuth => "forward_auth",
        }
    }

    /// Whether its callers send no header of ours: those of Texas's contract, and proxies.
    pub(super) const fn is_of_others(self) -> bool {
        matches!(self, Self::Token | Self::Exchange | Self::Introspect | Self::ForwardAuth)
    }
}

/// What a caller may ask for. What is not named is allowed as a whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rights {
    pub(crate) endpoints: Option<BTreeSet<Endpoint>>,
    pub(crate) accounts: Option<BTreeSet<String>>,
    pub(crate) apis: Option<BTreeSet<String>>,
    pub(crate) protects: Option<BTreeSet<String>>,
}

impl Rights {
    pub(crate) fn allow_endpoint(&self, endpoint: Endpoint) -> bool {
        self.endpoints.as_ref().is_none_or(|own| own.contains(&endpoint))
    }

    pub(crate) fn allow_account(&self, name: &str) -> bool {
        self.accounts.as_ref().is_none_or(|own| own.contains(name))
    }

    pub(crate) fn allow_protect(&self, name: &str) -> bool {
        self.protects.as_ref().is_none_or(|own| own.contains(name))
    }

    pub(crate) fn allow_api(&self, name: &str) -> bool {
        self.apis.as_ref().is_none_or(|own| own.contains(name))
    }
}
