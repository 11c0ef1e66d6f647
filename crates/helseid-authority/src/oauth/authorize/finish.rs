//! Goes on with a request when the page of its login was answered.

use std::sync::Arc;

use ::http::HeaderMap;
use axum::response::Response;
use helseid_protocol::authorize::interaction;
use helseid_protocol::id::ClientId;
use helseid_protocol::rule::{Facts, Fault, Rule};

use super::answer::Answering;
use super::endpoint::{Judged, judging, registered};
use super::record;
use super::refused::Refused;
use super::request::Named;
use crate::login::{Answered, Finish, LoginAnswer, SimulatedFault};
use crate::oauth::signed_post::Notes;
use crate::oauth::state::{OAuthState, UserLogin};
use crate::trace::LoginPage;

/// What the routes of the login are given.
pub(crate) fn finish(state: &OAuthState) -> Finish {
    let state = state.clone();
    Arc::new(move |answered| {
        let state = state.clone();
        Box::pin(async move { finished(&state, answered).await })
    })
}

async fn finished(state: &OAuthState, answered: Answered) -> Response {
    let Some(login) = state.login.as_deref() else {
        return crate::web::unavailable("nobody logs in here");
    };
    let language = answered.language;
    let mut notes = record::notes(state);
    notes.artifacts.login_page = Some(LoginPage::Answered);
    let outcome = answer(state, login, answered, &mut notes).await;
    let judged = Judged { outcome, notes };
    record::respond((state, login), judged, (&HeaderMap::new(), Some(language)))
}

async fn answer(
    state: &OAuthState,
    login: &UserLogin,
    answered: Answered,
    notes: &mut Notes,
) -> Result<Response, Refused> {
    let Answered { handle, answer, once, .. } = answered;
    let named = Named::read(&handle).ok_or(Refused::Unavailable("the request of a login cannot be read"))?;
    let client =
        ClientId::parse(named.client_id()).map_err(|_| Refused::Unavailable("no client is named"))?;
    notes.artifacts.client_id = Some(client.to_string());
    let registry = state.registry.now();
    let known = registered(&registry, &client, &mut notes.trail)?;
    let judging = judging((state, login), &registry, known);
    let waiting = named.open(&judging)?;
    notes.artifacts.login_id = Some(waiting.login_id.clone());
    let answering = Answering { judging: &judging, waiting: &waiting, visit: Some(once) };
    match answer {
        LoginAnswer::SignedIn(session) => {
            answering.with_code((*session, true), &HeaderMap::new(), notes).await
        }
        LoginAnswer::Cancelled => Err(answering.refuse(answering.refusal(interaction::cancelled())).await),
        LoginAnswer::Simulated(SimulatedFault::TemporarilyUnavailable) => Err(answering.later().await),
        LoginAnswer::Simulated(SimulatedFault::LevelTooLow) => {
            let facts =
                Facts::new("the level that was asked for", "a lower one, as the login page was asked for it");
            Err(answering.refuse(answering.refusal(Fault::new(Rule::InteractionLevel, facts))).await)
        }
    }
}
