//! APIs, organisations and delegations.

use std::sync::Arc;

use helseid_admin_api::{ApiResource, Delegation, Listed, OrganisationEntry};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::Audience;

use super::broken;
use super::error::ServiceError;
use super::registry::RegistryAdmin;
use crate::domain::change::{Change, Kind, Subject};
use crate::domain::model::KnownClient;
use crate::registry::Snapshot;
use crate::registry::registration::{self, checked_api, checked_organisation, require_unmanaged};

impl RegistryAdmin {
    pub(crate) fn apis(&self) -> Vec<Listed<ApiResource>> {
        let registry = self.snapshot();
        listed(&registry, registry.apis.values(), |api| Subject::api(&api.audience))
    }

    pub(crate) async fn put_api(&self, api: ApiResource) -> Result<(), ServiceError> {
        let checked = |registry: &Snapshot| {
            let api = checked_api(api.clone(), registry)?;
            require_unmanaged(registry, &Subject::api(&api.audience))?;
            Ok(api)
        };
        Ok(registration::put_api(&self.registry, &self.author(), checked).await?)
    }

    pub(crate) async fn remove_api(&self, audience: &str) -> Result<(), ServiceError> {
        let registry = self.snapshot();
        if let Some(removal) = broken::removal(&registry, Kind::Api, audience) {
            return self.apply(removal).await;
        }
        let known = Audience::parse(audience).ok().filter(|name| registry.apis.contains_key(name));
        let audience = known.ok_or_else(|| ServiceError::unknown("API", audience))?;
        self.apply_to(&Subject::api(&audience), Change::RemoveApi(audience.clone())).await
    }

    pub(crate) fn organisations(&self) -> Vec<Listed<OrganisationEntry>> {
        let registry = self.snapshot();
        listed(&registry, registry.organisations.values(), |entry| Subject::organisation(&entry.number))
    }

    pub(crate) async fn put_organisation(&self, entry: OrganisationEntry) -> Result<(), ServiceError> {
        let entry = checked_organisation(entry)?;
        self.apply_to(&Subject::organisation(&entry.number), Change::PutOrganisation(entry)).await
    }

    pub(crate) async fn remove_organisation(&self, number: &str) -> Result<(), ServiceError> {
        let registry = self.snapshot();
        if let Some(removal) = broken::removal(&registry, Kind::Organisation, number) {
            return self.apply(removal).await;
        }
        let known = OrganisationNumber::parse(number).ok();
        let known = known.filter(|number| registry.organisations.contains_key(number));
        let number = known.ok_or_else(|| ServiceError::unknown("organisation", number))?;
        self.apply_to(&Subject::organisation(&number), Change::RemoveOrganisation(number.clone())).await
    }

    pub(crate) fn delegations(&self) -> Vec<Listed<Delegation>> {
        let registry = self.snapshot();
        listed(&registry, registry.delegations.iter(), Subject::delegation)
    }

    pub(crate) async fn put_delegation(&self, delegation: Delegation) -> Result<(), ServiceError> {
        require_supplier(&self.snapshot(), &delegation.supplier)?;
        self.apply_to(&Subject::delegation(&delegation), Change::PutDelegation(delegation)).await
    }

    pub(crate) async fn remove_delegation(&self, delegation: Delegation) -> Result<(), ServiceError> {
        let (registry, subject) = (self.snapshot(), Subject::delegation(&delegation));
        if let Some(removal) = broken::removal(&registry, Kind::Delegation, &subject.id) {
            return self.apply(removal).await;
        }
        if !registry.delegations.contains(&delegation) {
            let names = format!("of {} to {}", delegation.parent, delegation.supplier);
            return Err(ServiceError::unknown("delegation", names));
        }
        self.apply_to(&subject, Change::RemoveDelegation(delegation)).await
    }
}

/// A delegation to nobody is a typing error: the supplier is a registered organisation, or owns a client.
fn require_supplier(registry: &Snapshot, supplier: &OrganisationNumber) -> Result<(), ServiceError> {
    let owns = |known: &Arc<KnownClient>| known.client.org_parent.as_ref() == Some(supplier);
    if registry.organisations.contains_key(supplier) || registry.clients.values().any(owns) {
        return Ok(());
    }
    let title = format!("there is no organisation {supplier}");
    let detail = "expected a registered organisation, or the owner of a client, to delegate to";
    let next = format!("add it: helseid org add {supplier} --name NAME; or correct --to");
    Err(ServiceError::invalid(title, detail, next))
}

/// Entries with the mark of a seed file.
pub(super) fn listed<'a, T: Clone + 'a>(
    registry: &Snapshot,
    entries: impl Iterator<Item = &'a T>,
    subject: fn(&T) -> Subject,
) -> Vec<Listed<T>> {
    let listed = |entry: &T| Listed {
        entry: entry.clone(),
        managed_by_file: registry.managed.contains(&subject(entry)),
    };
    entries.map(listed).collect()
}
