//! What the forms for clients have in common.

use helseid_admin_api::{ApiResource, OrganisationEntry, TestProvider, operation};
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::ClientId;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::{Scope, ScopeSet};

use super::super::state::AdminState;
use super::read::{misread, parsed, set};
use super::refusal::Refusal;
use crate::registry::bootstrap::SELF_SERVICE;
use crate::web::form::Fields;

/// What HelseID's metadata lists of them, and what stands for all.
const IDENTITY_SCOPES: [&str; 9] = [
    "openid",
    "profile",
    "offline_access",
    "helseid://scopes/identity/pid",
    "helseid://scopes/identity/pid_pseudonym",
    "helseid://scopes/identity/security_level",
    "helseid://scopes/identity/network",
    "helseid://scopes/identity/assurance_level",
    "helseid://scopes/hpr/hpr_number",
];

/// What can be chosen in the forms for clients.
pub(super) struct Choices {
    pub(super) apis: Vec<ApiResource>,
    pub(super) organisations: Vec<OrganisationEntry>,
    pub(super) own_profile: Profile,
}

impl Choices {
    pub(super) fn of(state: &AdminState) -> Self {
        let registry = state.registry.snapshot();
        // Every client has the scope of self-service.
        let apis = registry.apis.values().filter(|api| api.audience.as_str() != SELF_SERVICE);
        Self {
            apis: apis.cloned().collect(),
            organisations: registry.organisations.values().cloned().collect(),
            own_profile: state.site.profile,
        }
    }

    pub(super) const fn tenancies(&self) -> [ClientTenancy; 3] {
        [ClientTenancy::None, ClientTenancy::SingleTenant, ClientTenancy::MultiTenant]
    }

    pub(super) const fn grants(&self) -> [GrantType; 4] {
        GrantType::ALL
    }

    pub(super) const fn providers(&self) -> [TestProvider; 2] {
        TestProvider::ALL
    }

    /// The scopes that ask for a person's identity.
    pub(super) const fn identity_scopes(&self) -> [&'static str; 9] {
        IDENTITY_SCOPES
    }

    pub(super) const fn profiles(&self) -> [Profile; 4] {
        Profile::ALL
    }
}

pub(super) fn scopes(fields: &Fields) -> Result<ScopeSet, Refusal> {
    let scope = |text| Scope::parse(text).map_err(|_| misread(text, "a scope"));
    set(fields.all("scope").map(scope).collect::<Result<Vec<_>, _>>()?)
}

pub(super) fn tenancy(fields: &Fields) -> ClientTenancy {
    match fields.text("tenancy") {
        "single-tenant" => ClientTenancy::SingleTenant,
        "multi-tenant" => ClientTenancy::MultiTenant,
        _ => ClientTenancy::None,
    }
}

pub(super) fn profile(fields: &Fields) -> Result<Option<Profile>, Refusal> {
    parsed(fields, "profile", "a profile", |text| text.parse().ok())
}

pub(super) fn lifetime(fields: &Fields) -> Result<Option<u32>, Refusal> {
    parsed(fields, "token_lifetime", "a number of seconds", |text| text.parse().ok())
}

/// Where the page of a client is; an id may hold any character.
pub(super) fn place_of(id: &ClientId) -> String {
    format!("/clients/{}", operation::segment(id.as_str()))
}
