//! Whether a login needs a page, and whether the login that there is will do (OpenID Connect Core 1.0 sections 3.1.2.1,
//! 3.1.2.3 and 3.1.2.6; HelseID: control of the login).
//!
//! [`begin`] decides when a browser comes with a request: by a test person, by its session, or by a page. [`finish`] judges
//! the login that came of it, whichever way: what was asked for must have been given. Neither remembers anything. That a
//! login was made for this very request is for the caller to know at the server, and never stands in a URL: see
//! [`Login::is_new`].

use super::request::{Ask, Prompt};
use crate::claims::SecurityLevel;
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::time::Timestamp;

/// A login, finished or remembered by the browser's session.
///
/// ```
/// use helseid_protocol::authorize::{Ask, interaction::{self, Login}};
/// use helseid_protocol::{claims::SecurityLevel, rule::{Rule, Trail}, time::Timestamp};
///
/// let ask: Ask = serde_json::from_str(r#"{"scopes": ["openid"], "acr": {"level": "Level4"},
///     "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}"#)?;
/// let (now, level) = (Timestamp::from_seconds(1_790_000_000), SecurityLevel::Substantial);
/// let weak = Login { is_new: true, authenticated: now, level, provider: "testidp-oidc", is_hinted: None };
/// let refused = interaction::finish((&ask, None), weak, now, &mut Trail::new());
/// assert_eq!(refused.map_err(|fault| fault.rule()), Err(Rule::InteractionLevel));
/// let strong = Login { level: SecurityLevel::High, ..weak };
/// assert!(interaction::finish((&ask, None), strong, now, &mut Trail::new()).is_ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    /// Whether it was made for this request: then it is as new as any can be, whatever `max_age` says.
    pub is_new: bool,
    /// When it was made.
    pub authenticated: Timestamp,
    /// How strong it is.
    pub level: SecurityLevel,
    /// Where it was made.
    pub provider: &'a str,
    /// Whether the person is the one of `id_token_hint`; none where there is no hint.
    pub is_hinted: Option<bool>,
}

/// What is known when a browser comes.
///
/// ```
/// use helseid_protocol::authorize::{Ask, interaction::{self, Visit}};
/// use helseid_protocol::{rule::{ErrorCode, Trail}, time::Timestamp};
///
/// let ask: Ask = serde_json::from_str(r#"{"scopes": ["openid"], "prompt": "none",
///     "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}"#)?;
/// let now = Timestamp::from_seconds(1_790_000_000);
/// // Nobody is logged in at this browser, and no page may be shown.
/// let visit = Visit { session: None, login_hint_is_a_person: false, providers: None, now };
/// let refused = interaction::begin(&ask, visit, &mut Trail::new());
/// assert_eq!(refused.map_err(|fault| fault.code()), Err(ErrorCode::LoginRequired));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    /// The login that the browser's session remembers, if it has one that has not ended.
    pub session: Option<Login<'a>>,
    /// Whether `login_hint` names a registered person who may be logged in without a page.
    pub login_hint_is_a_person: bool,
    /// The identity providers that the client may use; none for all.
    pub providers: Option<&'a [&'a str]>,
    /// The time now.
    pub now: Timestamp,
}

/// What comes next.
///
/// ```
/// use helseid_protocol::authorize::interaction::Step;
///
/// /// The page that the browser is sent to; none where it gets its code at once.
/// fn page(step: Step) -> Option<&'static str> {
///     match step {
///         Step::ShowPage => Some("/account/login"),
///         Step::UseSession | Step::LogInTestPerson | Step::LogInHintedPerson => None,
///     }
/// }
///
/// assert_eq!(page(Step::UseSession), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Log in the person of `test_pid`, apart from the browser's session.
    LogInTestPerson,
    /// Log in the person whom `login_hint` names, apart from the browser's session.
    LogInHintedPerson,
    /// The browser's session will do.
    UseSession,
    /// Show the page.
    ShowPage,
}

/// Decides what comes next for `ask`.
pub fn begin(ask: &Ask, visit: Visit<'_>, trail: &mut Trail) -> Result<Step, Fault> {
    trail.require(Rule::InteractionIdp, provider_is_the_clients(ask, visit.providers))?;
    let may_show_pages = ask.prompt != Prompt::None;
    if ask.test_person.is_some() {
        trail.require(Rule::InteractionNone, test_person_may_log_in(may_show_pages))?;
        return Ok(Step::LogInTestPerson);
    }
    if visit.login_hint_is_a_person && may_show_pages && ask.prompt != Prompt::SelectAccount {
        return Ok(Step::LogInHintedPerson);
    }
    let session = session_is_there(visit.session);
    let usable = session.map_err(|facts| Fault::new(Rule::InteractionNone, facts)).and_then(|session| {
        // Judged apart: that the session will not do is no breach where a page may be shown.
        finish((ask, visit.providers), session, visit.now, &mut Trail::new())
    });
    match (ask.prompt, usable) {
        (Prompt::None | Prompt::WhereNeeded, Ok(())) => {
            trail.holds(Rule::InteractionNone);
            Ok(Step::UseSession)
        }
        (Prompt::None, Err(fault)) => Err(fault),
        (Prompt::WhereNeeded, Err(_)) | (Prompt::SelectAccount | Prompt::Login, _) => Ok(Step::ShowPage),
    }
}

/// Judges a login by what was asked for, and by the identity providers that the client may use; none for all.
pub fn finish(
    (ask, providers): (&Ask, Option<&[&str]>),
    login: Login<'_>,
    now: Timestamp,
    trail: &mut Trail,
) -> Result<(), Fault> {
    trail.require(Rule::InteractionFresh, login_is_fresh(ask, login, now))?;
    trail.require(Rule::InteractionHintedPerson, person_is_the_hinted(ask, login))?;
    trail.require(Rule::InteractionIdp, provider_is_the_asked(ask, providers, login))?;
    trail.require(Rule::InteractionLevel, level_is_reached(ask, login))
}

/// The breach of a form that comes from another browser than the one that its login began in (RFC 6749 section 10.12).
#[must_use]
pub fn other_browser() -> Fault {
    Fault::new(
        Rule::InteractionBrowser,
        Facts::new("the browser that began the login", "another, or its cookie is gone"),
    )
}

/// The user said no (RFC 6749 section 4.1.2.1).
#[must_use]
pub fn cancelled() -> Fault {
    Fault::new(
        Rule::InteractionCancel,
        Facts::new("a login", "a refusal by the user").saying("The user cancelled the login"),
    )
}

/// HelseID: control of the login: one that there is, but not for this client.
fn provider_is_the_clients(ask: &Ask, providers: Option<&[&str]>) -> Result<(), Facts> {
    match (&ask.acr.provider, providers) {
        (Some(asked), Some(own)) if !own.contains(&asked.as_str()) => {
            Err(Facts::value(format_args!("one of {}", own.join(" ")), asked.as_str()))
        }
        _ => Ok(()),
    }
}

/// A test person is a new login, which `prompt=none` forbids.
fn test_person_may_log_in(may_show_pages: bool) -> Result<(), Facts> {
    if may_show_pages { Ok(()) } else { Err(Facts::new("no new login", "test_pid with prompt=none")) }
}

fn session_is_there(session: Option<Login<'_>>) -> Result<Login<'_>, Facts> {
    session.ok_or_else(|| {
        Facts::new("a browser that is logged in", "one that is not")
            .saying("prompt=none, and nobody is logged in")
    })
}

/// OpenID Connect Core 1.0 sections 3.1.2.1 and 3.1.2.3. A login of the future is one that a clock made which went back since:
/// nobody knows how old it is.
fn login_is_fresh(ask: &Ask, login: Login<'_>, now: Timestamp) -> Result<(), Facts> {
    if login.is_new {
        return Ok(());
    }
    if ask.prompt == Prompt::Login {
        return Err(Facts::new("a new login", "one from before"));
    }
    let Some(max_age) = ask.max_age else { return Ok(()) };
    let age = now.checked_since(login.authenticated);
    let is_young = age.is_some_and(|age| age.as_secs() <= u64::from(max_age));
    // No login but a new one is no seconds old.
    if is_young && max_age > 0 {
        Ok(())
    } else {
        let got = age.map_or("one of the future".to_owned(), |age| format!("one of {} s ago", age.as_secs()));
        Err(Facts::new(format_args!("a login at most {max_age} s ago"), got))
    }
}

/// OpenID Connect Core 1.0 section 3.1.2.2.
fn person_is_the_hinted(ask: &Ask, login: Login<'_>) -> Result<(), Facts> {
    if ask.id_token_hint.is_some() && login.is_hinted != Some(true) {
        Err(Facts::new("the person of id_token_hint", "another"))
    } else {
        Ok(())
    }
}

/// HelseID: control of the login: one that the client may use, and that was asked for.
fn provider_is_the_asked(ask: &Ask, providers: Option<&[&str]>, login: Login<'_>) -> Result<(), Facts> {
    match (&ask.acr.provider, providers) {
        (Some(asked), _) if asked.as_str() != login.provider => {
            Err(Facts::value(asked.as_str(), login.provider))
        }
        (_, Some(own)) if !own.contains(&login.provider) => {
            Err(Facts::value(format_args!("one of {}", own.join(" ")), login.provider))
        }
        _ => Ok(()),
    }
}

/// OpenID Connect Core Error Code unmet_authentication_requirements 1.0 section 2.
fn level_is_reached(ask: &Ask, login: Login<'_>) -> Result<(), Facts> {
    match ask.acr.level {
        Some(asked) if login.level < asked => Err(Facts::new(asked, login.level)),
        _ => Ok(()),
    }
}
