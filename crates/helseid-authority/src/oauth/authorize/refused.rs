//! How a browser is told that its request is refused: by a page, or by sending it back to the client.

use ::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::authorize::Refusal;
use helseid_protocol::log_within;
use helseid_protocol::redirect::{Answer, ReturnPath};
use helseid_protocol::rule::{ErrorCode, Fault};

use crate::login::{ErrorPage, Explained, Fact, FormPost, LoginSite, Reflected, Words};
use crate::oauth::signed_post::{NO_KEY_YET, Stop, TOO_MANY, stores_away};
use crate::oauth::state::{OAuthState, UserLogin};
use crate::storage::ephemeral::Unavailable;
use crate::storage::registry::StoreError;
use crate::web::csp::FormTarget;
use crate::web::language::Language;
use crate::web::unavailable;

/// Why a browser gets no code.
pub(super) enum Refused {
    /// A rule was broken.
    By(Box<Refusal>),
    /// It is not the request's fault, and nothing says where to send the browser.
    Unavailable(&'static str),
    /// What remembers logins cannot be reached.
    Storage(StoreError),
    /// It is not the request's fault, or a test asked for it.
    Later(ReturnPath),
}

impl Refused {
    /// A breach that a page tells of.
    pub(super) fn page(fault: Fault) -> Self {
        Self::By(Box::new(Refusal::Page(fault)))
    }

    /// What was broken.
    pub(super) const fn fault(&self) -> Option<&Fault> {
        match self {
            Self::By(refusal) => Some(refusal.fault()),
            Self::Unavailable(_) | Self::Storage(_) | Self::Later(_) => None,
        }
    }

    /// The same where there is no browser, and nobody to send back.
    pub(super) fn into_stop(self) -> Stop {
        match self {
            Self::By(refusal) => Stop::Fault(refusal.fault().clone()),
            Self::Unavailable(why) => Stop::Unavailable(why),
            Self::Storage(why) => Stop::Storage(why),
            Self::Later(_) => Stop::Unavailable("the login could not be completed now"),
        }
    }

    /// The answer to the browser.
    pub(super) fn respond(
        self,
        (state, login): (&OAuthState, &UserLogin),
        trace: Option<String>,
        (headers, language): (&HeaderMap, Option<Language>),
    ) -> Response {
        let (issuer, site) = (&state.issuer.name, &login.rooms.site);
        let back = |answer| sent_back(answer, site, (headers, language));
        match self {
            Self::By(refusal) => match *refusal {
                Refusal::Page(fault) => {
                    let mut page = ErrorPage::new(StatusCode::BAD_REQUEST, Explained::Rule(fault.rule()));
                    page.facts = vec![
                        Fact { name: Words("Expected"), value: Reflected::of(&fault.facts().expected) },
                        Fact { name: Words("Got"), value: Reflected::of(&fault.facts().got) },
                    ];
                    page.trace = trace;
                    page.respond(site, headers, language)
                }
                Refusal::Redirect(path, fault) => {
                    back(path.with_error(issuer, fault.code(), &fault.description()))
                }
            },
            Self::Unavailable(why) => {
                let (log, now) = (&state.limits.log.strangers, state.clock.now());
                log_within!(log, now, warn, why, "a login cannot be answered now");
                let (what, next) = (Words("The login could not be stored."), Words("Try again in a moment."));
                let page = ErrorPage::new(StatusCode::SERVICE_UNAVAILABLE, Explained::Plain { what, next });
                page.respond(site, headers, language)
            }
            Self::Storage(why) => {
                let unavailable = Self::Unavailable(stores_away(state, &why));
                unavailable.respond((state, login), trace, (headers, language))
            }
            Self::Later(path) => {
                let description = "The login could not be completed now. Try again in a moment.";
                back(path.with_error(issuer, ErrorCode::TemporarilyUnavailable, description))
            }
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::By(Box::new(refusal))
    }
}

impl From<Stop> for Refused {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Fault(fault) => Self::page(fault),
            Stop::Unavailable(why) => Self::Unavailable(why),
            Stop::Storage(why) => Self::Storage(why),
            Stop::TooMany => Self::Unavailable(TOO_MANY),
            Stop::NoKeyYet => Self::Unavailable(NO_KEY_YET),
        }
    }
}

impl From<Unavailable> for Refused {
    fn from(why: Unavailable) -> Self {
        Self::Unavailable(why.why())
    }
}

impl From<StoreError> for Refused {
    fn from(why: StoreError) -> Self {
        Stop::from(why).into()
    }
}

/// The browser goes back to the client: by 303, never by a status that would repeat a form (RFC 9700 section 4.12).
pub(super) fn sent_back(
    answer: Answer,
    site: &LoginSite,
    (headers, language): (&HeaderMap, Option<Language>),
) -> Response {
    let location = match answer {
        Answer::Redirect { location, .. } => location,
        Answer::FormPost { action, fields, .. } => {
            let Ok(target) = FormTarget::of(&action) else { return unavailable("no form can be sent there") };
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let page = FormPost { action: &action, target: &target, fields: &fields };
            return page.respond(site, headers, language);
        }
    };
    let headers = [
        (header::LOCATION, location.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
