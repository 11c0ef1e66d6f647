//! Faults on request, for one client each.

use std::sync::Arc;

use ::http::StatusCode;
use axum::Json;
use axum::extract::{Path, State};
use helseid_admin_api::Scenario;
use helseid_protocol::id::ClientId;

use super::Refusal;
use super::input::Sent;
use crate::app::App;
use crate::faults::{Scenarios, check};

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Scenario>, Refusal> {
    let id = client(&app, &id)?;
    Ok(Json(scenarios(&app)?.get(&id).unwrap_or_default()))
}

pub(super) async fn put(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Sent(sent): Sent<Scenario>,
) -> Result<StatusCode, Refusal> {
    let (id, scenario) = (client(&app, &id)?, sent);
    let wrong = |detail| {
        Refusal::wrong("the scenario is wrong", detail, "leave the member out, or put another value")
    };
    check(&scenario).map_err(wrong)?;
    scenarios(&app)?.put(id, scenario);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let id = client(&app, &id)?;
    scenarios(&app)?.remove(&id);
    Ok(StatusCode::NO_CONTENT)
}

fn scenarios(app: &App) -> Result<&Scenarios, Refusal> {
    app.scenarios.as_ref().ok_or_else(|| {
        let next = "start the authority with --enable-scenarios";
        Refusal::new(
            StatusCode::CONFLICT,
            "there are no scenarios here",
            "they are off unless asked for",
            next,
        )
    })
}

fn client(app: &App, id: &str) -> Result<ClientId, Refusal> {
    let known = ClientId::parse(id).ok().filter(|id| app.registry.client(id).is_some());
    known.ok_or_else(|| Refusal::unknown("client", id))
}
