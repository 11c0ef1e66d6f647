//! A client, a browser and a person, over plain HTTP.

use helseid_admin_api::ClientRegistration;
use helseid_authority::Config;
use helseid_protocol::grant::GrantType;
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::sha256;
use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::scope::ScopeSet;
use reqwest::{Method, StatusCode, redirect};
use serde_json::{Value, json};
use url::Url;

use crate::desk::{Desk, READ, Sent};
use crate::{json as read, trusting};

pub(crate) const OTHER: &str = "nhn:test-public-sample-api-1/some-scope";

pub(crate) const CALLBACK: &str = "https://app.example/callback?own=1";

pub(crate) const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-1";

pub(crate) const SCOPES: &str =
    "openid profile offline_access helseid://scopes/identity/pid norsk-helsenett:python-sample-api/read";
pub(crate) const DOCTOR: &str = "06828399789";

/// Who logs in, and what the client may do.
pub(crate) struct Login {
    pub(crate) desk: Desk,
    pub(crate) browser: reqwest::Client,
}

/// What a browser was sent back with.
pub(crate) struct Back(Vec<(String, String)>);

impl Login {
    pub(crate) async fn new() -> Self {
        Self::with(Config::in_memory(), |_| ()).await
    }

    pub(crate) async fn with(config: Config, change: impl FnOnce(&mut ClientRegistration)) -> Self {
        let desk = Desk::with(config, |client| {
            let identity = "profile helseid://scopes/identity/pid helseid://scopes/hpr/hpr_number";
            client.scopes = ScopeSet::parse(&format!("{identity} {READ} {OTHER}")).unwrap();
            use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
            client.grant_types = [AuthorizationCode, ClientCredentials, RefreshToken].into_iter().collect();
            client.login = serde_json::from_value(json!({ "redirect_uris": [CALLBACK] })).unwrap();
            change(client);
        });
        let desk = desk.await;
        let browser = trusting(&desk.running).redirect(redirect::Policy::none()).build().unwrap();
        Self { desk, browser }
    }

    /// The parameters of a good request, of the doctor.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        [
            ("response_type", "code"),
            ("client_id", "the-client"),
            ("redirect_uri", CALLBACK),
            ("scope", SCOPES),
            ("state", "the state"),
            ("nonce", "the-nonce"),
            ("code_challenge", &*base64url::encode(&sha256(VERIFIER.as_bytes()))),
            ("code_challenge_method", "S256"),
            ("test_pid", DOCTOR),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into()
    }

    pub(crate) fn signed(&self, form: Vec<(&'static str, String)>) -> Sent {
        Sent { assertion: self.desk.assertion().sign(&self.desk.key), proof: None, form }
    }

    pub(crate) async fn push(&self, form: Vec<(&'static str, String)>) -> (StatusCode, Value) {
        let answer = self.desk.post_to("/connect/par", &self.signed(form)).send().await.unwrap();
        (answer.status(), read(answer).await)
    }

    /// The name of a pushed request.
    pub(crate) async fn pushed(&self, form: Vec<(&'static str, String)>) -> String {
        let (status, answer) = self.push(form).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        assert_eq!(answer["expires_in"], 300);
        answer["request_uri"].as_str().unwrap().to_owned()
    }

    /// A browser comes with a query.
    pub(crate) async fn visit(&self, query: &[(&str, &str)]) -> reqwest::Response {
        let url = Url::parse_with_params(&self.desk.url("/connect/authorize"), query).unwrap();
        self.browser.get(url).header("host", self.host()).send().await.unwrap()
    }

    pub(crate) async fn visit_named(&self, name: &str) -> reqwest::Response {
        self.visit(&[("client_id", "the-client"), ("request_uri", name)]).await
    }

    /// A form that a browser posts.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, String)]) -> reqwest::RequestBuilder {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let post = self.browser.post(self.desk.url(path)).header("host", self.host());
        post.header("content-type", "application/x-www-form-urlencoded").body(form)
    }

    pub(crate) fn host(&self) -> String {
        crate::host(&self.desk.running)
    }

    /// What a good login sends back.
    pub(crate) async fn log_in(&self, form: Vec<(&'static str, String)>) -> Back {
        let name = self.pushed(form).await;
        sent_back(&self.visit_named(&name).await)
    }

    pub(crate) async fn code(&self) -> String {
        self.log_in(self.parameters()).await.code().to_owned()
    }

    pub(crate) async fn token_request(&self, form: Vec<(&'static str, String)>) -> Sent {
        let nonce = self.desk.nonce().await;
        let proof = self.desk.proof(&Method::POST, "/connect/token", Some(&nonce), None);
        Sent { proof: Some(proof.sign(&self.desk.proof_key)), ..self.signed(form) }
    }

    pub(crate) async fn redemption(&self, code: &str) -> Sent {
        self.token_request(
            [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ]
            .map(|(name, value)| (name, value.to_owned()))
            .into(),
        )
        .await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Sent {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token_request(form.map(|(name, value)| (name, value.to_owned())).into()).await
    }

    pub(crate) async fn granted(&self, sent: &Sent) -> Value {
        let (status, answer) = self.desk.answer(sent).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// The request breaks this rule, and nothing else is said of it.
    pub(crate) async fn breaks(&self, rule: &str, error: &str, sent: &Sent) {
        let (status, answer) = self.desk.answer(sent).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{rule}: {answer}");
        let description = answer["error_description"].as_str().unwrap_or_default();
        assert!(description.ends_with(&format!("(rule {rule})")), "{rule}: {description}");
        assert_eq!(answer["error"], error, "{rule}");
        assert!(!description.contains("eyJ") && !description.contains(DOCTOR), "{description}");
    }
}

impl Login {
    pub(crate) fn redemption_with(&self, code: &str, proof: String) -> Sent {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let form = form.map(|(name, value)| (name, value.to_owned())).into();
        Sent { proof: Some(proof), ..self.signed(form) }
    }
}

impl Login {
    pub(crate) async fn end(&self, query: &[(&str, &str)], cookie: &str) -> reqwest::Response {
        let url = Url::parse_with_params(&self.desk.url("/connect/endsession"), query).unwrap();
        self.browser.get(url).header("host", self.host()).header("cookie", cookie).send().await.unwrap()
    }
}

impl Back {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn code(&self) -> &str {
        self.get("code").unwrap_or_else(|| panic!("no code: {:?}", self.0))
    }
}

pub(crate) fn sent_back(answer: &reqwest::Response) -> Back {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    let location = answer.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(&format!("{CALLBACK}&")), "{location}");
    Back(Url::parse(location).unwrap().query_pairs().into_owned().collect())
}

pub(crate) fn claims(token: &Value) -> Value {
    Value::Object(Unverified::parse(token.as_str().unwrap(), 20_000).unwrap().unverified_claims().clone())
}

pub(crate) fn with(
    mut form: Vec<(&'static str, String)>,
    name: &'static str,
    value: &str,
) -> Vec<(&'static str, String)> {
    form.retain(|(own, _)| *own != name);
    if !value.is_empty() {
        form.push((name, value.to_owned()));
    }
    form
}

/// A page that names the rule, and keeps the browser here.
pub(crate) async fn shows(answer: reqwest::Response, rule: &str) {
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{rule}");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let page = answer.text().await.unwrap();
    assert!(page.contains(rule), "{rule}: {page}");
}

/// The access token of a login of the doctor, and its refresh token.
pub(crate) async fn tokens(login: &Login) -> (String, String) {
    let code = login.code().await;
    let answer = login.granted(&login.redemption(&code).await).await;
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

pub(crate) async fn revoke(login: &Login, token: &str) {
    let sent = login.signed(vec![("token", token.to_owned())]);
    let answer = login.desk.post_to("/connect/revocation", &sent).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

/// The page's answer to a login of the nurse, the tokens that follow, and the cookie of the session.
pub(crate) async fn by_page(login: &Login) -> (Value, String) {
    by_page_as(login, "nurse", "").await
}

/// The same of this person, in a browser that has this cookie of a session.
pub(crate) async fn by_page_as(login: &Login, person: &str, session: &str) -> (Value, String) {
    let form = with(with(login.parameters(), "test_pid", ""), "prompt", "login");
    let name = login.pushed(form).await;
    let page = login.visit_named(&name).await;
    let mut cookies: Vec<_> = cookies(&page).iter().map(|cookie| first(cookie)).collect();
    cookies.push(session.to_owned());
    let html = page.text().await.unwrap();
    let form = [
        ("visit", field(&html, "visit")),
        ("csrf", field(&html, "csrf")),
        ("state", field(&html, "state")),
        ("pid", person.to_owned()),
    ];
    let answer = login.form("/login", &form).header("cookie", cookies.join("; ")).send().await.unwrap();
    let session = self::cookies(&answer).into_iter().find(|cookie| cookie.contains("session")).unwrap();
    let code = sent_back(&answer).code().to_owned();
    (login.granted(&login.redemption(&code).await).await, first(&session))
}

pub(crate) fn cookies(answer: &reqwest::Response) -> Vec<String> {
    answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

pub(crate) fn first(cookie: &str) -> String {
    cookie.split(';').next().unwrap().to_owned()
}

pub(crate) fn field(html: &str, name: &str) -> String {
    let (_, rest) =
        html.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {html}"));
    rest.split('"').next().unwrap().to_owned()
}

pub(crate) const SIGNED_OUT: &str = "https://app.example/signed-out";

pub(crate) async fn with_logout() -> Login {
    Login::with(Config::in_memory(), |client| {
        let settings = json!({
            "redirect_uris": [CALLBACK],
            "post_logout_redirect_uris": [SIGNED_OUT],
            "refresh_token_usage": "reusable",
        });
        client.login = serde_json::from_value(settings).unwrap();
    })
    .await
}
