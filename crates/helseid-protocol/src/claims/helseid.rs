//! HelseID's own claims, typed.

use serde_json::Value;

use super::{AccessTokenClaims, name};

/// How a client is set up for organisations.
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

/// How strongly a user is logged in; later ones are stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecurityLevel {
    /// `2`, low.
    Low,
    /// `3`, substantial.
    Substantial,
    /// `4`, high.
    High,
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

    /// The national identity number of the user; not for logs.
    #[must_use]
    pub fn pid(&self) -> Option<&str> {
        self.text(name::PID)
    }

    /// How strongly the user is logged in.
    #[must_use]
    pub fn security_level(&self) -> Option<SecurityLevel> {
        match self.text(name::SECURITY_LEVEL)? {
            "2" => Some(SecurityLevel::Low),
            "3" => Some(SecurityLevel::Substantial),
            "4" => Some(SecurityLevel::High),
            _ => None,
        }
    }

    /// The user's number in the register of health personnel.
    #[must_use]
    pub fn hpr_number(&self) -> Option<&str> {
        self.text(name::HPR_NUMBER)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.all().get(name).and_then(Value::as_str)
    }
}
