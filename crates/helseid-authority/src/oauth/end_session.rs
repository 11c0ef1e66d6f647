//! `/connect/endsession`: a client asks to end the session of a browser (OpenID Connect RP-Initiated Logout 1.0).
//!
//! A form that another site's page posts comes without our cookies. It is stored, and the browser is sent to the same address with
//! the name of it by GET: then its session comes along, and nothing of the form stands in an address. The page that asks names
//! its request in the same way.

mod stored;

use std::sync::Arc;

use ::http::request::Parts;
use ::http::{Method, Request, StatusCode, header};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use helseid_admin_api::TraceOutcome;
use helseid_protocol::endpoint::end_session::{self, Browser, EndSession, EndSessionForm, Ending, PATH};
use helseid_protocol::endpoint::token::MAX_BYTES;
use helseid_protocol::id::SessionId;
use helseid_protocol::id_token::Hint;
use helseid_protocol::logout::front_channel_address;
use helseid_protocol::rule::{Endpoint, Fault};

use self::stored::{NAME, StoredForm};
use super::back_channel;
use super::signed_post::{Ended, Notes, Stop, keep_notes, stores_away};
use super::state::{OAuthState, UserLogin};
use super::test_mark::is_test_token;
use crate::login::{
    self, ConfirmLogout, EndedLogin, ErrorPage, Explained, Fact, LoginSession, Reflected, SignedOut, Words,
};
use crate::registry::Snapshot;
use crate::registry::registration::{may_be_told_of_a_logout, usable};
use crate::trace::RequestArtifacts;
use crate::web::csp::FormTarget;
use crate::web::form::Fields;
use crate::web::language::Language;
use crate::web::{Peer, body, csrf, unavailable};

/// The route of an issuer at which people log in.
pub(super) fn routes() -> Router<OAuthState> {
    Router::new().route(PATH, any(handle))
}

async fn handle(State(state): State<OAuthState>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Some(login) = state.login.clone() else { return StatusCode::NOT_FOUND.into_response() };
    let site = &login.rooms.site;
    if let Err(page) = login::admits(&login.rooms, &parts.headers, parts.extensions.get::<Peer>()) {
        return page.respond(site, &parts.headers, None);
    }
    let body = match parts.method {
        Method::POST => match body::read(body, MAX_BYTES).await {
            Ok(body) => body,
            Err(why) => return why.into_response(),
        },
        _ => Bytes::new(),
    };
    let artifacts = RequestArtifacts::default();
    let mut notes = Notes { endpoint: Endpoint::EndSession, artifacts, trail: state.issuer.new_trail() };
    let registry = state.registry.now();
    let asked = Asked { state: &state, login: &login, registry: &registry, parts: &parts };
    let answered = asked.answer(&body, &mut notes).await;
    let (outcome, fault) = match &answered {
        Ok(_) => (TraceOutcome::Granted, None),
        Err(Stop::Fault(fault)) => (TraceOutcome::Refused, Some(fault.clone())),
        Err(_) => (TraceOutcome::Unavailable, None),
    };
    let trace = keep_notes(&state, notes, Ended { outcome, fault, scope: None, at: state.clock.now() });
    match answered {
        Ok(response) => response,
        Err(Stop::Fault(fault)) => error_page(&fault, trace).respond(site, &parts.headers, None),
        Err(Stop::Storage(why)) => unavailable(stores_away(&state, &why)),
        Err(_) => unavailable("the session cannot be ended now"),
    }
}

fn error_page(fault: &Fault, trace: Option<String>) -> ErrorPage {
    let mut page = ErrorPage::new(StatusCode::BAD_REQUEST, Explained::Rule(fault.rule()));
    page.facts = vec![
        Fact { name: Words("Expected"), value: Reflected::of(&fault.facts().expected) },
        Fact { name: Words("Got"), value: Reflected::of(&fault.facts().got) },
    ];
    page.trace = trace;
    page
}

/// Who asks, and what is known.
#[derive(Clone, Copy)]
struct Asked<'a> {
    state: &'a OAuthState,
    login: &'a UserLogin,
    registry: &'a Arc<Snapshot>,
    parts: &'a Parts,
}

impl Asked<'_> {
    async fn answer(self, body: &[u8], notes: &mut Notes) -> Result<Response, Stop> {
        if self.parts.method == Method::POST {
            let fields = Fields::read(body);
            return match fields.given(csrf::FIELD) {
                Some(_) => self.confirmed(&fields, notes).await,
                None => self.posted(body, notes).await,
            };
        }
        let query = self.parts.uri.query().unwrap_or_default();
        let name = Fields::read(query.as_bytes());
        match name.given(NAME) {
            Some(name) => {
                let stored = StoredForm::get(self.state, name).await?;
                let form = stored.as_ref().map_or(&b""[..], StoredForm::body);
                self.decide(form, stored.as_ref(), notes).await
            }
            None => self.decide(query.as_bytes(), None, notes).await,
        }
    }

    /// A form of whatever page: it is stored if it has a hint of ours, and else has nothing that counts.
    async fn posted(self, body: &[u8], notes: &mut Notes) -> Result<Response, Stop> {
        let content_type = self.parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let form = EndSessionForm::read(&Method::POST, b"", (content_type, body), &mut notes.trail)?;
        let query = match self.hint(&form, notes) {
            Some(hint) => {
                let name = StoredForm::put(self.state, &hint, body).await?;
                format!("?{NAME}={name}")
            }
            None => String::new(),
        };
        Ok(see_other(&format!("{}{query}", self.state.issuer.name.at(PATH))))
    }

    /// What becomes of a request, by the session of the browser.
    async fn decide(
        self,
        form: &[u8],
        stored: Option<&StoredForm>,
        notes: &mut Notes,
    ) -> Result<Response, Stop> {
        let read = EndSessionForm::read(&self.parts.method, form, (None, b""), &mut notes.trail)?;
        let hint = self.hint(&read, notes);
        let session = self.session(hint.as_ref(), notes).await?;
        let decided = self.decided(&read, hint.as_ref(), session.as_ref(), notes)?;
        let language = read.ui_locales().and_then(Language::of_tags);
        match (decided.ending, session) {
            (Ending::AfterAQuestion, Some(_)) => {
                let name = match (stored, &hint) {
                    (Some(stored), _) => stored.name().to_owned(),
                    (None, Some(hint)) => StoredForm::put(self.state, hint, form).await?,
                    (None, None) => String::new(),
                };
                Ok(self.question(&name, &decided, language))
            }
            (_, session) => self.end((session, hint.as_ref()), stored, (&decided, language)).await,
        }
    }

    /// The page that asks was answered.
    async fn confirmed(self, fields: &Fields, notes: &mut Notes) -> Result<Response, Stop> {
        let (rooms, headers) = (&self.login.rooms, &self.parts.headers);
        let token = rooms.sessions.logout_token(headers);
        let is_ours = token.is_some_and(|token| token.is(fields.text(csrf::FIELD)));
        end_session::require_confirmation(is_ours, &mut notes.trail)?;
        let stored = StoredForm::get(self.state, fields.text("state")).await?;
        let form = stored.as_ref().map_or(&b""[..], StoredForm::body);
        let read = EndSessionForm::read(&Method::GET, form, (None, b""), &mut notes.trail)?;
        let hint = self.hint(&read, notes);
        let session = self.session(hint.as_ref(), notes).await?;
        let decided = self.decided(&read, hint.as_ref(), session.as_ref(), notes)?;
        let language = read.ui_locales().and_then(Language::of_tags);
        if fields.text("logout") != "yes" {
            let stays = SignedOut { stays: true, ..SignedOut::default() };
            return Ok(stays.respond(&rooms.site, headers, language));
        }
        self.end((session, hint.as_ref()), stored.as_ref(), (&decided, language)).await
    }

    fn decided(
        self,
        form: &EndSessionForm,
        hint: Option<&Hint>,
        session: Option<&LoginSession>,
        notes: &mut Notes,
    ) -> Result<EndSession, Fault> {
        let is_hinted = |session: &LoginSession| {
            hint.and_then(Hint::session_id).is_some_and(|sid| session.has_sid(sid.as_str()))
        };
        let browser = match session {
            None => Browser::SignedOut,
            Some(session) if is_hinted(session) => Browser::InTheHintedSession,
            Some(_) => Browser::InAnotherSession,
        };
        let client = hint.and_then(|hint| self.registry.clients.get(hint.client_id()));
        let registered =
            client.map(|known| &*known.client.login.post_logout_redirect_uris).unwrap_or_default();
        let registered = usable(registered, &self.login.addresses);
        form.decide(hint, browser, &registered, &mut notes.trail)
    }

    /// The hint, if it is an ID token that we made for a client that is registered.
    fn hint(self, form: &EndSessionForm, notes: &mut Notes) -> Option<Hint> {
        let key_set = self.state.keys.current()?;
        let (issuer, algorithms) = (&self.state.issuer.name, self.state.issuer.profile.switches().algorithms);
        let is_taken = |hint: &Hint| {
            self.registry.clients.contains_key(hint.client_id()) && !is_test_token(hint.claims().all())
        };
        let key = |kid: &_, _| key_set.past_key(kid);
        let hint = form.hint(issuer, algorithms, key, is_taken, &mut notes.trail);
        notes.artifacts.client_id = hint.as_ref().map(|hint| hint.client_id().to_string());
        if let Some(session) = hint.as_ref().and_then(Hint::session_id) {
            notes.artifacts.is_in_session(session.as_str());
        }
        hint
    }

    /// The session of the browser.
    async fn session(self, hint: Option<&Hint>, notes: &mut Notes) -> Result<Option<LoginSession>, Stop> {
        let session = self.login.rooms.sessions.find(&self.parts.headers).await?;
        if let (Some(session), None) = (&session, hint.and_then(Hint::session_id)) {
            notes.artifacts.is_in_session(session.id().as_str());
        }
        Ok(session)
    }

    fn question(self, name: &str, decided: &EndSession, language: Option<Language>) -> Response {
        let (rooms, headers) = (&self.login.rooms, &self.parts.headers);
        let Some(token) = rooms.sessions.logout_token(headers) else {
            return unavailable("the session has no cookie");
        };
        let target = decided.redirect.as_ref().and_then(|back| FormTarget::of(&back.location()).ok());
        let action = format!("{}{PATH}", self.state.issuer.path());
        let page = ConfirmLogout { action: &action, token: &token, state: name, target: target.as_ref() };
        page.respond(&rooms.site, headers, language)
    }

    /// Ends the session of the browser, if it has one, and that of the hint, whose cookie may be gone or never was; then sends the
    /// browser on. A stored form has been used by that.
    async fn end(
        self,
        (session, hint): (Option<LoginSession>, Option<&Hint>),
        stored: Option<&StoredForm>,
        (decided, language): (&EndSession, Option<Language>),
    ) -> Result<Response, Stop> {
        let sessions = &self.login.rooms.sessions;
        let is_ended =
            |sid: &SessionId| session.as_ref().is_some_and(|session| session.has_sid(sid.as_str()));
        let named = hint.and_then(Hint::session_id).filter(|sid| !is_ended(sid));
        let mut clients = match session {
            Some(session) => sessions.end(session).await?,
            None => Vec::new(),
        };
        if let Some(sid) = named {
            clients.extend(sessions.end_named(sid.as_str()).await?);
        }
        if let Some(stored) = stored {
            stored.remove(self.state).await;
        }
        back_channel::tell(self.state, self.login, &clients);
        let frames = self.frames(&clients);
        let back = decided.redirect.as_ref().map(end_session::LogoutRedirect::location);
        let mut response = match &back {
            // Frames must be loaded before the browser goes on.
            Some(back) if frames.is_empty() => see_other(back),
            back => {
                let page = SignedOut { back: back.as_deref(), frames: &frames, stays: false };
                page.respond(&self.login.rooms.site, &self.parts.headers, language)
            }
        };
        if let Some(forget) = sessions.forget_cookie() {
            response.headers_mut().append(header::SET_COOKIE, forget);
        }
        Ok(response)
    }

    /// What the page loads to tell applications of it (OpenID Connect Front-Channel Logout 1.0 section 2).
    fn frames(self, clients: &[EndedLogin]) -> Vec<String> {
        let address = |login: &EndedLogin| {
            let registered = self.registry.clients.get(&login.client)?;
            let uri = registered.client.login.frontchannel_logout_uri.as_ref()?;
            let session = SessionId::parse(login.sid.as_str()).ok()?;
            may_be_told_of_a_logout(uri.as_str(), &self.login.addresses).then_some(())?;
            Some(front_channel_address(uri, &self.state.issuer.name, &session))
        };
        clients.iter().filter_map(address).collect()
    }
}

fn see_other(location: &str) -> Response {
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
