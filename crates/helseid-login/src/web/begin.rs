//! `/login`: a login begins. In this order:
//!
//! 1. What is asked for is read: where it leads back to, the level, the age.
//! 2. A page of another site must not begin it: it gets a page with a button. A callback may, which said so in a sealed cookie.
//! 3. There is a place for one more, in this second and among those that are on their way.
//! 4. The request is pushed, and its state goes into a cookie of its own.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::Attestation;
use helseid_protocol::login::LocalPath;
use helseid_protocol::rule::Trail;
use url::form_urlencoded;

use super::cookie::{Kept, PendingCookie, Restart, SealedCookies};
use super::csrf::{From, opened_from};
use super::kind::redirect;
use super::outcome::{Outcome, failed};
use super::pages::{self, Details, Notice};
use super::session_cookie;
use super::state::Shared;

/// What a login is asked for beside what every login of the app asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    return_to: Option<LocalPath>,
    level: Option<SecurityLevel>,
    max_age: Option<u32>,
}

/// GET.
pub(crate) async fn get(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Asked::read(query.unwrap_or_default().as_bytes(), &shared);
    let restart = restart(&shared, &headers, &asked).await;
    if restart.is_none() && opened_from(&headers) == From::Elsewhere {
        return pages::start(&headers, &asked.fields(&shared), shared.frame());
    }
    let restarts = restart.map_or(0, |restart| restart.restarts);
    begin(&shared, &headers, asked, Begun { restarts, attestation: None }).await
}

/// POST: the button of a page of ours, which the layer knows to be from here.
pub(crate) async fn post(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let asked = Asked::read(&body, &shared);
    begin(&shared, &headers, asked, Begun::default()).await
}

/// A login that the app itself begins, to attest with it.
pub(crate) async fn attesting(
    shared: &Shared,
    headers: &HeaderMap,
    (attestation, return_to): (Attestation, &str),
) -> Response {
    let Ok(return_to) = shared.site.local_path(&shared.site.path(return_to), &mut Trail::new()) else {
        return failed(shared, &Outcome::nowhere());
    };
    let asked = Asked { return_to: Some(return_to), ..Asked::default() };
    begin(shared, headers, asked, Begun { restarts: 0, attestation: Some(attestation) }).await
}

/// How a login came to begin.
#[derive(Default)]
struct Begun {
    /// How often it began again by itself.
    restarts: u8,
    /// What is attested with it.
    attestation: Option<Attestation>,
}

/// The callback's word that the login may begin again by itself, which is good once.
async fn restart(shared: &Shared, headers: &HeaderMap, asked: &Asked) -> Option<Restart> {
    let now = shared.now();
    let restart = shared.sealed.restart(&shared.site, headers, now)?;
    let ends = now.plus(2 * SealedCookies::RESTART_LIFETIME);
    let is_first = shared.sessions.first_use(restart.id.as_bytes(), ends).await.unwrap_or(false);
    (is_first && restart.return_to == asked.path(shared)).then_some(restart)
}

async fn begin(shared: &Shared, headers: &HeaderMap, asked: Asked, begun: Begun) -> Response {
    let Begun { restarts, attestation } = begun;
    let attests = attestation.is_some();
    // What was not attested must not go on as if it was: from what fails, a login that attests leads to the front page.
    let otherwise = if attests { shared.site.front() } else { asked.path(shared) };
    let place = shared.places.try_acquire().ok().filter(|_| shared.rate.take(shared.now()));
    let Some(_place) = place else {
        let details = Details { return_to: Some(otherwise), ..Details::default() };
        return pages::notice(headers, Notice::Busy, details, shared.frame());
    };
    // An address asks for more than every login, never for less.
    let max_age = asked.max_age.map(|age| Duration::from_secs(age.into()));
    let mut request = shared.request.clone().at_least(shared.level.max(asked.level)).no_older(max_age);
    if let Some(path) = &asked.return_to {
        request = request.return_to(path.clone());
    }
    if let Some(attestation) = attestation {
        request = request.attestation(attestation);
    }
    // Who steps up, or attests, is who is logged in, and no lower than now: a lower login would not take the session's place, and its page would
    // ask for another one for ever.
    if attests || asked.level.is_some() || asked.max_age.is_some() {
        match session_cookie::look(shared, headers).await {
            Ok(Some(session)) => {
                request = request.expect_person(session.subject().clone()).at_least(session.level());
            }
            Ok(None) => {}
            // Whoever has a login at HelseID would attest, be it another person.
            Err(error) if attests => {
                return failed(shared, &Outcome::store(&error).leading_to(otherwise));
            }
            Err(_) => {}
        }
    }
    let pushed = match shared.client.begin(&request).await {
        Ok(pushed) => pushed,
        Err(error) => return failed(shared, &Outcome::of(&error).leading_to(otherwise)),
    };
    let state = pushed.pending.state();
    let began = pushed.pending.began();
    let cookie = PendingCookie { restarts, began, login: Kept::Pending(Box::new(pushed.pending)) };
    let Some(cookies) = shared.pending().put(headers, &state, &cookie) else {
        return failed(shared, &Outcome::too_large());
    };
    let mut response = redirect(pushed.authorize.as_str());
    for cookie in cookies.into_iter().chain(SealedCookies::remove_restart(&shared.site)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

impl Asked {
    /// Reads what may be asked for; what is not understood is left out, and leads to the front page at worst.
    fn read(form: &[u8], shared: &Shared) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(form.get(..MAX_BYTES).unwrap_or(form)) {
            match &*name {
                "return" => asked.return_to = shared.site.local_path(&value, &mut Trail::new()).ok(),
                "level" => {
                    asked.level = match &*value {
                        "3" => Some(SecurityLevel::Substantial),
                        "4" => Some(SecurityLevel::High),
                        _ => None,
                    };
                }
                "max_age" => asked.max_age = value.parse().ok(),
                _ => {}
            }
        }
        asked
    }

    fn path<'a>(&'a self, shared: &'a Shared) -> &'a str {
        self.return_to.as_ref().map_or(shared.site.front(), LocalPath::as_str)
    }

    fn fields(&self, shared: &Shared) -> Vec<(&'static str, String)> {
        let mut fields = vec![("return", self.path(shared).to_owned())];
        fields.extend(self.level.map(|level| ("level", level.name().to_owned())));
        fields.extend(self.max_age.map(|age| ("max_age", age.to_string())));
        fields
    }
}

/// The most bytes of a query or form that are read.
const MAX_BYTES: usize = 2048;
