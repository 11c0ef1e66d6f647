//! Whether somebody must log in for a request, and how: by an earlier login, without a page, or by the page.

use std::time::Duration;

use ::http::HeaderMap;
use axum::response::Response;
use helseid_admin_api::{PersonEntry, PersonLevel, TestProvider};
use helseid_protocol::authorize::interaction::{self, Step, Visit};
use helseid_protocol::authorize::{Prompt, Refusal, TestPerson};
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::person::PersonNumber;
use helseid_protocol::rule::{Facts, Fault, Rule};

use super::answer::{Answering, login_of};
use super::facts::{Judging, read_hint};
use super::refused::Refused;
use super::request::WaitingRequest;
use crate::login::{LoginDemand, LoginPerson, LoginSession, NewLogin, Reflected, Unfit};
use crate::oauth::signed_post::Notes;
use crate::trace::LoginPage;
use crate::web::csp::FormTarget;
use crate::web::language::Language;

/// What comes of a visit.
pub(super) enum Visited {
    /// The browser is sent back with a code.
    Answered(Response),
    /// The page asks who logs in.
    Asked(Response),
}

/// Answers a request, or asks for a login.
pub(super) async fn answer_or_ask(
    judging: &Judging<'_>,
    waiting: &WaitingRequest,
    headers: &HeaderMap,
    notes: &mut Notes,
) -> Result<Visited, Refused> {
    let Some(session) = log_in(judging, waiting, headers, notes).await? else {
        let asked = demand(judging, waiting).zip(waiting.handle());
        let (demand, handle) = asked.ok_or(Refused::Unavailable("the login page cannot be shown"))?;
        notes.artifacts.login_page = Some(LoginPage::Shown);
        return Ok(Visited::Asked(judging.login.rooms.ask(&demand, &handle, headers)));
    };
    let answering = Answering { judging, waiting, visit: None };
    answering.with_code(session, headers, notes).await.map(Visited::Answered)
}

/// The session that answers a request without a page, and whether it begins by it; none if a page must ask.
pub(super) async fn log_in(
    judging: &Judging<'_>,
    waiting: &WaitingRequest,
    headers: &HeaderMap,
    notes: &mut Notes,
) -> Result<Option<(LoginSession, bool)>, Refused> {
    let ask = &waiting.checked.ask;
    let registered = &judging.known.client.login;
    // With prompt=none nobody has a new login, whomever the hint names: the session of the browser answers, or nothing does.
    let hinted = hinted_person(judging, waiting).filter(|_| ask.prompt != Prompt::None);
    let own: Vec<_> = registered.identity_providers.iter().map(|provider| provider.name()).collect();
    // A login without a page neither reads nor sets the session of the browser.
    let session = match (&ask.test_person, &hinted) {
        (None, None) => usable_session(judging, headers).await?,
        _ => None,
    };
    let visit = Visit {
        session: session.as_ref().map(|session| login_of(judging, waiting, session, false)),
        login_hint_is_a_person: hinted.is_some(),
        providers: (!own.is_empty()).then_some(&*own),
        now: judging.now,
    };
    let step = interaction::begin(ask, visit, &mut notes.trail);
    let step = match step {
        Ok(step) => step,
        Err(fault) => {
            let refusal =
                Refusal::of(&waiting.checked.way_back, judging.profile.switches().login.errors, fault);
            return Err(Answering { judging, waiting, visit: None }.refuse(refusal).await);
        }
    };
    Ok(match (step, session, &ask.test_person, hinted) {
        (Step::UseSession, Some(session), ..) => Some((session, false)),
        (Step::LogInTestPerson, _, Some(person), _) => {
            Some((sign_in_test_person(judging, waiting, person).await?, true))
        }
        (Step::LogInHintedPerson, .., Some(person)) => {
            Some((sign_in_hinted(judging, waiting, &person).await?, true))
        }
        _ => None,
    })
}

/// The session of the browser, if this client may be logged in to by it.
async fn usable_session(judging: &Judging<'_>, headers: &HeaderMap) -> Result<Option<LoginSession>, Refused> {
    let registered = &judging.known.client.login;
    let Some(session) = judging.login.rooms.sessions.find(headers).await? else { return Ok(None) };
    let providers = &registered.identity_providers;
    let may_be_used = providers.is_empty() || providers.contains(&session.provider());
    let is_young = registered.session_lifetime_seconds.is_none_or(|seconds| {
        judging.now < session.authenticated().plus(Duration::from_secs(seconds.into()))
    });
    Ok(Some(session).filter(|_| may_be_used && is_young))
}

/// The person whom `login_hint` names: by short name, or by a number that is registered.
fn hinted_person(judging: &Judging<'_>, waiting: &WaitingRequest) -> Option<PersonEntry> {
    let persons = &judging.login.rooms.persons;
    let hint = waiting.checked.ask.login_hint.as_ref()?.as_str();
    let by_number =
        || PersonNumber::parse(hint, persons.month()).ok().and_then(|number| persons.of_number(&number));
    persons.find(hint).or_else(by_number)
}

async fn sign_in_test_person(
    judging: &Judging<'_>,
    waiting: &WaitingRequest,
    person: &TestPerson,
) -> Result<LoginSession, Refused> {
    let registered = judging.login.rooms.persons.of_number(&person.number);
    let asked = person.level.and_then(level_of);
    let person = LoginPerson { number: person.number.clone(), hpr_number: person.hpr_number };
    sign_in(judging, waiting, (person, asked), registered.as_ref()).await
}

async fn sign_in_hinted(
    judging: &Judging<'_>,
    waiting: &WaitingRequest,
    entry: &PersonEntry,
) -> Result<LoginSession, Refused> {
    let person = LoginPerson { number: entry.person.number.clone(), hpr_number: None };
    sign_in(judging, waiting, (person, None), Some(entry)).await
}

/// Begins a session that no browser has, by what holds on the page too.
async fn sign_in(
    judging: &Judging<'_>,
    waiting: &WaitingRequest,
    (person, level): (LoginPerson, Option<PersonLevel>),
    entry: Option<&PersonEntry>,
) -> Result<LoginSession, Refused> {
    let registered = &judging.known.client.login;
    let demand =
        demand(judging, waiting).ok_or(Refused::Unavailable("the client's address cannot be led to"))?;
    let (level, provider) = match demand.fit(entry, (level, None)) {
        Ok(fit) => fit,
        Err(unfit) => {
            let answering = Answering { judging, waiting, visit: None };
            return Err(answering.refuse(answering.refusal(fault_of(unfit))).await);
        }
    };
    let lifetime = registered.session_lifetime_seconds.map(|seconds| Duration::from_secs(seconds.into()));
    let login = NewLogin { person, level, provider, lifetime };
    Ok(judging.login.rooms.sessions.sign_in_apart(login)?)
}

fn fault_of(unfit: Unfit) -> Fault {
    let (rule, expected, got) = match unfit {
        Unfit::Level => (Rule::InteractionLevel, "a level that the person has", "a higher one"),
        Unfit::Provider => (Rule::InteractionIdp, "a provider that the client uses", "another"),
        Unfit::ProviderOfPerson => {
            (Rule::InteractionIdp, "a provider that the client uses and that knows the person", "none")
        }
    };
    Fault::new(rule, Facts::new(expected, got))
}

/// What the page of the login must know.
fn demand(judging: &Judging<'_>, waiting: &WaitingRequest) -> Option<LoginDemand> {
    let registered = &judging.known.client;
    let ask = &waiting.checked.ask;
    Some(LoginDemand {
        client: registered.name.clone(),
        level: ask.acr.level.and_then(level_of),
        provider: provider_of(waiting),
        providers: registered.login.identity_providers.clone(),
        hint: ask.login_hint.as_ref().map(|hint| Reflected::of(hint.as_str())),
        language: ask.ui_locales.as_ref().and_then(|tags| Language::of_tags(tags.as_str())),
        target: FormTarget::of(waiting.checked.way_back.target().as_str()).ok()?,
        session_seconds: registered.login.session_lifetime_seconds,
    })
}

/// The level at which people log in here that is this one.
fn level_of(asked: SecurityLevel) -> Option<PersonLevel> {
    [PersonLevel::Substantial, PersonLevel::High].into_iter().find(|level| level.security_level() == asked)
}

/// The provider that `acr_values` names.
fn provider_of(waiting: &WaitingRequest) -> Option<TestProvider> {
    waiting.checked.ask.acr.provider.as_ref().and_then(|name| name.as_str().parse().ok())
}

/// Whether a session is that of the person whom `id_token_hint` names; none where there is no hint.
pub(super) fn is_hinted(
    judging: &Judging<'_>,
    waiting: &WaitingRequest,
    session: &LoginSession,
) -> Option<bool> {
    let hint = waiting.checked.ask.id_token_hint.as_ref()?;
    let hint = read_hint(judging.state, hint.as_str()).ok();
    Some(hint.is_some_and(|hint| hint.subject().as_str() == session.subject().as_str()))
}
