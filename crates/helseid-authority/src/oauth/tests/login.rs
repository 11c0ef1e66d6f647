//! Logins at an issuer without sockets: requests are given to its router.

use std::sync::Arc;

use ::http::{HeaderValue, Request, StatusCode, header};
use axum::body::{Body, to_bytes};
use helseid_admin_api::{LoginSettings, PersonLevel, TestProvider};
use helseid_protocol::dpop::{NonceKey, ProofKeyCache};
use helseid_protocol::endpoint::token::CONTENT_TYPE;
use helseid_protocol::grant::GrantType;
use helseid_protocol::person::{PersonNumber, SyntheticMonth};
use helseid_protocol::pkce::{CodeChallenge, CodeVerifier};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use url::Url;

use super::world::{READ, Sent, World};
use crate::login::{LoginBackend, LoginPerson, LoginState, NewLogin, SessionSettings, TestLogin};
use crate::oauth::state::ReplayProtection;
use crate::oauth::{OAuthState, UserLogin, endpoints};
use crate::outgoing::{Outgoing, Patience};
use crate::registry::registration::RegistrationPolicy;
use crate::storage::ephemeral::EphemeralStore;
use crate::storage::registry::Sqlite;
use crate::storage::sessions::SessionStore;

pub(crate) const CALLBACK: &str = "https://app.example/callback";
pub(crate) const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-1";
pub(crate) const DOCTOR: &str = "06828399789";

/// What a client is answered.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) json: Value,
}

impl Answered {
    pub(crate) fn is_granted(&self) -> bool {
        self.status == StatusCode::OK
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.json[name].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned()
    }

    /// The rule that the request broke.
    pub(crate) fn broken(&self) -> String {
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{self:?}");
        let description = self.text("error_description");
        let (_, rule) = description.rsplit_once("(rule ").unwrap_or_else(|| panic!("{self:?}"));
        rule.trim_end_matches(')').to_owned()
    }
}

/// The same issuer over these stores.
pub(crate) fn over(
    state: &OAuthState,
    store: Arc<dyn EphemeralStore>,
    sessions: Arc<dyn SessionStore>,
) -> OAuthState {
    let rooms = LoginState::new(LoginBackend {
        issuer: &state.issuer,
        secret: &state.replay.ids,
        test_login: TestLogin::On,
        settings: SessionSettings::new(state.issuer.tolerance),
        registry: state.registry.clone(),
        synthetic_month: SyntheticMonth::Plus80,
        sessions: sessions.clone(),
        uses: store.clone(),
        limits: state.limits.clone(),
        clock: state.clock.clone(),
        random: state.random.clone(),
    });
    let replay = ReplayProtection {
        store,
        ids: state.replay.ids.clone(),
        nonces: NonceKey::new(&[2; 32]),
        proof_keys: ProofKeyCache::new(1),
    };
    let state = OAuthState { replay: Arc::new(replay), ..state.clone() };
    let addresses = Arc::new(RegistrationPolicy {
        profile: state.issuer.profile,
        synthetic_month: SyntheticMonth::Plus80,
        issuer_is_loopback: false,
        insecure_host: None,
    });
    let outgoing = Arc::new(Outgoing::new(None, None, Patience::USUAL).unwrap());
    state.with_login(UserLogin { sessions, rooms, outgoing, addresses })
}

impl World {
    /// An issuer at which people log in, and a client that may log them in. Its one-time refresh tokens may be presented again
    /// for so many seconds.
    pub(crate) async fn with_login(profile: Profile, grace: u32) -> Self {
        let mut world = Self::new(profile);
        world.client(|client| {
            client.scopes = ScopeSet::parse(&format!("profile {READ}")).unwrap();
            use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
            client.grant_types = [AuthorizationCode, ClientCredentials, RefreshToken].into_iter().collect();
            client.login = settings(grace);
        });
        let sessions = Arc::new(Sqlite::in_memory().await.unwrap());
        world.state = over(&world.state, world.state.replay.store.clone(), sessions);
        world
    }

    /// The sessions and refresh families.
    pub(crate) fn sessions(&self) -> Arc<dyn SessionStore> {
        self.state.login.as_ref().unwrap().sessions.clone()
    }

    /// A good request of the doctor's login, but for who authenticates the client.
    pub(crate) fn asking(&self) -> Vec<(&'static str, String)> {
        [
            ("response_type", "code"),
            ("client_id", "the-client"),
            ("redirect_uri", CALLBACK),
            ("scope", &*format!("openid profile offline_access {READ}")),
            ("state", "the state"),
            ("nonce", "the-nonce"),
            ("code_challenge", CodeChallenge::of(&CodeVerifier::parse(VERIFIER).unwrap()).as_str()),
            ("code_challenge_method", "S256"),
            ("test_pid", DOCTOR),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into()
    }

    /// The same for whoever is logged in.
    pub(crate) fn asking_of_a_session(&self) -> Vec<(&'static str, String)> {
        self.asking().into_iter().filter(|(name, _)| *name != "test_pid").collect()
    }

    /// A form of the client, without a proof.
    pub(crate) fn signed(&self, form: Vec<(&'static str, String)>) -> Sent {
        Sent { assertion: self.assertion(None).sign(&self.key), proof: None, form, basic: None }
    }

    pub(crate) async fn answer_at(&self, state: &OAuthState, path: &str, sent: &Sent) -> Answered {
        let mut request = Request::post(path).body(Body::from(sent.body())).unwrap();
        *request.headers_mut() = sent.headers();
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        let answer = endpoints(state, None).oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 100_000).await.unwrap();
        Answered { status, json: serde_json::from_slice(&body).unwrap() }
    }

    /// Whether a request to revoke the tokens of a login is answered well.
    pub(crate) async fn ends(&self, sent: &Sent) -> bool {
        let mut request = Request::post("/connect/revocation").body(Body::from(sent.body())).unwrap();
        *request.headers_mut() = sent.headers();
        endpoints(&self.state, None).oneshot(request).await.unwrap().status() == StatusCode::OK
    }

    /// The name of a pushed request.
    pub(crate) async fn pushed(&self, form: Vec<(&'static str, String)>) -> String {
        let answer = self.answer_at(&self.state, "/connect/par", &self.signed(form)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.text("request_uri")
    }

    /// A browser comes with a query and maybe a cookie; tells where it is sent.
    pub(crate) async fn visit(
        &self,
        state: &OAuthState,
        path: &str,
        query: &[(&str, &str)],
        cookie: Option<&HeaderValue>,
    ) -> (StatusCode, Option<Url>) {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let mut visit = Request::get(format!("{path}?{query}")).header(header::HOST, "helseid.example");
        if let Some(cookie) = cookie {
            visit = visit.header(header::COOKIE, cookie);
        }
        let answer = endpoints(state, None).oneshot(visit.body(Body::empty()).unwrap()).await.unwrap();
        let location = answer.headers().get(header::LOCATION);
        (answer.status(), location.map(|location| Url::parse(location.to_str().unwrap()).unwrap()))
    }

    /// A code for a request.
    pub(crate) async fn code_of(
        &self,
        form: Vec<(&'static str, String)>,
        cookie: Option<&HeaderValue>,
    ) -> String {
        let name = self.pushed(form).await;
        let query = [("client_id", "the-client"), ("request_uri", &*name)];
        let (_, back) = self.visit(&self.state, "/connect/authorize", &query, cookie).await;
        let back = back.unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        code.unwrap_or_else(|| panic!("{back}"))
    }

    /// A code of the doctor's login.
    pub(crate) async fn code(&self) -> String {
        self.code_of(self.asking(), None).await
    }

    pub(crate) async fn redeem(&self, state: &OAuthState, code: &str) -> Answered {
        self.answer_at(state, "/connect/token", &self.redeeming(code, None)).await
    }

    /// A request that redeems a code, with structured claims in its assertion.
    pub(crate) fn redeeming(&self, code: &str, details: Option<&Value>) -> Sent {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.with_details(&form, details)
    }

    pub(crate) async fn refresh(&self, state: &OAuthState, token: &str) -> Answered {
        self.answer_at(state, "/connect/token", &self.refreshing(token, None)).await
    }

    /// A request that refreshes, with structured claims in its assertion.
    pub(crate) fn refreshing(&self, token: &str, details: Option<&Value>) -> Sent {
        self.with_details(&[("grant_type", "refresh_token"), ("refresh_token", token)], details)
    }

    fn with_details(&self, form: &[(&'static str, &str)], details: Option<&Value>) -> Sent {
        let form = form.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let assertion = self.assertion(details).sign(&self.key);
        Sent { assertion, proof: Some(self.proof(true)), form, basic: None }
    }

    /// The refresh token of a new login.
    pub(crate) async fn refresh_token(&self) -> String {
        let code = self.code().await;
        self.redeem(&self.state, &code).await.text("refresh_token")
    }

    /// The cookie of a browser in which the doctor logs in, and which may have had another.
    pub(crate) async fn sign_in(&self, before: Option<&HeaderValue>) -> HeaderValue {
        let number = PersonNumber::parse(DOCTOR, SyntheticMonth::Plus80).unwrap();
        let login = NewLogin {
            person: LoginPerson { number, hpr_number: None },
            level: PersonLevel::High,
            provider: TestProvider::TestIdp,
            lifetime: None,
        };
        let headers = before.map(|before| (header::COOKIE, before.clone())).into_iter().collect();
        let sessions = &self.state.login.as_ref().unwrap().rooms.sessions;
        let (_, cookie) = sessions.sign_in(login, &headers).await.unwrap();
        let cookie = cookie.unwrap();
        let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
        HeaderValue::from_str(pair).unwrap()
    }

    /// Whether the doctor is logged in in the browser with this cookie.
    pub(crate) async fn is_signed_in(&self, cookie: &HeaderValue) -> bool {
        let headers = [(header::COOKIE, cookie.clone())].into_iter().collect();
        let sessions = &self.state.login.as_ref().unwrap().rooms.sessions;
        sessions.find(&headers).await.unwrap().is_some()
    }

    pub(crate) async fn log_out(&self, state: &OAuthState, cookie: &HeaderValue, id_token: &str) {
        let query = [("id_token_hint", id_token)];
        let (status, _) = self.visit(state, "/connect/endsession", &query, Some(cookie)).await;
        assert_eq!(status, StatusCode::OK);
    }
}

fn settings(grace: u32) -> LoginSettings {
    serde_json::from_value(json!({ "redirect_uris": [CALLBACK], "refresh_grace_seconds": grace })).unwrap()
}
