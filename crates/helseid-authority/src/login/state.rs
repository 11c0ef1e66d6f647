//! What the login pages share, and what others may ask of them.

use std::sync::Arc;

use ::http::HeaderMap;
use ::http::header::SET_COOKIE;
use axum::response::Response;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::person::SyntheticMonth;
use helseid_protocol::random::Random;
use helseid_protocol::time::Clock;

use super::demand::{LoginDemand, RequestHandle};
use super::interaction::Interactions;
use super::persons::Persons;
use super::picker;
use super::session::{LoginSessions, SessionSettings};
use super::site::LoginSite;
use super::test_login::TestLogin;
use crate::issuer::ServedIssuer;
use crate::registry::Registry;
use crate::storage::ephemeral::EphemeralStore;
use crate::storage::sessions::SessionStore;
use crate::web::rate_limit::Limits;

/// What the logins of an issuer stand on.
pub(crate) struct LoginBackend<'a> {
    pub(crate) issuer: &'a ServedIssuer,
    /// What every replica knows, and nobody else.
    pub(crate) secret: &'a MacKey,
    pub(crate) test_login: TestLogin,
    pub(crate) settings: SessionSettings,
    pub(crate) registry: Arc<Registry>,
    /// Which numbers of persons who are not registered are taken.
    pub(crate) synthetic_month: SyntheticMonth,
    pub(crate) sessions: Arc<dyn SessionStore>,
    /// Remembers which visits began a session.
    pub(crate) uses: Arc<dyn EphemeralStore>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

/// The login of one issuer.
#[derive(Clone)]
pub(crate) struct LoginState {
    pub(crate) site: Arc<LoginSite>,
    pub(crate) persons: Persons,
    pub(crate) sessions: LoginSessions,
    pub(super) interactions: Interactions,
    pub(super) uses: Arc<dyn EphemeralStore>,
    pub(super) limits: Arc<Limits>,
    pub(super) clock: Arc<dyn Clock>,
}

impl LoginState {
    pub(crate) fn new(backend: LoginBackend<'_>) -> Self {
        let LoginBackend { settings, clock, random, .. } = backend;
        let site = Arc::new(LoginSite::new(backend.issuer, backend.secret, backend.test_login));
        Self {
            persons: Persons { registry: backend.registry, month: backend.synthetic_month },
            interactions: Interactions {
                site: site.clone(),
                tolerance: settings.tolerance,
                clock: clock.clone(),
                random: random.clone(),
            },
            sessions: LoginSessions {
                site: site.clone(),
                store: backend.sessions,
                settings,
                clock: clock.clone(),
                random,
            },
            uses: backend.uses,
            limits: backend.limits,
            clock,
            site,
        }
    }

    /// Asks the browser that sent this who logs in: the page, or the same as JSON for a program that accepts that. The session
    /// that the browser may have is not looked at.
    ///
    /// Where people may log in is for the caller to ask before: see [`super::guard::admits`].
    pub(crate) fn ask(&self, demand: &LoginDemand, handle: &RequestHandle, headers: &HeaderMap) -> Response {
        let Some(begun) = self.interactions.begin(demand, handle, headers) else {
            tracing::error!("a login cannot be begun");
            return crate::web::unavailable("the login cannot be begun");
        };
        let mut response = picker::asking(&self.site, demand, &begun.fields, &self.persons.all(), headers);
        response.headers_mut().extend(begun.cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
        response
    }
}
