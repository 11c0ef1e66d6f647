//! The answer to an authorization request: it is used up, and the browser goes back with a code or an error.

use ::http::HeaderMap;
use axum::response::Response;
use helseid_protocol::authorize::Refusal;
use helseid_protocol::authorize::interaction::{self, Login};
use helseid_protocol::jose::{base64url, crypto};
use helseid_protocol::random::hexadecimal;
use helseid_protocol::redirect::{CodeAnswer, ReturnPath};
use helseid_protocol::rule::{Facts, Fault, Rule};

use super::facts::Judging;
use super::fresh;
use super::pushed::ANSWERED_WITHIN;
use super::refused::{Refused, sent_back};
use super::request::WaitingRequest;
use super::visit::is_hinted;
use crate::login::LoginSession;
use crate::oauth::signed_post::Notes;
use crate::oauth::user::{CodeText, GrantedLogin, Granting, StoredCode, new_family};
use crate::storage::ephemeral::{OneTimeUse, Outcome, Redemption};
use crate::storage::registry::Applied;
use crate::web::language::Language;

const CANNOT_STORE: Refused = Refused::Unavailable("the code cannot be stored");

/// A request that is answered.
#[derive(Clone, Copy)]
pub(super) struct Answering<'a> {
    pub(super) judging: &'a Judging<'a>,
    pub(super) waiting: &'a WaitingRequest,
    /// The visit of the page, which gives one answer.
    pub(super) visit: Option<OneTimeUse>,
}

/// A session as the rules see it.
pub(super) fn login_of<'a>(
    judging: &Judging<'_>,
    waiting: &WaitingRequest,
    session: &'a LoginSession,
    is_new: bool,
) -> Login<'a> {
    Login {
        is_new,
        authenticated: session.authenticated(),
        level: session.level().security_level(),
        provider: session.provider().name(),
        is_hinted: is_hinted(judging, waiting, session),
    }
}

impl Answering<'_> {
    /// Sends the browser back with a code, if the login is what was asked for.
    pub(super) async fn with_code(
        self,
        (mut session, is_new): (LoginSession, bool),
        headers: &HeaderMap,
        notes: &mut Notes,
    ) -> Result<Response, Refused> {
        let Self { judging, waiting, .. } = self;
        notes.artifacts.is_in_session(session.id().as_str());
        let way_back = &waiting.checked.way_back;
        let stored = self.grant((&mut session, is_new), headers, notes).await?;
        // What was pushed is noted there. A browser may come with one request twice before it is answered.
        if waiting.pushed.is_none() {
            fresh::note(judging.state, &waiting.checked, &mut notes.artifacts);
            waiting.checked.ask.details.iter().for_each(|asked| notes.artifacts.attested(asked));
        }
        let later = || Refused::Later(way_back.clone());
        let code = self.store(stored, &session).await?.ok_or_else(later)?;
        let state = session_state(judging, way_back, &session);
        let answer = CodeAnswer {
            code: code.code().expose(),
            scope: Some(&waiting.checked.ask.scopes),
            session_state: state.as_deref(),
        };
        let answer = way_back.with_code(&judging.state.issuer.name, answer);
        let tags = waiting.checked.ask.ui_locales.as_ref();
        let language = tags.and_then(|tags| Language::of_tags(tags.as_str()));
        Ok(sent_back(answer, &judging.login.rooms.site, (headers, language)))
    }

    /// What the request is granted, if the login is what was asked for. By this it is used up.
    pub(super) async fn grant(
        self,
        (session, is_new): (&mut LoginSession, bool),
        headers: &HeaderMap,
        notes: &mut Notes,
    ) -> Result<StoredCode, Refused> {
        let Self { judging, waiting, .. } = self;
        let login = login_of(judging, waiting, session, is_new);
        let own: Vec<_> =
            judging.known.client.login.identity_providers.iter().map(|provider| provider.name()).collect();
        let asked = (&waiting.checked.ask, (!own.is_empty()).then_some(&*own));
        if let Err(fault) = interaction::finish(asked, login, judging.now, &mut notes.trail) {
            return Err(self.refuse(self.refusal(fault)).await);
        }
        self.use_up().await?;
        // Before the code, with which a session is stored that is not stored yet.
        let client = &judging.known.client.id;
        let added = judging.login.rooms.sessions.add_client(session, client, headers).await;
        if !matches!(added, Ok(Applied::Done)) {
            return Err(Refused::Later(waiting.checked.way_back.clone()));
        }
        self.granted(session).await
    }

    /// The refusal by a rule, as the client's profile has it told.
    pub(super) fn refusal(self, fault: Fault) -> Refusal {
        Refusal::of(&self.waiting.checked.way_back, self.judging.profile.switches().login.errors, fault)
    }

    /// Refuses the request. It is used up if the client is told: a page may be left, and another person logged in.
    pub(super) async fn refuse(self, refusal: Refusal) -> Refused {
        match refusal {
            Refusal::Page(_) => refusal.into(),
            Refusal::Redirect(..) => match self.use_up().await {
                Ok(()) => refusal.into(),
                Err(refused) => refused,
            },
        }
    }

    /// Answers that it cannot be done now.
    pub(super) async fn later(self) -> Refused {
        match self.use_up().await {
            Ok(()) => Refused::Later(self.waiting.checked.way_back.clone()),
            Err(refused) => refused,
        }
    }

    /// Uses up all that gives one answer, in one step.
    async fn use_up(self) -> Result<(), Refused> {
        let Self { judging, waiting, visit } = self;
        let state = judging.state;
        let own = waiting.pushed.as_ref().map(|pushed| pushed.once(state));
        // That of a pushed request was used up when it was pushed.
        let object = waiting.checked.request_object.as_ref().filter(|_| own.is_none());
        let object = object.map(|object| OneTimeUse {
            id: object.replay_id(&waiting.checked.client_id, &state.replay.ids),
            end: object.remember_until(ANSWERED_WITHIN),
        });
        let parts = [
            (own, Rule::AuthorizeRequestUriOnce),
            (object, Rule::RequestObjectJtiOnce),
            (visit, Rule::InteractionBrowser),
        ];
        let parts: Vec<_> = parts.into_iter().filter_map(|(once, rule)| Some((once?, rule))).collect();
        if parts.is_empty() {
            return Ok(());
        }
        let uses: Vec<_> = parts.iter().map(|(once, _)| *once).collect();
        let rule = match state.replay.store.redeem(Redemption::of(&uses), judging.now).await?.outcome {
            Outcome::Done(_) => {
                if let Some(pushed) = &waiting.pushed {
                    let whose = (&*waiting.login_id, &waiting.checked.client_id);
                    pushed.note_answered(state, whose, judging.now).await;
                }
                return Ok(());
            }
            Outcome::Spent(index) => {
                parts.get(index).map_or(Rule::AuthorizeRequestUriOnce, |(_, rule)| *rule)
            }
            Outcome::Absent(_) => Rule::AuthorizeRequestUriKnown,
        };
        let facts = Facts::new("a request without an answer", "one that was answered");
        Err(Refused::page(Fault::new(rule, facts)))
    }

    /// What a code of this request and session is issued for.
    async fn granted(self, session: &LoginSession) -> Result<StoredCode, Refused> {
        let Self { judging, waiting, .. } = self;
        let (state, ask) = (judging.state, &waiting.checked.ask);
        let client = &judging.known.client.id;
        let granting = Granting {
            login: GrantedLogin::new(waiting.login_id.clone(), session, ask),
            family: new_family(&*state.random).ok_or(CANNOT_STORE)?,
            begins: session.unstored().cloned(),
            granted_at: judging.login.sessions.endings(client, session.subject()).await?,
        };
        let expires = judging.now.plus(judging.profile.switches().login.code_lifetime);
        Ok(StoredCode::new(&waiting.checked, granting, expires))
    }

    /// Stores what a new code is issued for; none if the session has ended meanwhile.
    async fn store(self, stored: StoredCode, session: &LoginSession) -> Result<Option<CodeText>, Refused> {
        let (state, judging) = (self.judging.state, self.judging);
        let code = CodeText::new(&*state.random);
        let key = CodeText::key(&state.replay.ids, code.code()).ok_or(CANNOT_STORE)?;
        let write = stored.write(key, code.group(&state.replay.ids, session.id())).ok_or(CANNOT_STORE)?;
        let applied = state.replay.store.write(write, judging.now).await?;
        Ok((applied == Applied::Done).then_some(code))
    }
}

/// OpenID Connect Session Management 1.0 section 2: a hash of the client, its origin, the session and a salt. Nobody compares it
/// with anything here, and some clients want it.
fn session_state(judging: &Judging<'_>, way_back: &ReturnPath, session: &LoginSession) -> Option<String> {
    let salt = hexadecimal(&*judging.state.random);
    let origin = way_back.target().origin()?;
    let text = format!("{} {origin} {} {salt}", judging.known.client.id, session.id().as_str());
    Some(format!("{}.{salt}", base64url::encode(&crypto::sha256(text.as_bytes()))))
}
