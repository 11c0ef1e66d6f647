//! How a login that did not succeed ends: what the person sees, and what the log says.
//!
//! The browser gets an id and a sentence. What went wrong, by its rule, is in the log alone, under the same id; the query of a
//! callback is in neither.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use helseid_protocol::log_within;
use helseid_protocol::rule::Rule;

use super::cookie::Happened;
use super::kind::redirect;
use super::pages::{self, Details, Notice};
use super::state::Shared;
use crate::flow::{LoginError, LoginErrorKind};
use crate::session::SessionError;

/// How a login ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    notice: Notice,
    /// The rule that was broken, if one was.
    rule: Option<Rule>,
    /// What the log says of it.
    why: String,
    /// None for the front page.
    return_to: Option<String>,
    reason: Option<String>,
}

impl Outcome {
    pub(crate) fn of(error: &LoginError) -> Self {
        let notice = match error.kind() {
            LoginErrorKind::Denied => Notice::Cancelled,
            LoginErrorKind::Refused | LoginErrorKind::InteractionNeeded => Notice::Refused,
            LoginErrorKind::LevelNotReached => Notice::LevelNotReached,
            LoginErrorKind::OtherPerson => Notice::OtherPerson,
            LoginErrorKind::StartAgain => Notice::NoSuchLogin,
            LoginErrorKind::Unavailable => Notice::Unavailable,
            // In another browser.
            _ if error.rule() == Some(Rule::LoginBrowser) => Notice::NoSuchLogin,
            _ => Notice::Failed,
        };
        let why = match error.is_of_callback() {
            true => of_callback(error).to_owned(),
            false => error.to_string(),
        };
        Self { rule: error.rule(), ..Self::new(notice, &why) }
    }

    pub(crate) fn store(error: &SessionError) -> Self {
        Self::new(Notice::Unavailable, &format!("the session could not be stored: {error}"))
    }

    pub(crate) fn overtaken() -> Self {
        Self::new(Notice::NoSuchLogin, "a logout came before the end of the login")
    }

    pub(crate) fn not_attested() -> Self {
        Self::new(
            Notice::NoSuchLogin,
            "another login took the place of the session before this one, which attests, came to its end",
        )
    }

    pub(crate) fn nowhere() -> Self {
        Self::new(
            Notice::Failed,
            "a login that attests leads to no path of the app: correct what is given to attesting",
        )
    }

    pub(crate) fn too_large() -> Self {
        Self::new(Notice::Failed, "the login does not fit into a cookie")
    }

    pub(crate) fn denied(reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..Self::new(Notice::Denied, "denied by the app") }
    }

    pub(crate) fn leading_to(mut self, return_to: &str) -> Self {
        self.return_to = Some(return_to.to_owned());
        self
    }

    pub(crate) const fn notice(&self) -> Notice {
        self.notice
    }

    fn new(notice: Notice, why: &str) -> Self {
        // An error's own lines, as one.
        let why = why.lines().map(str::trim).collect::<Vec<_>>().join("; ");
        Self { notice, rule: None, why, return_to: None, reason: None }
    }
}

/// What the log says of an error that the browser brought: its code, if it is one of the standards', and no word of a stranger's.
fn of_callback(error: &LoginError) -> &'static str {
    match (error.rule(), error.oauth()) {
        (Some(rule), _) => rule.fix(),
        (None, Some(error)) => {
            CODES.iter().find(|code| **code == error.code).copied().unwrap_or("an unknown error code")
        }
        (None, None) => "the callback cannot be used",
    }
}

/// What an authorization endpoint can answer (RFC 6749 section 4.1.2.1, RFC 8707 section 2, RFC 9396 section 5, OpenID Connect Core
/// section 3.1.2.6, OpenID Connect Core Error Code unmet_authentication_requirements).
const CODES: [&str; 18] = [
    "invalid_request",
    "unauthorized_client",
    "access_denied",
    "unsupported_response_type",
    "invalid_scope",
    "server_error",
    "temporarily_unavailable",
    "invalid_target",
    "invalid_authorization_details",
    "interaction_required",
    "login_required",
    "account_selection_required",
    "consent_required",
    "invalid_request_uri",
    "invalid_request_object",
    "request_not_supported",
    "request_uri_not_supported",
    "unmet_authentication_requirements",
];

/// Sends the browser to the page that says how it ended, at an address that has nothing of the callback.
pub(crate) fn failed(shared: &Shared, outcome: &Outcome) -> Response {
    let (id, now) = (shared.new_id(), shared.now());
    let Outcome { notice, why, .. } = outcome;
    let rule = outcome.rule.map(Rule::id);
    match notice {
        Notice::Cancelled | Notice::Denied => {
            log_within!(shared.log, now, info, %id, ?notice, why, "a login ended");
        }
        _ => log_within!(shared.log, now, warn, %id, ?notice, rule, why, "a login failed"),
    }
    let mut response = redirect(&shared.site.path(&format!("/login/error/{id}")));
    let return_to = outcome.return_to.as_deref().unwrap_or(shared.site.front());
    let happened = Happened::new(id, *notice, return_to, now);
    let happened = match &outcome.reason {
        Some(reason) => happened.because(reason),
        None => happened,
    };
    if let Some(cookie) = shared.sealed.set_happened(&shared.site, &happened) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// `/login/error/{id}`: what happened, in the browser in which it did.
pub(crate) async fn page(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let Some(happened) = shared.sealed.happened(&shared.site, &headers, &id, shared.now()) else {
        return pages::notice(&headers, Notice::NotFound, Details::default(), shared.frame());
    };
    let details = Details {
        reason: happened.reason.as_deref(),
        return_to: Some(&happened.return_to),
        id: Some(&happened.id),
    };
    pages::notice(&headers, happened.notice(), details, shared.frame())
}
