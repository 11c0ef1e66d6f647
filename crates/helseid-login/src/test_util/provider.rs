//! The double: who logs in there, what it was asked, and how often.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use helseid_client::{Client, Config, KeyLocation};
use helseid_protocol::bounded::Bounded;
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::Attestation;
use helseid_protocol::forge::{Jwt, TestClock};
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize};
use helseid_protocol::person::{
    HealthPersonnel, HprNumber, Person, PersonName, PersonNumber, SyntheticMonth,
};
use helseid_protocol::time::Timestamp;
use tokio::sync::watch;
use url::{Url, form_urlencoded};

use super::broken::Broken;
use super::tokens::{Signers, random_text};
use crate::flow::{Found, LoggedIn, LoginClient, LoginError, LoginRequest, Returned};

/// An authority without a network, at which one synthetic person logs in, with any scopes. Cheap to clone; all clones are one.
/// APIs under test can be called on behalf of the person: [`TestProvider::jwks`] has the keys that their tokens are signed with.
/// Issues ID tokens and access tokens like HelseID's, and new refresh tokens at each refresh; the old one is good no more.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_client::protocol::claims::AccessTokenClaims;
/// use helseid_login::flow::LoginRequest;
/// use helseid_login::test_util::{TestClock, TestProvider};
///
/// let authority = TestProvider::new(&TestClock::new());
/// let login = authority.login("https://app.example/callback")?;
/// authority.change_id_tokens(|token| token.claim("name", "SOMEBODY ELSE"));
/// let person = authority.log_in(&login, &LoginRequest::default()).await?;
/// assert_eq!(person.claims.name(), Some("SOMEBODY ELSE"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct TestProvider(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) issuer: Issuer,
    pub(super) client_id: ClientId,
    pub(super) signers: Signers,
    pub(super) clock: TestClock,
    /// For calls of APIs under test: it is never asked for tokens of its own.
    pub(super) client: Client,
    /// Whether the token endpoint lets its answers wait.
    pub(super) is_slow: watch::Sender<bool>,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) person: Person,
    pub(super) level: SecurityLevel,
    pub(super) broken: Option<Broken>,
    /// So many bytes more are in each access token.
    pub(super) padding: usize,
    /// Whether userinfo answers with an error that may pass.
    pub(super) is_userinfo_away: bool,
    pub(super) is_revocation_away: bool,
    /// What else happens to an ID token before it is signed.
    pub(super) change: Arc<dyn Fn(Jwt) -> Jwt + Send + Sync>,
    /// OAuth errors that the token endpoint answers next.
    pub(super) refusals: Vec<String>,
    /// Requests by their names, then logins by their codes and by their refresh tokens.
    pub(super) pushed: HashMap<String, Pushed>,
    pub(super) codes: HashMap<String, Issued>,
    pub(super) refresh_tokens: HashMap<String, Issued>,
    pub(super) asked: Asked,
}

/// An authorization request, with what its object attests.
#[derive(Clone, Default)]
pub(super) struct Pushed {
    pub(super) parameters: Vec<(&'static str, String)>,
    pub(super) attestation: Option<Attestation>,
}

/// A login that a code or a refresh token is of.
#[derive(Clone)]
pub(super) struct Issued {
    pub(super) attestation: Option<Attestation>,
    pub(super) parameters: Vec<(&'static str, String)>,
    pub(super) authenticated: Timestamp,
    pub(super) session: String,
}

/// How often each endpoint was asked.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # let person = authority.log_in(&login, &Default::default()).await?;
/// # let sessions = helseid_login::session::Sessions::in_memory(login.clone());
/// # let helseid_login::session::Begun::New(session) = sessions.begin(person, None).await? else { return Err("no session".into()) };
/// // However many pages need a token, it is asked for once.
/// # use helseid_login::session::Wanted;
/// for _ in 0..10 {
///     sessions.token(&session, &Wanted::default()).await?;
/// }
/// assert_eq!((authority.asked().codes, authority.asked().refreshes), (1, 0));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// Requests that were pushed.
    pub pushed: usize,
    /// Codes that were sent to the token endpoint.
    pub codes: usize,
    /// Refresh tokens that were sent there.
    pub refreshes: usize,
    /// Requests to userinfo.
    pub userinfo: usize,
    /// Refresh tokens that were revoked.
    pub revoked: usize,
}

impl TestProvider {
    /// An authority named `https://helseid.test.example`, at which the doctor LIVSTRETT BEVER logs in at level 4.
    #[must_use]
    #[expect(clippy::expect_used, reason = "names and numbers of our own making")]
    pub fn new(clock: &TestClock) -> Self {
        let number = PersonNumber::parse("15849197352", SyntheticMonth::Plus80).expect("a number");
        let name = PersonName::new("LIVSTRETT", None, "BEVER").expect("a name");
        let hpr_number = HprNumber::parse("565550846").expect("a number");
        let health_personnel = Some(HealthPersonnel { hpr_number, approvals: Bounded::default() });
        let issuer = Issuer::parse("https://helseid.test.example").expect("an issuer");
        let client_id = ClientId::parse("test-client").expect("a client id");
        let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let config = Config::new(issuer.clone(), client_id.clone(), KeyLocation::Text(key.to_json()));
        let client = Client::builder(config).clock(clock.clone()).build().expect("a client");
        Self(Arc::new(Inner {
            issuer,
            client_id,
            signers: Signers::new(),
            clock: clock.clone(),
            client,
            is_slow: watch::Sender::new(false),
            state: Mutex::new(State {
                person: Person { number, name, health_personnel },
                level: SecurityLevel::High,
                broken: None,
                padding: 0,
                is_userinfo_away: false,
                is_revocation_away: false,
                change: Arc::new(|jwt| jwt),
                refusals: Vec::new(),
                pushed: HashMap::new(),
                codes: HashMap::new(),
                refresh_tokens: HashMap::new(),
                asked: Asked::default(),
            }),
        }))
    }

    /// A client `test-client` that logs people in here.
    pub fn login(&self, redirect_uri: &str) -> Result<LoginClient, LoginError> {
        LoginClient::with(Arc::new(self.clone()), redirect_uri)
    }

    /// A login at a terminal, which opens no browser: `show` is given the address that one would open.
    #[cfg(feature = "native")]
    #[must_use]
    pub fn native(&self, show: impl Fn(&Url) + Send + Sync + 'static) -> crate::native::NativeLogin {
        let provider = self.clone();
        let make = move |redirect_uri: &str| provider.login(redirect_uri);
        crate::native::NativeLogin::with(make, show).without_browser()
    }

    /// Lets this person log in from now on.
    pub fn person(&self, person: Person) {
        self.0.state().person = person;
    }

    /// Lets the person log in at this level from now on.
    pub fn level(&self, level: SecurityLevel) {
        self.0.state().level = level;
    }

    /// Breaks this in every answer from now on.
    pub fn break_with(&self, broken: Broken) {
        self.0.state().broken = Some(broken);
    }

    /// Answers rightly again.
    pub fn answer_rightly(&self) {
        let mut state = self.0.state();
        (state.broken, state.change) = (None, Arc::new(|jwt| jwt));
    }

    /// Changes every ID token before it is signed, from now on.
    pub fn change_id_tokens(&self, change: impl Fn(Jwt) -> Jwt + Send + Sync + 'static) {
        self.0.state().change = Arc::new(change);
    }

    /// Refuses the next token request with this OAuth error, such as `invalid_grant`, and uses nothing up.
    pub fn refuse_next(&self, error: &str) {
        self.0.state().refusals.push(error.to_owned());
    }

    /// Lets the answers of the token endpoint wait until this is taken back; what they use up is gone at once.
    pub fn slow(&self, is_slow: bool) {
        self.0.is_slow.send_replace(is_slow);
    }

    /// Lets its access tokens be longer by so many bytes, from now on.
    pub fn long_tokens(&self, padding: usize) {
        self.0.state().padding = padding;
    }

    /// Lets userinfo answer 503, until this is taken back.
    pub fn userinfo_away(&self, is_away: bool) {
        self.0.state().is_userinfo_away = is_away;
    }

    /// Lets the revocation of refresh tokens fail, until this is taken back.
    pub fn revocation_away(&self, is_away: bool) {
        self.0.state().is_revocation_away = is_away;
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> Asked {
        self.0.state().asked
    }

    /// Its public keys, for an API under test.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        let Signers { own, decoy, .. } = &self.0.signers;
        JwkSet::new(vec![decoy.public().clone(), own.public().clone()])
    }

    /// What the request behind this address asks for, by the parameter's name.
    #[must_use]
    pub fn pushed(&self, authorize: &Url, name: &str) -> Option<String> {
        let state = self.0.state();
        let pushed = state.pushed.get(&request_uri(authorize))?;
        pushed.parameters.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone())
    }

    /// A browser visits the address, and the person logs in: the query with which the browser comes back.
    #[must_use]
    pub fn visit(&self, authorize: &Url) -> String {
        let code = random_text();
        let mut state = self.0.state();
        let Pushed { parameters, attestation } =
            state.pushed.get(&request_uri(authorize)).cloned().unwrap_or_default();
        let authenticated = helseid_protocol::time::Clock::now(&self.0.clock);
        let issued = Issued { attestation, parameters, authenticated, session: random_text() };
        let back = self.0.back(&state, &issued, vec![("code", code.clone())]);
        state.codes.insert(code, issued);
        back
    }

    /// A whole login, from its request to the person, for tests of what comes after: [`LoginClient::begin`],
    /// [`TestProvider::visit`], and what the callback is held against.
    pub async fn log_in(&self, login: &LoginClient, request: &LoginRequest) -> Result<LoggedIn, LoginError> {
        let pushed = login.begin(request).await?;
        let query = self.visit(&pushed.authorize);
        let returned = Returned::read(query.as_bytes())?;
        returned.recognise(Found::Pending(pushed.pending), login)?.complete(login).await
    }

    /// A browser visits the address, and the login ends with this error, such as `access_denied`.
    #[must_use]
    pub fn cancel(&self, authorize: &Url, error: &str) -> String {
        let state = self.0.state();
        let Pushed { parameters, attestation } =
            state.pushed.get(&request_uri(authorize)).cloned().unwrap_or_default();
        let authenticated = helseid_protocol::time::Clock::now(&self.0.clock);
        let issued = Issued { attestation, parameters, authenticated, session: String::new() };
        self.0.back(&state, &issued, vec![("error", error.to_owned())])
    }

    /// A logout token of the person's session with this `sid`, changed before it is signed; as a form.
    #[must_use]
    pub fn logout_form(&self, sid: &str, change: impl FnOnce(Jwt) -> Jwt) -> String {
        let state = self.0.state();
        let token = change(self.0.logout_token(&state, sid)).sign(&self.0.signers.own);
        helseid_protocol::logout::body(&token)
    }
}

impl Inner {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn back(&self, state: &State, issued: &Issued, mut fields: Vec<(&'static str, String)>) -> String {
        fields.extend(issued.get("state").map(|value| ("state", value.to_owned())));
        fields.push(("iss", self.issuer.to_string()));
        if let Some(broken) = state.broken {
            broken.in_callback(&mut fields);
        }
        form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
    }
}

impl Issued {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }
}

fn request_uri(authorize: &Url) -> String {
    let parameter = authorize.query_pairs().find(|(name, _)| name == "request_uri");
    parameter.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

impl std::fmt::Debug for TestProvider {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TestProvider").field("issuer", &self.0.issuer).finish_non_exhaustive()
    }
}
