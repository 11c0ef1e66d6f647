//! What an authorization request demands of the login that it waits for, and what comes of it.

use std::fmt;

use helseid_admin_api::{DisplayName, PersonEntry, PersonLevel, TestProvider, TestProviders};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::reflected::Reflected;
use super::session::LoginSession;
use crate::storage::ephemeral::OneTimeUse;
use crate::web::csp::FormTarget;
use crate::web::language::Language;

/// What an authorization request demands of the login that it waits for.
///
/// Whether there must be a login at all (`prompt`, `max_age`, an earlier session) was decided before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoginDemand {
    /// What the client is called, for the person to see.
    pub(crate) client: DisplayName,
    /// The least level. The page says so; whether it was reached is for the caller to judge.
    pub(crate) level: Option<PersonLevel>,
    /// The provider that `acr_values` asks for. The page offers no other.
    pub(crate) provider: Option<TestProvider>,
    /// The providers that the client may use; all if the list is empty.
    pub(crate) providers: TestProviders,
    /// A `login_hint` that names nobody who is registered: it is filled in beforehand.
    pub(crate) hint: Option<Reflected>,
    /// What `ui_locales` asks for.
    pub(crate) language: Option<Language>,
    /// Where the answer leads the browser.
    pub(crate) target: FormTarget,
    /// The longest that the session may be, in seconds, if that is less than the authority's own.
    pub(crate) session_seconds: Option<u32>,
}

impl LoginDemand {
    /// The providers that the page offers, the preferred one first.
    pub(super) fn offered(&self) -> Vec<TestProvider> {
        match self.provider {
            Some(provider) => vec![provider],
            None => {
                let may_be_used =
                    |provider: &TestProvider| self.providers.is_empty() || self.providers.contains(provider);
                TestProvider::ALL.into_iter().filter(may_be_used).collect()
            }
        }
    }
}

/// Why a person cannot log in as was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// The level is above the person's.
    Level,
    /// The client does not use the provider, or the request asks for another.
    Provider,
    /// The provider does not know the person.
    ProviderOfPerson,
}

impl LoginDemand {
    /// At what level and which provider a person logs in, by the page or without it. Who is not registered may be anything.
    ///
    /// The level is the highest that the person has, unless a lower one is chosen; the provider the first that is offered and
    /// knows the person, unless one is chosen. Whether the level is high enough is for the caller to judge.
    pub(crate) fn fit(
        &self,
        person: Option<&PersonEntry>,
        (level, provider): (Option<PersonLevel>, Option<TestProvider>),
    ) -> Result<(PersonLevel, TestProvider), Unfit> {
        let highest = person.map_or(PersonLevel::High, |person| person.level);
        let level = level.unwrap_or(highest);
        if level > highest {
            return Err(Unfit::Level);
        }
        let knows = |provider: &TestProvider| {
            person.is_none_or(|person| {
                person.identity_providers.is_empty() || person.identity_providers.contains(provider)
            })
        };
        let offered = self.offered();
        let provider = match provider {
            Some(chosen) if !offered.contains(&chosen) => return Err(Unfit::Provider),
            Some(chosen) => Some(chosen).filter(knows),
            None => offered.into_iter().find(knows),
        };
        Ok((level, provider.ok_or(Unfit::ProviderOfPerson)?))
    }
}

/// What names the authorization request that waits for a login: where it is stored, or the request itself. What is in it is
/// the caller's alone; it comes back as it was given. Never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct RequestHandle(Zeroizing<String>);

/// There is more of a request than a page may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an authorization request of more than {} bytes", RequestHandle::MAX_BYTES)]
pub(crate) struct HandleTooLarge;

impl RequestHandle {
    /// The most bytes.
    pub(crate) const MAX_BYTES: usize = 64 * 1024;

    /// Takes at most [`RequestHandle::MAX_BYTES`].
    pub(crate) fn new(text: String) -> Result<Self, HandleTooLarge> {
        let text = Zeroizing::new(text);
        if text.len() <= Self::MAX_BYTES { Ok(Self(text)) } else { Err(HandleTooLarge) }
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RequestHandle {
    type Error = HandleTooLarge;

    fn try_from(text: String) -> Result<Self, HandleTooLarge> {
        Self::new(text)
    }
}

impl From<RequestHandle> for String {
    fn from(mut handle: RequestHandle) -> Self {
        std::mem::take(&mut *handle.0)
    }
}

impl fmt::Debug for RequestHandle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RequestHandle(hidden)")
    }
}

/// The answer to a page that asked, for the request that waits for it.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) handle: RequestHandle,
    pub(crate) answer: LoginAnswer,
    /// Names this visit. Whoever uses up the request claims it too, so that one visit gives one answer.
    pub(crate) once: OneTimeUse,
    pub(crate) language: Language,
}

/// What came of a login.
#[derive(Debug)]
pub(crate) enum LoginAnswer {
    /// A person logged in just now. Level and provider are what they are, whatever was demanded.
    SignedIn(Box<LoginSession>),
    /// The person said no.
    Cancelled,
    /// The person asked for a fault.
    Simulated(SimulatedFault),
}

/// What the page can be asked to answer in place of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SimulatedFault {
    /// `temporarily_unavailable`.
    TemporarilyUnavailable,
    /// `unmet_authentication_requirements`.
    LevelTooLow,
}
