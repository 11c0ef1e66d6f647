//! What HelseID says of a client, typed.

use serde_json::Value;

use super::{AccessTokenClaims, name};
use crate::id::Audience;

/// How a client is set up for organisations.
///
/// ```
/// use helseid_protocol::claims::ClientTenancy;
///
/// assert_eq!("multi-tenant".parse(), Ok(ClientTenancy::MultiTenant));
/// assert_eq!(ClientTenancy::SingleTenant.name(), "single-tenant");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientTenancy {
    /// It acts for its own organisation and that one's units.
    SingleTenant,
    /// It acts for organisations that have delegated to its own.
    MultiTenant,
    /// It sends no organisation.
    None,
}

impl ClientTenancy {
    /// As the claim and the registry write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SingleTenant => "single-tenant",
            Self::MultiTenant => "multi-tenant",
            Self::None => "none",
        }
    }
}

impl std::str::FromStr for ClientTenancy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::SingleTenant, Self::MultiTenant, Self::None]
            .into_iter()
            .find(|tenancy| tenancy.name() == text)
            .ok_or_else(|| format!("expected single-tenant, multi-tenant or none, got {text:?}"))
    }
}

impl AccessTokenClaims {
    /// The client's name, for logs only.
    #[must_use]
    pub fn client_name(&self) -> Option<&str> {
        self.text(name::CLIENT_NAME)
    }

    /// The client's tenancy, if the token names a known one.
    #[must_use]
    pub fn client_tenancy(&self) -> Option<ClientTenancy> {
        self.text(name::CLIENT_TENANCY)?.parse().ok()
    }

    /// The number of the organisation that the client acts for.
    #[must_use]
    pub fn orgnr_parent(&self) -> Option<&str> {
        self.text(name::ORGNR_PARENT)
    }

    /// The number of the unit below it.
    #[must_use]
    pub fn orgnr_child(&self) -> Option<&str> {
        self.text(name::ORGNR_CHILD)
    }

    /// The number of the supplier that acts for the organisation.
    #[must_use]
    pub fn orgnr_supplier(&self) -> Option<&str> {
        self.text(name::ORGNR_SUPPLIER)
    }

    /// The journal at SFM that the client acts for.
    #[must_use]
    pub fn sfm_journal_id(&self) -> Option<&str> {
        self.text(name::SFM_JOURNAL_ID)
    }

    /// How the client authenticated: `private_key_jwt`, or an older value.
    #[must_use]
    pub fn client_amr(&self) -> Option<&str> {
        self.text("client_amr").or_else(|| self.text(name::CLIENT_AMR))
    }

    /// The client that this token was exchanged from.
    #[must_use]
    pub fn original_client_id(&self) -> Option<&str> {
        self.text(name::ORIGINAL_CLIENT_ID)
    }

    /// The claim that an API has defined for its clients, `<api>/client/claims/<name>` (HelseID: claims).
    #[must_use]
    pub fn client_claim(&self, api: &Audience, name: &str) -> Option<&Value> {
        self.all().get(&format!("{api}/client/claims/{name}"))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.all().get(name).and_then(Value::as_str)
    }
}
