//! The grants of the token endpoint. A grant says what differs from the others: how its request is read from the form, and
//! what is granted. All else is the line's: authentication, binding, what is used once, and the signature.

mod client_credentials;

use helseid_protocol::endpoint::token::TokenForm;
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::{Fault, Trail};

use super::claims::Granted;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::registry::Snapshot;

/// A grant that tokens are issued for. A new one has an arm in each function below, which do not compile without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServedGrant {
    ClientCredentials,
}

impl ServedGrant {
    const ALL: [Self; 1] = [Self::ClientCredentials];

    /// Its name, as `grant_type` and the metadata have it.
    const fn grant_type(self) -> GrantType {
        match self {
            Self::ClientCredentials => GrantType::ClientCredentials,
        }
    }

    /// What the metadata advertises.
    pub(crate) fn types() -> [GrantType; Self::ALL.len()] {
        Self::ALL.map(Self::grant_type)
    }

    /// The grant that a form asks for. A trail that goes on looks at the rest of another as at client credentials.
    pub(super) fn asked(form: &TokenForm<'_>, trail: &mut Trail) -> Result<Self, Fault> {
        let grant = form.grant(&Self::types(), trail)?;
        let served = Self::ALL.into_iter().find(|served| served.grant_type() == grant);
        Ok(served.unwrap_or(Self::ClientCredentials))
    }

    /// Checks what the form asks for by the grant's own rules.
    pub(super) fn check(
        self,
        form: &TokenForm<'_>,
        registry: &Snapshot,
        client: &AuthenticatedClient<'_>,
        trail: &mut Trail,
    ) -> Result<Granted, Fault> {
        match self {
            Self::ClientCredentials => client_credentials::check(form, registry, client, trail),
        }
    }
}

impl From<ServedGrant> for GrantType {
    fn from(served: ServedGrant) -> Self {
        served.grant_type()
    }
}
