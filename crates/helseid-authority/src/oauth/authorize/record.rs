//! Writes what became of a visit into log and trace, and answers the browser.

use ::http::HeaderMap;
use axum::response::Response;
use helseid_admin_api::TraceOutcome;
use helseid_protocol::rule::Endpoint;

use super::endpoint::Judged;
use super::refused::Refused;
use crate::oauth::signed_post::{Ended, Notes, keep_notes};
use crate::oauth::state::{OAuthState, UserLogin};
use crate::trace::RequestArtifacts;
use crate::web::language::Language;

/// Nothing noted yet. Nobody authenticates a browser: its requests are among those of strangers.
pub(super) fn notes(state: &OAuthState) -> Notes {
    Notes {
        endpoint: Endpoint::Authorize,
        artifacts: RequestArtifacts::default(),
        trail: state.issuer.new_trail(),
    }
}

/// Records what became of a visit, and answers the browser.
pub(super) fn respond(
    (state, login): (&OAuthState, &UserLogin),
    judged: Judged,
    shown_to: (&HeaderMap, Option<Language>),
) -> Response {
    let Judged { outcome, notes } = judged;
    let fault = outcome.as_ref().err().and_then(Refused::fault).cloned();
    let kind = match (&outcome, &fault) {
        (Ok(_), _) => TraceOutcome::Granted,
        (Err(_), Some(_)) => TraceOutcome::Refused,
        (Err(_), None) => TraceOutcome::Unavailable,
    };
    let ended = Ended { outcome: kind, fault, scope: None, at: state.clock.now() };
    let explained = keep_notes(state, notes, ended);
    match outcome {
        Ok(response) => response,
        Err(refused) => refused.respond((state, login), explained, shown_to),
    }
}
