//! `/callback`: the browser comes back from HelseID. It shows nothing: every answer is a redirect to an address without anything
//! of the callback's.
//!
//! 1. The state is read, and its login found in a cookie of this browser.
//! 2. A login that is over or too old leads on where somebody is logged in; else it begins again, once. One that attests does neither.
//! 3. The login is completed: `iss`, code or error, tokens, ID token, userinfo.
//! 4. The app decides on the person.
//! 5. A session begins, with a new id, in the place of the old one.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use helseid_protocol::time::TOLERANCE;

use super::arrival::Arrival;
use super::cookie::{Kept, PendingCookie, Restart};
use super::kind::{login_address, redirect};
use super::outcome::{Outcome, failed};
use super::pages::Notice;
use super::session_cookie;
use super::state::Shared;
use crate::flow::{Found, LoggedIn, LoginError, LoginErrorKind, Recognised, Returned};
use crate::session::{Begun, Session};

/// The most bytes of a query that are read.
const MAX_BYTES: usize = 8 * 1024;

pub(crate) async fn get(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let query = if query.len() > MAX_BYTES { "" } else { &query };
    let returned = match Returned::read(query.as_bytes()) {
        Ok(returned) => returned,
        Err(error) => return failed(&shared, &Outcome::of(&error)),
    };
    let state = returned.state().to_owned();
    let cookie = shared.pending().find(&headers, &state);
    let restarts = cookie.as_ref().map(|cookie| cookie.restarts);
    let return_to =
        cookie.as_ref().and_then(PendingCookie::return_to).unwrap_or(shared.site.front()).to_owned();
    let attests = cookie.as_ref().is_some_and(PendingCookie::attests);
    let leads =
        Leads { to: &return_to, otherwise: if attests { shared.site.front() } else { &return_to }, attests };
    let began = cookie.as_ref().map_or_else(|| shared.now(), |cookie| cookie.began);
    let (found, spent) = match cookie.map(|cookie| cookie.login) {
        None => (Found::Nowhere, None),
        Some(Kept::Spent(_)) => (Found::Spent, None),
        // It cannot go on, and takes no place among the states that are remembered.
        Some(Kept::Pending(pending)) if pending.ends() < shared.now() => (Found::Pending(*pending), None),
        Some(Kept::Pending(pending)) => {
            // Of two at once, as of a double click, one goes on.
            match shared.sessions.first_use(state.as_bytes(), pending.ends().plus(TOLERANCE)).await {
                Ok(true) => {
                    let spent = pending.spent();
                    (Found::Pending(*pending), Some(spent))
                }
                Ok(false) => (Found::Spent, None),
                Err(error) => return failed(&shared, &Outcome::store(&error).leading_to(leads.otherwise)),
            }
        }
    };
    let recognised = match returned.recognise(found, &shared.client) {
        Ok(recognised) => recognised,
        Err(error) => {
            let late = Late { restarts, leads };
            return late.answer(&shared, &headers, &Outcome::of(&error)).await;
        }
    };
    // Whom the browser had when it came: of two logins that come at once, both see the same, and one takes its place.
    let mut response = match session_cookie::look(&shared, &headers).await {
        Ok(present) => finish(&shared, recognised, present, leads).await,
        Err(error) => failed(&shared, &Outcome::store(&error).leading_to(leads.otherwise)),
    };
    // What is kept of the login says that it is over, and has no key.
    if let Some(spent) = spent {
        let restarts = restarts.unwrap_or_default();
        let cookie = PendingCookie { restarts, began, login: Kept::Spent(spent) };
        for cookie in shared.pending().put(&headers, &state, &cookie).unwrap_or_default() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Where a login leads.
#[derive(Clone, Copy)]
struct Leads<'a> {
    /// When it has succeeded.
    to: &'a str,
    /// When it has not: for one that attests the front page, since nothing may go on as if it was attested.
    otherwise: &'a str,
    attests: bool,
}

/// A callback that no login waits for.
struct Late<'a> {
    /// How often its login began again; none if this browser does not know the login.
    restarts: Option<u8>,
    leads: Leads<'a>,
}

impl Late<'_> {
    /// Where somebody is logged in, it leads on: to where the login led, or to the front page where that is not known. Else it
    /// begins again where this browser began it, once; and else a page with a button says so.
    async fn answer(&self, shared: &Shared, headers: &HeaderMap, outcome: &Outcome) -> Response {
        let Leads { to: return_to, attests, .. } = self.leads;
        // The session that goes on is of a login before it, and by itself none attests again.
        if attests || outcome.notice() != Notice::NoSuchLogin {
            return failed(shared, outcome);
        }
        if let Ok(Some(_)) = session_cookie::look(shared, headers).await {
            return redirect(return_to);
        }
        match self.restarts {
            Some(0) => {
                let mut response = redirect(&login_address(&shared.site, return_to, &[]));
                let restart = Restart::new(1, return_to, shared.new_id(), shared.now());
                if let Some(cookie) = shared.sealed.set_restart(&shared.site, &restart) {
                    response.headers_mut().append(header::SET_COOKIE, cookie);
                }
                response
            }
            _ => failed(shared, outcome),
        }
    }
}

/// The login is completed; where another person stands before the browser, the session ends.
async fn finish(
    shared: &Shared,
    recognised: Recognised<'_>,
    present: Option<Session>,
    leads: Leads<'_>,
) -> Response {
    match completed(shared, recognised).await {
        Ok(logged_in) => arrive(shared, logged_in, present.as_ref(), leads).await,
        Err(error) => {
            let mut response = failed(shared, &Outcome::of(&error).leading_to(leads.otherwise));
            if error.kind() == LoginErrorKind::OtherPerson {
                end(shared, present.as_ref(), &mut response).await;
            }
            response
        }
    }
}

/// All steps to the person. Where one fails after the tokens came, nobody has the refresh token: it is revoked.
async fn completed(shared: &Shared, recognised: Recognised<'_>) -> Result<LoggedIn, LoginError> {
    let client = &shared.client;
    let redeemed = recognised.answer(client)?.redeem(client).await?;
    let refresh = redeemed.refresh_token().cloned();
    let person = redeemed.person(client).await;
    if person.is_err() {
        shared.sessions.revoke_beside(refresh.as_ref());
    }
    person
}

/// A person has logged in: the app decides, and a session begins.
async fn arrive(
    shared: &Shared,
    logged_in: LoggedIn,
    present: Option<&Session>,
    leads: Leads<'_>,
) -> Response {
    let Leads { to, otherwise, attests } = leads;
    if let Some(policy) = &shared.policy
        && let Err(reason) = policy(arrival(&logged_in, present)).await.0
    {
        shared.sessions.decline(&logged_in);
        return failed(shared, &Outcome::denied(&reason).leading_to(otherwise));
    }
    match shared.sessions.begin(logged_in, present).await {
        Ok(Begun::New(session)) => {
            let mut response = redirect(to);
            if let Some(cookie) = session_cookie::set(shared, session.cookie()) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        // What this login attests is in no session.
        Ok(Begun::Kept(_) | Begun::Conflict) if attests => {
            failed(shared, &Outcome::not_attested().leading_to(otherwise))
        }
        // The browser has a session already; where that has ended meanwhile, the page that it is led to says so.
        Ok(Begun::Kept(_) | Begun::Conflict) => redirect(to),
        Ok(Begun::LoggedOut) => failed(shared, &Outcome::overtaken().leading_to(otherwise)),
        Err(error) => failed(shared, &Outcome::store(&error).leading_to(otherwise)),
    }
}

fn arrival(logged_in: &LoggedIn, present: Option<&Session>) -> Arrival {
    Arrival {
        claims: logged_in.claims.clone(),
        health_personnel: logged_in.userinfo.as_ref().and_then(|info| info.health_personnel().cloned()),
        organisation: logged_in.organisation.clone(),
        present: present.map(|session| session.subject().clone()),
    }
}

/// Ends the session of the browser: another person stands before it.
async fn end(shared: &Shared, present: Option<&Session>, response: &mut Response) {
    if let Some(session) = present {
        if let Err(error) = shared.sessions.end(session).await {
            tracing::warn!(%error, "a session could not be ended");
        }
        shared.sessions.revoke_beside(session.refresh_token());
    }
    if let Some(cookie) = session_cookie::remove(shared) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
