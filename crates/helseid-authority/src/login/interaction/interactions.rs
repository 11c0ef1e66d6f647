//! Visits are begun, and their answers are recognised.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, HeaderValue};
use helseid_protocol::dpop::ReplayId;
use helseid_protocol::random::Random;
use helseid_protocol::time::Clock;

use super::cookies::{self, LIFETIME, VisitCookie, VisitId};
use super::seal::Sealed;
use crate::login::demand::{LoginDemand, RequestHandle};
use crate::login::site::LoginSite;
use crate::login::words::Words;
use crate::storage::ephemeral::OneTimeUse;
use crate::web::csrf::{self, CsrfToken};
use crate::web::form::Fields;

/// The field of a form that names its visit.
const VISIT: &str = "visit";

/// The field of a form that holds what is sealed.
const STATE: &str = "state";

/// What a page's form must bring back, besides the person's answer. Not shown: with its cookie it is the visit.
#[derive(Clone, serde::Serialize)]
pub(crate) struct FormFields {
    pub(crate) visit: String,
    pub(crate) csrf: String,
    pub(crate) state: String,
}

impl fmt::Debug for FormFields {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "FormFields({}, the rest hidden)", self.visit)
    }
}

/// A visit that has begun.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) fields: FormFields,
    pub(crate) cookies: Vec<HeaderValue>,
}

/// A visit whose form came back from its browser, in time.
#[derive(Debug)]
pub(crate) struct Interaction {
    pub(crate) handle: RequestHandle,
    pub(crate) demand: LoginDemand,
    /// For a page that asks again.
    pub(crate) fields: FormFields,
    /// Names the visit.
    pub(crate) once: OneTimeUse,
    /// Names the session that the visit may begin.
    pub(crate) login: OneTimeUse,
    /// The header that ends the visit in the browser.
    pub(crate) forget: Option<HeaderValue>,
}

/// Why a form is not that of a visit of this browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotThisVisit {
    /// The browser has no cookie of the visit.
    NoCookie,
    /// The form is not the one that was shown with the cookie.
    OtherForm,
    /// The page was shown too long ago.
    Expired,
    /// Somebody has logged in with it.
    Answered,
}

/// The visits of one issuer.
#[derive(Clone)]
pub(crate) struct Interactions {
    pub(in super::super) site: Arc<LoginSite>,
    /// How far the clocks of replicas may differ.
    pub(in super::super) tolerance: Duration,
    pub(in super::super) clock: Arc<dyn Clock>,
    pub(in super::super) random: Arc<dyn Random>,
}

impl Interactions {
    /// Begins a visit of the browser that sent this.
    pub(crate) fn begin(
        &self,
        demand: &LoginDemand,
        handle: &RequestHandle,
        headers: &HeaderMap,
    ) -> Option<Begun> {
        let now = self.clock.now();
        let visit = VisitCookie::new(&*self.random, now);
        let sealed = Sealed { begun: now, handle: handle.clone(), demand: demand.clone() };
        let state = sealed.seal(&self.site, &visit)?;
        let mut cookies = cookies::make_room(&self.site, headers, now);
        cookies.push(visit.set(&self.site)?);
        Some(Begun { fields: fields(&visit, state), cookies })
    }

    /// The visit that a form belongs to. Rule `interaction.browser`: the form comes from the browser that began the visit
    /// (RFC 6749 section 10.12, RFC 9700 section 4.7).
    ///
    /// Whether the visit was answered before is not checked: see [`Interaction::once`] and [`Interaction::login`].
    pub(crate) fn open(&self, headers: &HeaderMap, form: &Fields) -> Result<Interaction, NotThisVisit> {
        let id = VisitId::parse(form.text(VISIT)).ok_or(NotThisVisit::OtherForm)?;
        let visit = cookies::find(&self.site, headers, &id).ok_or(NotThisVisit::NoCookie)?;
        if !token(&visit).is(form.text(csrf::FIELD)) {
            return Err(NotThisVisit::OtherForm);
        }
        let state = form.text(STATE);
        let sealed = Sealed::open(&self.site, &visit, state).ok_or(NotThisVisit::OtherForm)?;
        let (now, end) = (self.clock.now(), sealed.begun.plus(LIFETIME));
        if !end.is_pending(LIFETIME + self.tolerance, now) {
            return Err(NotThisVisit::Expired);
        }
        let end_of_use = end.plus(self.tolerance);
        let use_of = |what: &[u8]| {
            let parts = [what, id.as_str().as_bytes(), visit.secret.as_str().as_bytes()];
            OneTimeUse { id: ReplayId::of(&self.site.key, &parts), end: end_of_use }
        };
        Ok(Interaction {
            fields: fields(&visit, state.to_owned()),
            handle: sealed.handle,
            demand: sealed.demand,
            once: use_of(b"visit"),
            login: use_of(b"login"),
            forget: cookies::remove(&self.site, &id),
        })
    }
}

fn fields(visit: &VisitCookie, state: String) -> FormFields {
    FormFields { visit: visit.id.as_str().to_owned(), csrf: token(visit).as_str().to_owned(), state }
}

fn token(visit: &VisitCookie) -> CsrfToken {
    CsrfToken::new("login", visit.secret.as_str())
}

impl NotThisVisit {
    /// Why, in a sentence or two.
    pub(crate) const fn words(self) -> Words {
        match self {
            Self::NoCookie => Words(
                "Your browser does not have the cookie of this login: the login was already completed, it was started in another browser, or the browser does not store cookies for this address.",
            ),
            Self::OtherForm => Words(
                "The form is not the one that this browser was shown: it was changed, or it belongs to another login.",
            ),
            Self::Expired => Words("The page was open for more than an hour."),
            Self::Answered => Words(
                "Somebody has already logged in with this page. It works only once, even if its button is pressed twice. If that was you just now, go to the application: you are logged in, or can log in again.",
            ),
        }
    }
}
