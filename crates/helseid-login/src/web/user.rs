//! The person who is logged in, as an argument of a handler.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::{Attestation, Organisation};
use helseid_protocol::id_token::IdTokenClaims;
use helseid_protocol::person::{HealthPersonnel, Subject};
use helseid_protocol::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::csrf;
use super::kind::{log_in, problem, tell};
use super::pages::Notice;
use super::visit::Visit;
use crate::person::{Attesting, PersonClient};
use crate::session::{Session, SessionError};

/// The person who is logged in.
///
/// As an argument of a handler it lets nobody else in: a page is sent to log in and comes back afterwards, a call gets 401 with
/// JSON. `Option<User>` lets everyone in. Both need [`Login::around`](super::Login::around) around the routes; without it the
/// answer is 500, so that nobody gets in by accident.
///
/// It is what the session said when the request came, and stays so for the request.
///
/// ```
/// use helseid_login::User;
///
/// async fn start(user: Option<User>) -> String {
///     match user {
///         Some(user) => format!("Hello, {}, until {}", user.name().unwrap_or("you"), user.ends()),
///         None => "Log in at /login".to_owned(),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct User {
    session: Session,
    visit: Visit,
    now: Timestamp,
}

/// The session is not the one that a form was made in.
///
/// ```
/// use helseid_login::{SessionChanged, User};
///
/// /// `epoch` is a hidden field, which the page took from `user.epoch()`.
/// async fn save(user: &User, epoch: &str, note: &str) -> Result<String, SessionChanged> {
///     user.require_epoch(epoch)?;
///     Ok(format!("saved: {note}"))
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session has changed since the form was made")]
pub struct SessionChanged;

/// A request that may not see the person, with its answer.
///
/// ```
/// use axum::extract::{FromRequestParts, Request};
/// use helseid_login::{NotLoggedIn, User};
///
/// /// An extractor of the app's own, on top of the user.
/// struct Doctor(User);
///
/// impl<S: Send + Sync> FromRequestParts<S> for Doctor {
///     type Rejection = NotLoggedIn;
///
///     async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, NotLoggedIn> {
///         <User as FromRequestParts<S>>::from_request_parts(parts, state).await.map(Self)
///     }
/// }
/// ```
#[derive(Debug)]
pub struct NotLoggedIn(Response);

/// The header in which a script says in which session its page was made.
pub(crate) const EPOCH_HEADER: &str = "x-session-epoch";

impl User {
    /// The name; not for logs.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.claims().name()
    }

    /// What HelseID calls this person in each of its tokens.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        self.session.subject()
    }

    /// How strongly the person is logged in.
    #[must_use]
    pub fn level(&self) -> Option<SecurityLevel> {
        self.session.level()
    }

    /// When the person showed who they are; none where HelseID does not say.
    #[must_use]
    pub fn authenticated(&self) -> Option<Timestamp> {
        self.session.authenticated()
    }

    /// For which path the login attested that this session came of: the one that was given to
    /// [`Login::attesting`](super::Login::attesting), below the app's address as [`Login::path`](super::Login::path) writes it. None if it
    /// came of any other login.
    ///
    /// Compare it wherever the record is used, and send whoever has another one to attest again: an attestation names no patient, so no
    /// API can tell that it is for another one, and another tab may have logged in for another record meanwhile.
    ///
    /// ```
    /// use helseid_login::{Login, User};
    ///
    /// fn is_attested(login: &Login, user: &User, record: &str) -> bool {
    ///     user.attests_for() == Some(&login.path(&format!("/records/{record}")))
    /// }
    /// ```
    #[must_use]
    pub fn attests_for(&self) -> Option<&str> {
        self.session.attests_for()
    }

    /// When the session ends at the latest.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.session.ends()
    }

    /// What HPR, the register of health personnel, says: the number and the approvals. None if it said nothing within the hour.
    #[must_use]
    pub fn health_personnel(&self) -> Option<&HealthPersonnel> {
        self.session.health_personnel(self.now)
    }

    /// The organisation that the person acts for.
    #[must_use]
    pub fn organisation(&self) -> Option<&Organisation> {
        self.session.organisation()
    }

    /// What the ID token says. The person's number may be among it: not for logs.
    #[must_use]
    pub fn claims(&self) -> &IdTokenClaims {
        self.session.claims()
    }

    /// One claim of the ID token.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims().all().get(name)
    }

    /// What a form brings back in a hidden field, or a script in the header `X-Session-Epoch`, so that nothing is saved for
    /// another organisation or person than the page showed. It changes with each login and organisation.
    #[must_use]
    pub fn epoch(&self) -> &str {
        self.session.form_epoch()
    }

    /// Checks what a form brought back. As the error of a handler it answers 409.
    pub fn require_epoch(&self, sent: &str) -> Result<(), SessionChanged> {
        if self.session.is_form_epoch(sent) { Ok(()) } else { Err(SessionChanged) }
    }

    /// Waits until the session has ended: here, elsewhere, or of itself. For WebSockets; event streams end by themselves.
    pub async fn ended(&self) {
        self.visit.shared().sessions.until_ended(&self.session).await;
    }

    /// Calls APIs on behalf of the person.
    #[must_use]
    pub fn client(&self) -> PersonClient {
        PersonClient::new(self.visit.shared().sessions.clone(), self.session.clone())
    }

    /// Attests for the person, for one patient: awaited, it gives a client with a token of its own. See [`PersonClient::attest`].
    pub fn attest(&self, attestation: Attestation) -> Attesting {
        self.client().attest(attestation)
    }

    /// Acts for another organisation from the next request on, if [`LoginBuilder::organisations`](super::LoginBuilder::organisations)
    /// allows it. The session gets a new id, and forms that were made before are refused. This request goes on as it began.
    pub async fn set_organisation(&self, organisation: Organisation) -> Result<(), SessionError> {
        let changed = self.visit.shared().sessions.set_organisation(&self.session, organisation).await?;
        self.visit.change_cookie(changed.cookie().clone());
        Ok(())
    }

    /// What the app keeps in the session, if it is of this type.
    #[must_use]
    pub fn app_data<T: DeserializeOwned>(&self) -> Option<T> {
        self.session.app_data()
    }

    /// Keeps something of the app's in the session, at most 8 KiB as JSON, for the requests that follow.
    pub async fn set_app_data(&self, data: &impl Serialize) -> Result<(), SessionError> {
        self.visit.shared().sessions.set_app_data(&self.session, data).await.map(drop)
    }

    pub(crate) const fn session(&self) -> &Session {
        &self.session
    }

    pub(crate) const fn visit(&self) -> &Visit {
        &self.visit
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("User").field("level", &self.level()).finish_non_exhaustive()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotLoggedIn> {
        find(parts).await?.ok_or_else(|| stranger(parts, &[]))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for User {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, NotLoggedIn> {
        find(parts).await
    }
}

/// The person of the request, if one is logged in.
pub(crate) async fn find(parts: &Parts) -> Result<Option<User>, NotLoggedIn> {
    let visit = parts.extensions.get::<Visit>().cloned().ok_or_else(|| NotLoggedIn(set_up_wrongly()))?;
    let shared = visit.shared().clone();
    // Pages of other sites may open WebSockets, with cookies.
    if csrf::is_upgrade(&parts.method, &parts.headers) && !csrf::is_same_origin(&shared.site, &parts.headers)
    {
        return Err(NotLoggedIn(tell(parts, Notice::OtherSite, &shared)));
    }
    let session = match visit.session(&parts.headers).await {
        Ok(Some(session)) => session,
        Ok(None) => return Ok(None),
        Err(error) => {
            tracing::warn!(%error, "a session could not be read");
            return Err(NotLoggedIn(tell(parts, Notice::Unavailable, &shared)));
        }
    };
    let user = User { session, now: shared.now(), visit };
    let sent = parts.headers.get(EPOCH_HEADER);
    if sent.is_some_and(|sent| sent.to_str().map_or(true, |sent| user.require_epoch(sent).is_err())) {
        return Err(NotLoggedIn(tell(parts, Notice::Changed, &shared)));
    }
    Ok(Some(user))
}

/// What someone is told who is not logged in, with what is asked of the login.
pub(crate) fn stranger(parts: &Parts, asked: &[(&str, String)]) -> NotLoggedIn {
    NotLoggedIn(match parts.extensions.get::<Visit>() {
        Some(visit) => log_in(parts, asked, visit.shared()),
        None => set_up_wrongly(),
    })
}

/// A route that asks for the person stands outside of the login.
fn set_up_wrongly() -> Response {
    tracing::error!("a route asks for the person but is not inside Login::around, so nobody gets in");
    let (title, fix) = ("The service is set up wrongly", "Put Login::around around the routes.");
    problem(StatusCode::INTERNAL_SERVER_ERROR, "no_login", title, fix, None)
}

impl IntoResponse for NotLoggedIn {
    fn into_response(self) -> Response {
        self.0
    }
}

impl IntoResponse for SessionChanged {
    fn into_response(self) -> Response {
        let said = Notice::Changed.said();
        problem(said.status, "session_changed", said.title, said.next, None)
    }
}
