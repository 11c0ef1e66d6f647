//! The registry without HTTP: for seed files, and for an authority inside a test.

use helseid_protocol::endpoint::admin::{
    ApiResource, ClientRegistration, Delegation, OrganisationEntry, RegisteredClient,
};

use crate::admin::{self, Refusal};
use crate::{Running, StoreError};

/// Nothing was registered; says why, and what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{title}: {detail}; {next}")]
pub struct NotRegistered {
    /// What failed.
    pub title: String,
    /// Why.
    pub detail: String,
    /// What to do next.
    pub next: String,
}

impl Running {
    /// Registers a client, or changes the one of its id. The same checks hold as for the admin API.
    pub async fn register(
        &self,
        registration: ClientRegistration,
    ) -> Result<RegisteredClient, NotRegistered> {
        Ok(admin::put_registration(&self.app, registration).await?)
    }

    /// Adds an API, or changes the one of its name.
    pub async fn add_api(&self, api: ApiResource) -> Result<(), NotRegistered> {
        Ok(admin::put_api_resource(&self.app, api).await?)
    }

    /// Adds an organisation, or changes the one of its number.
    pub async fn add_organisation(&self, entry: OrganisationEntry) -> Result<(), NotRegistered> {
        Ok(self.app.registry.put_organisation(entry).await?)
    }

    /// Lets a supplier's multi-tenant clients act for an organisation.
    pub async fn delegate(&self, delegation: Delegation) -> Result<(), NotRegistered> {
        Ok(self.app.registry.put_delegation(delegation).await?)
    }
}

impl From<Refusal> for NotRegistered {
    fn from(refusal: Refusal) -> Self {
        let (title, detail, next) = refusal.into_lines();
        Self { title, detail, next }
    }
}

impl From<StoreError> for NotRegistered {
    fn from(error: StoreError) -> Self {
        Refusal::from(error).into()
    }
}
