//! An authority under `fapi2` that serves HTTPS, two clients with keys of their own, and a person.

use helseid_admin_api::ClientRegistration;
use helseid_authority::Config;
use helseid_protocol::assertion::AssertionRequest;
use helseid_protocol::forge::{self, Jwt};
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::SigningKey;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_tls::Tls;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::desk::{READ, Sent, new_key};
use crate::json as read;
use crate::login::world::*;

/// The first client is the login's own.
pub(super) struct Suite {
    pub(super) login: Login,
    pub(super) second: SigningKey,
}

pub(super) const SECOND: &str = "the-second-client";

impl Suite {
    pub(super) async fn new() -> Self {
        let config = Config::in_memory().profile(Profile::Fapi2).tls(Tls::self_signed());
        let login = Login::with(config, |client| client.login = settings()).await;
        assert!(login.desk.url("/").starts_with("https://localhost:"));
        let second = new_key();
        let jwk = Value::Object(second.public().members().clone());
        let scopes = ScopeSet::parse(&format!("profile helseid://scopes/identity/pid {READ}")).unwrap();
        let mut registration = ClientRegistration::new("the second client", scopes, vec![jwk]);
        registration.client_id = Some(ClientId::parse(SECOND).unwrap());
        registration.grant_types =
            [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect();
        registration.login = settings();
        login.desk.running.register(registration).await.unwrap();
        Self { login, second }
    }

    /// The same request by the second client.
    pub(super) fn by_second(&self, sent: Sent) -> Sent {
        let desk = &self.login.desk;
        let request = AssertionRequest {
            client_id: &ClientId::parse(SECOND).unwrap(),
            issuer: desk.running.issuer(),
            jwt_id: &desk.jwt_id(),
            now: desk.now(),
            details: None,
        };
        let assertion = forge::assertion(&self.second, request);
        let form = match sent.form.iter().any(|(name, _)| *name == "client_id") {
            true => with(sent.form, "client_id", SECOND),
            false => sent.form,
        };
        Sent { assertion: assertion.sign(&self.second), form, ..sent }
    }

    /// The same request with an assertion that was changed, signed by the client.
    pub(super) fn asserted(&self, sent: Sent, change: impl FnOnce(Jwt) -> Jwt) -> Sent {
        Sent { assertion: change(self.login.desk.assertion()).sign(&self.login.desk.key), ..sent }
    }

    /// What a pushed request is answered.
    pub(super) async fn pushes(&self, sent: &Sent) -> (StatusCode, Value) {
        let answer = self.login.desk.post_to("/connect/par", sent).send().await.unwrap();
        (answer.status(), read(answer).await)
    }

    /// A pushed request is refused with this error.
    pub(super) async fn refuses_to_push(&self, error: &str, sent: &Sent) {
        let (status, answer) = self.pushes(sent).await;
        assert_eq!((status, &answer["error"]), (StatusCode::BAD_REQUEST, &json!(error)), "{answer}");
        assert!(answer.get("request_uri").is_none());
    }

    /// The token endpoint refuses with this error.
    pub(super) async fn refuses(&self, error: &str, sent: &Sent) {
        let (status, answer) = self.login.desk.answer(sent).await;
        assert_eq!((status, &answer["error"]), (StatusCode::BAD_REQUEST, &json!(error)), "{answer}");
        assert!(answer.get("access_token").is_none());
    }

    /// The tokens of a whole login of the first client.
    pub(super) async fn tokens(&self) -> Value {
        let code = self.login.code().await;
        self.login.granted(&self.login.redemption(&code).await).await
    }

    /// A valid proof for userinfo with this token.
    pub(super) fn proof(&self, token: &str) -> Jwt {
        self.login.desk.proof(&Method::GET, "/connect/userinfo", None, Some(token))
    }

    /// Userinfo with these headers.
    pub(super) async fn userinfo(&self, authorization: &str, proofs: &[String]) -> Response {
        let request = self.login.browser.get(self.login.desk.url("/connect/userinfo"));
        let request = request.header("authorization", authorization);
        proofs.iter().fold(request, |request, proof| request.header("dpop", proof)).send().await.unwrap()
    }
}

fn settings() -> helseid_admin_api::LoginSettings {
    let wanted = json!({ "redirect_uris": [CALLBACK] });
    serde_json::from_value(wanted).unwrap()
}
