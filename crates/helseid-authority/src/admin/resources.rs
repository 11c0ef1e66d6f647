//! APIs, organisations and delegations.

use std::sync::Arc;

use ::http::StatusCode;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::endpoint::admin::{ApiResource, Delegation, OrganisationEntry};
use helseid_protocol::id::Audience;

use super::Refusal;
use super::clients::read;
use crate::app::App;

type Sent<T> = Result<Json<T>, JsonRejection>;

pub(super) async fn apis(State(app): State<Arc<App>>) -> Json<Vec<ApiResource>> {
    Json(app.registry.now().apis.values().cloned().collect())
}

pub(super) async fn put_api(
    State(app): State<Arc<App>>,
    sent: Sent<ApiResource>,
) -> Result<StatusCode, Refusal> {
    put_api_resource(&app, read(sent)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts an API in the place of the one with its name. A scope belongs to one API.
pub(crate) async fn put_api_resource(app: &App, api: ApiResource) -> Result<(), Refusal> {
    let registry = app.registry.now();
    let taken = |scope: &&_| registry.api_of(scope).is_some_and(|owner| *owner != api.audience);
    if let Some(scope) = api.scopes.iter().find(taken) {
        let detail = format!("the scope {scope} belongs to another API");
        let next = "give each API scopes of its own";
        return Err(Refusal::new(StatusCode::CONFLICT, "a scope is taken", detail, next));
    }
    Ok(app.registry.put_api(api).await?)
}

pub(super) async fn remove_api(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let audience =
        Audience::parse(&id).ok().filter(|audience| app.registry.now().apis.contains_key(audience));
    app.registry.remove_api(&audience.ok_or_else(|| Refusal::unknown("API", &id))?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn organisations(State(app): State<Arc<App>>) -> Json<Vec<OrganisationEntry>> {
    Json(app.registry.now().organisations.values().cloned().collect())
}

pub(super) async fn put_organisation(
    State(app): State<Arc<App>>,
    sent: Sent<OrganisationEntry>,
) -> Result<StatusCode, Refusal> {
    app.registry.put_organisation(read(sent)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_organisation(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let number = OrganisationNumber::parse(&id).ok();
    let number = number.filter(|number| app.registry.now().organisations.contains_key(number));
    app.registry.remove_organisation(&number.ok_or_else(|| Refusal::unknown("organisation", &id))?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn delegations(State(app): State<Arc<App>>) -> Json<Vec<Delegation>> {
    Json(app.registry.now().delegations.iter().cloned().collect())
}

pub(super) async fn put_delegation(
    State(app): State<Arc<App>>,
    sent: Sent<Delegation>,
) -> Result<StatusCode, Refusal> {
    app.registry.put_delegation(read(sent)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_delegation(
    State(app): State<Arc<App>>,
    sent: Sent<Delegation>,
) -> Result<StatusCode, Refusal> {
    let delegation = read(sent)?;
    if !app.registry.now().delegations.contains(&delegation) {
        let names = format!("of {} to {}", delegation.parent, delegation.supplier);
        return Err(Refusal::unknown("delegation", names));
    }
    app.registry.remove_delegation(&delegation).await?;
    Ok(StatusCode::NO_CONTENT)
}
