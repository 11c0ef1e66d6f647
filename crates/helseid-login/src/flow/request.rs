//! What a login asks for.

use std::fmt;
use std::time::Duration;

use helseid_protocol::authorize::{Prompt, TestPerson};
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::{Attestation, Organisation};
use helseid_protocol::id::Audience;
use helseid_protocol::login::LocalPath;
use helseid_protocol::person::Subject;
#[cfg(feature = "web")]
use helseid_protocol::scope::InvalidScope;
use helseid_protocol::scope::ScopeSet;

/// What a login asks for. The default asks who it is, by name (`openid profile`), and for a refresh token (`offline_access`);
/// scopes of APIs are added with [`LoginRequest::scope`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use std::time::Duration;
/// use helseid_login::flow::LoginRequest;
///
/// // To sign a prescription, a person must have logged in within the last minute.
/// let request = LoginRequest::default().max_age(Duration::from_secs(60)).ui_locales("nb en");
/// let pushed = login.begin(&request).await?;
/// assert_eq!(authority.pushed(&pushed.authorize, "max_age").as_deref(), Some("60"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct LoginRequest {
    pub(super) scope: ScopeSet,
    pub(super) resources: Vec<Audience>,
    pub(super) level: Option<SecurityLevel>,
    pub(super) identity_provider: Option<String>,
    pub(super) acr: Vec<String>,
    pub(super) prompt: Prompt,
    pub(super) max_age: Option<Duration>,
    pub(super) login_hint: Option<String>,
    pub(super) ui_locales: Option<String>,
    pub(super) organisation: Option<Organisation>,
    pub(super) attestation: Option<Attestation>,
    pub(super) expected: Option<Subject>,
    pub(super) test_person: Option<TestPerson>,
    pub(super) return_to: Option<LocalPath>,
}

/// The scopes of a login that names none.
const DEFAULT_SCOPE: &str = "openid profile offline_access";

impl Default for LoginRequest {
    fn default() -> Self {
        Self {
            scope: ScopeSet::parse(DEFAULT_SCOPE).unwrap_or_default(),
            resources: Vec::new(),
            level: None,
            identity_provider: None,
            acr: Vec::new(),
            prompt: Prompt::WhereNeeded,
            max_age: None,
            login_hint: None,
            ui_locales: None,
            organisation: None,
            attestation: None,
            expected: None,
            test_person: None,
            return_to: None,
        }
    }
}

impl LoginRequest {
    /// Asks for these scopes in place of the default's. A login must have `openid`, which is added where it is not among them.
    #[must_use]
    pub fn scope(mut self, scope: ScopeSet) -> Self {
        self.scope = scope;
        self
    }

    /// Asks for tokens of this API (RFC 8707), of which there can be several. The token that comes with the login is for the
    /// first of them; a refresh asks for one of another.
    #[must_use]
    pub fn resource(mut self, resource: Audience) -> Self {
        self.resources.push(resource);
        self
    }

    /// Demands at least this security level (`id_token.level`).
    #[must_use]
    pub const fn level(mut self, level: SecurityLevel) -> Self {
        self.level = Some(level);
        self
    }

    /// Demands this identity provider, such as `testidp-oidc` (`id_token.idp`).
    #[must_use]
    pub fn identity_provider(mut self, name: impl Into<String>) -> Self {
        self.identity_provider = Some(name.into());
        self
    }

    /// Demands one of these values of `acr` (`id_token.acr`), at authorities that have others than HelseID's levels.
    #[must_use]
    pub fn acr(mut self, values: impl IntoIterator<Item = String>) -> Self {
        self.acr = values.into_iter().collect();
        self
    }

    /// Whether a page is shown. [`Prompt::Login`] demands a new login (`id_token.auth_time`).
    #[must_use]
    pub const fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = prompt;
        self
    }

    /// Demands that the person authenticated no longer ago (`id_token.auth_time`), in whole seconds.
    #[must_use]
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// The same, with these scopes beside its own.
    #[cfg(feature = "web")]
    pub(crate) fn with_scope(self, scope: &ScopeSet) -> Result<Self, InvalidScope> {
        let scope = ScopeSet::of(self.scope.iter().chain(scope.iter()).cloned())?;
        Ok(self.scope(scope))
    }

    /// The same, at this level at least: a lower one that was asked for before does not count.
    #[cfg(feature = "web")]
    pub(crate) fn at_least(mut self, level: Option<SecurityLevel>) -> Self {
        self.level = self.level.max(level);
        self
    }

    /// The same, for whoever authenticated no longer ago than this: a longer time that was asked for before does not count.
    #[cfg(feature = "web")]
    pub(crate) fn no_older(mut self, age: Option<Duration>) -> Self {
        self.max_age = self.max_age.into_iter().chain(age).min();
        self
    }

    /// Says who is likely to log in. Not a secret, and not for anybody's number.
    #[must_use]
    pub fn login_hint(mut self, hint: impl Into<String>) -> Self {
        self.login_hint = Some(hint.into());
        self
    }

    /// The languages of the authority's pages, such as `nb en`.
    #[must_use]
    pub fn ui_locales(mut self, locales: impl Into<String>) -> Self {
        self.ui_locales = Some(locales.into());
        self
    }

    /// Acts for this organisation: its numbers go into the client assertion that redeems the code.
    #[must_use]
    pub fn organisation(mut self, organisation: Organisation) -> Self {
        self.organisation = Some(organisation);
        self
    }

    /// Attests for whoever logs in, in the request object of the login (HelseID: profile for the trust framework): the attestation is in
    /// every access token of this login, and as old as the login. It says of no patient who it is for: it is for a login that begins
    /// again for each, as where a patient's record opens the app. For one call use [`PersonClient::attest`](crate::PersonClient::attest),
    /// which the authority refuses beside this one.
    #[must_use]
    pub fn attestation(mut self, attestation: Attestation) -> Self {
        self.attestation = Some(attestation);
        self
    }

    /// Whether it attests.
    pub(crate) const fn attests(&self) -> bool {
        self.attestation.is_some()
    }

    /// Demands that this person logs in (`login.same_person`): at a step-up, the one who is logged in.
    #[must_use]
    pub fn expect_person(mut self, subject: Subject) -> Self {
        self.expected = Some(subject);
        self
    }

    /// Logs this synthetic person in without a page, at a local authority.
    #[must_use]
    pub fn test_person(mut self, person: TestPerson) -> Self {
        self.test_person = Some(person);
        self
    }

    /// Leads the browser there afterwards.
    #[must_use]
    pub fn return_to(mut self, path: LocalPath) -> Self {
        self.return_to = Some(path);
        self
    }

    /// The scopes, `openid` among them.
    pub(super) fn whole_scope(&self) -> String {
        if self.scope.iter().any(|scope| scope.as_str() == "openid") {
            self.scope.to_string()
        } else {
            format!("openid {}", self.scope).trim_end().to_owned()
        }
    }

    /// `acr_values`: the level, the identity provider, then the rest.
    pub(super) fn acr_values(&self) -> Option<String> {
        let level = self.level.map(|level| level.acr().to_owned());
        let provider = self.identity_provider.as_ref().map(|name| format!("idp:{name}"));
        let words: Vec<_> = level.into_iter().chain(provider).chain(self.acr.iter().cloned()).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

/// `prompt`, where it says anything.
pub(super) const fn prompt_name(prompt: Prompt) -> Option<&'static str> {
    match prompt {
        Prompt::WhereNeeded => None,
        Prompt::None => Some("none"),
        Prompt::SelectAccount => Some("select_account"),
        Prompt::Login => Some("login"),
    }
}

/// Shows nobody's hint or number.
impl fmt::Debug for LoginRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("LoginRequest");
        shown.field("scope", &self.scope).field("resources", &self.resources).field("level", &self.level);
        shown.field("prompt", &self.prompt).field("max_age", &self.max_age).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
