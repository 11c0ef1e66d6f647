//! APIs, organisations and delegations.

use std::sync::Arc;

use ::http::StatusCode;
use axum::Json;
use axum::extract::{Path, State};
use helseid_admin_api::{ApiResource, Delegation, Listed, OrganisationEntry};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::Audience;

use super::input::Sent;
use super::{Refusal, broken};
use crate::app::App;
use crate::domain::change::{Actor, Change, Kind, Subject};
use crate::domain::model::KnownClient;
use crate::registry::Snapshot;
use crate::registry::registration::{self, author, checked_api, checked_organisation, require_unmanaged};

pub(super) async fn apis(State(app): State<Arc<App>>) -> Json<Vec<Listed<ApiResource>>> {
    listed(&app, app.registry.now().apis.values(), |api| Subject::api(&api.audience))
}

pub(super) async fn put_api(
    State(app): State<Arc<App>>,
    Sent(sent): Sent<ApiResource>,
) -> Result<StatusCode, Refusal> {
    let checked = |registry: &Snapshot| {
        let api = checked_api(sent.clone(), registry)?;
        require_unmanaged(registry, &Subject::api(&api.audience))?;
        Ok(api)
    };
    registration::put_api(&app.registry, &author(&app, Actor::Admin), checked).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_api(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    if let Some(removal) = broken::removal(&app.registry.now(), Kind::Api, &id) {
        return remove_broken(&app, removal).await;
    }
    let known = |audience: &Audience| app.registry.now().apis.contains_key(audience);
    let audience = Audience::parse(&id).ok().filter(known).ok_or_else(|| Refusal::unknown("API", &id))?;
    change(&app, Subject::api(&audience), Change::RemoveApi(audience)).await
}

pub(super) async fn organisations(State(app): State<Arc<App>>) -> Json<Vec<Listed<OrganisationEntry>>> {
    listed(&app, app.registry.now().organisations.values(), |entry| Subject::organisation(&entry.number))
}

pub(super) async fn put_organisation(
    State(app): State<Arc<App>>,
    Sent(sent): Sent<OrganisationEntry>,
) -> Result<StatusCode, Refusal> {
    let entry = checked_organisation(sent)?;
    change(&app, Subject::organisation(&entry.number), Change::PutOrganisation(entry)).await
}

pub(super) async fn remove_organisation(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    if let Some(removal) = broken::removal(&app.registry.now(), Kind::Organisation, &id) {
        return remove_broken(&app, removal).await;
    }
    let known = |number: &OrganisationNumber| app.registry.now().organisations.contains_key(number);
    let number = OrganisationNumber::parse(&id).ok().filter(known);
    let number = number.ok_or_else(|| Refusal::unknown("organisation", &id))?;
    change(&app, Subject::organisation(&number), Change::RemoveOrganisation(number)).await
}

pub(super) async fn delegations(State(app): State<Arc<App>>) -> Json<Vec<Listed<Delegation>>> {
    listed(&app, app.registry.now().delegations.iter(), Subject::delegation)
}

pub(super) async fn put_delegation(
    State(app): State<Arc<App>>,
    Sent(sent): Sent<Delegation>,
) -> Result<StatusCode, Refusal> {
    let delegation = sent;
    require_supplier(&app.registry.now(), &delegation.supplier)?;
    change(&app, Subject::delegation(&delegation), Change::PutDelegation(delegation)).await
}

/// A delegation to nobody is a slip of the pen: the supplier is a registered organisation, or owns a client.
fn require_supplier(registry: &Snapshot, supplier: &OrganisationNumber) -> Result<(), Refusal> {
    let owns = |known: &Arc<KnownClient>| known.client.org_parent.as_ref() == Some(supplier);
    if registry.organisations.contains_key(supplier) || registry.clients.values().any(owns) {
        return Ok(());
    }
    let title = format!("there is no organisation {supplier}");
    let detail = "expected a registered organisation, or the owner of a client, to delegate to";
    let next = format!("add it: helseid org add {supplier} --name NAME; or correct --to");
    Err(Refusal::wrong(title, detail, next))
}

pub(super) async fn remove_delegation(
    State(app): State<Arc<App>>,
    Sent(sent): Sent<Delegation>,
) -> Result<StatusCode, Refusal> {
    let delegation = sent;
    let subject = Subject::delegation(&delegation);
    if let Some(removal) = broken::removal(&app.registry.now(), Kind::Delegation, &subject.id) {
        return remove_broken(&app, removal).await;
    }
    if !app.registry.now().delegations.contains(&delegation) {
        let names = format!("of {} to {}", delegation.parent, delegation.supplier);
        return Err(Refusal::unknown("delegation", names));
    }
    change(&app, subject, Change::RemoveDelegation(delegation)).await
}

async fn remove_broken(app: &App, removal: Change) -> Result<StatusCode, Refusal> {
    app.registry.change(vec![removal], &author(app, Actor::Admin)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change(app: &App, subject: Subject, change: Change) -> Result<StatusCode, Refusal> {
    require_unmanaged(&app.registry.now(), &subject)?;
    app.registry.change(vec![change], &author(app, Actor::Admin)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn listed<'a, T: Clone + 'a>(
    app: &App,
    entries: impl Iterator<Item = &'a T>,
    subject: fn(&T) -> Subject,
) -> Json<Vec<Listed<T>>> {
    let registry = app.registry.now();
    let listed = |entry: &T| Listed {
        entry: entry.clone(),
        managed_by_file: registry.managed.contains(&subject(entry)),
    };
    Json(entries.map(listed).collect())
}
