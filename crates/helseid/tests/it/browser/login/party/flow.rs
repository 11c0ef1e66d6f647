//! A login: the request that is pushed, and what comes of a callback.

use std::time::Duration;

use helseid_client::{AuthorityRequest, Endpoint};
use helseid_protocol::authorize::PATH;
use helseid_protocol::endpoint::token::{TokenGranted, TokenType};
use helseid_protocol::grant::GrantType;
use helseid_protocol::id_token::{Expectations, Occasion, PresentedIdToken, Requested};
use helseid_protocol::jose::Algorithm;
use helseid_protocol::jose::AlgorithmSet;
use helseid_protocol::login::{Callback, CallbackAnswer};
use helseid_protocol::pkce::{CodeChallenge, CodeVerifier, METHOD};
use helseid_protocol::random::{SystemRandom, hexadecimal};
use helseid_protocol::rule::Trail;
use helseid_protocol::time::Clock as _;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::{Party, SCOPES, Session};

/// What a login may ask for, by the query of the page that begins it.
const ASKED: [&str; 6] = ["prompt", "max_age", "acr_values", "response_mode", "ui_locales", "login_hint"];

/// A login that has begun.
pub(super) struct Pending {
    verifier: CodeVerifier,
    nonce: String,
    /// What only the browser that began it has.
    pub(super) secret: String,
    /// Whether the answer comes as a form, posted by a page of another site.
    pub(super) by_form: bool,
}

/// Why a callback logs nobody in.
pub(super) enum Failed {
    /// The authority says so: `error`.
    Told(String),
    /// A rule is broken.
    Rule(&'static str),
    /// The authority gives no tokens.
    NoTokens(String),
}

impl Party {
    /// The parameters of a request, and the login that it begins.
    fn request(&self, asked: &[(String, String)]) -> (Vec<(&'static str, String)>, String) {
        let random = &SystemRandom;
        let (state, nonce) = (hexadecimal(random), hexadecimal(random));
        let verifier = CodeVerifier::new(random);
        let mut parameters = vec![
            ("response_type", "code".to_owned()),
            ("redirect_uri", self.at("/callback")),
            ("scope", SCOPES.to_owned()),
            ("state", state.clone()),
            ("nonce", nonce.clone()),
            ("code_challenge", CodeChallenge::of(&verifier).as_str().to_owned()),
            ("code_challenge_method", METHOD.to_owned()),
        ];
        for name in ASKED {
            let given = asked.iter().find(|(given, _)| given == name);
            parameters.extend(given.map(|(_, value)| (name, value.clone())));
        }
        let by_form = parameters.contains(&("response_mode", "form_post".to_owned()));
        let pending = Pending { verifier, nonce, secret: hexadecimal(random), by_form };
        self.state().pending.insert(state.clone(), pending);
        (parameters, state)
    }

    /// Pushes a request (RFC 9126); gives the address that the browser is sent to, and its `state`.
    pub(super) async fn begin(&self, asked: &[(String, String)]) -> (String, String) {
        let (parameters, state) = self.request(asked);
        let request = AuthorityRequest::repeatable(Endpoint::PushedAuthorization);
        let request =
            parameters.into_iter().fold(request, |request, (name, value)| request.parameter(name, value));
        let pushed = self.0.client.authority().send(&request).await.unwrap();
        let pushed: Value = serde_json::from_slice(pushed.bytes()).unwrap();
        let query = [
            ("client_id", self.0.client_id.as_str()),
            ("request_uri", pushed["request_uri"].as_str().unwrap()),
        ];
        let url = self.0.keys.issuer().at(PATH);
        (Url::parse_with_params(&url, query).unwrap().into(), state)
    }

    /// The fields of a form that a page of this application posts to the authority, and its `state`.
    pub(super) fn form(&self, asked: &[(String, String)]) -> (Vec<(&'static str, String)>, String) {
        let (mut parameters, state) = self.request(asked);
        parameters.push(("client_id", self.0.client_id.to_string()));
        (parameters, state)
    }

    /// What comes of a callback: a session, and whether it replaces nothing.
    pub(super) async fn complete(
        &self,
        returned: &[u8],
        has_secret: impl Fn(&str, &str) -> bool,
    ) -> Result<Session, Failed> {
        let trail = &mut Trail::new();
        let broken = |fault: helseid_protocol::rule::Fault| Failed::Rule(fault.rule().id());
        let callback = Callback::read(returned, trail).map_err(broken)?;
        // Whoever comes with it: it is good once.
        let found = self.state().pending.remove(callback.state());
        let pending = callback.require_transaction(found, trail).map_err(broken)?;
        callback.require_browser(has_secret(callback.state(), &pending.secret), trail).map_err(broken)?;
        let code = match callback.answer(self.0.keys.issuer(), trail).map_err(broken)? {
            CallbackAnswer::Code(code) => code,
            CallbackAnswer::Refused(error) => return Err(Failed::Told(error.code)),
        };
        let request = AuthorityRequest::grant(GrantType::AuthorizationCode)
            .parameter("code", code.expose())
            .parameter("redirect_uri", self.at("/callback"))
            .parameter("code_verifier", pending.verifier.expose());
        let answer = self.0.client.authority().send(&request).await;
        let answer = answer.map_err(|why| Failed::NoTokens(why.to_string()))?;
        let granted = TokenGranted::read(answer.status(), answer.bytes(), TokenType::Dpop).unwrap();
        self.session(&granted, &pending, trail).await.map_err(broken)
    }

    /// Who logged in, by the ID token.
    async fn session(
        &self,
        granted: &TokenGranted,
        pending: &Pending,
        trail: &mut Trail,
    ) -> Result<Session, helseid_protocol::rule::Fault> {
        let text = granted.of_login.id_token.as_ref().unwrap().expose();
        let expectations = Expectations {
            issuer: self.0.keys.issuer(),
            client_id: &self.0.client_id,
            algorithms: AlgorithmSet::of(&[Algorithm::ES256]),
            access_token: Some(&granted.access_token),
            occasion: Occasion::Login(Requested { nonce: Some(&pending.nonce), ..Requested::default() }),
            tolerance: Duration::from_secs(10),
            now: self.0.clock.now(),
        };
        let presented = PresentedIdToken::read(text, &expectations, trail)?;
        let (kid, algorithm) = (presented.kid().unwrap().clone(), presented.algorithm());
        let key = self.0.keys.find(&kid, algorithm).await.unwrap();
        let claims = presented.check(key.as_deref(), &expectations, trail)?;
        let claim =
            |name: &str| claims.all().get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let refresh = granted.of_login.refresh_token.as_ref().unwrap().expose().to_owned();
        Ok(Session {
            name: claim("name"),
            level: claim("helseid://claims/identity/security_level"),
            authenticated: claims.authenticated().unwrap().seconds(),
            sid: claims.session_id().map(|sid| sid.as_str().to_owned()),
            id_token: text.to_owned(),
            tokens: vec![text.to_owned(), granted.access_token.expose().to_owned(), refresh],
        })
    }

    /// The form that asks the authority to end the session (OpenID Connect RP-Initiated Logout 1.0): where, and with what.
    pub(super) async fn end_session(&self, id_token: &str) -> (String, String) {
        let metadata = self.0.client.authority().metadata().await.unwrap();
        let fields = [
            ("id_token_hint", id_token),
            ("client_id", self.0.client_id.as_str()),
            ("post_logout_redirect_uri", &*self.at("/logged-out")),
            ("state", "the-way-out"),
        ];
        let query = Serializer::new(String::new()).extend_pairs(fields).finish();
        (metadata.end_session_endpoint.unwrap(), query)
    }
}
