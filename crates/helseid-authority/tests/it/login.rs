//! User login over plain HTTP: a request is pushed, a browser comes, the code is redeemed, the tokens are refreshed.

use helseid_admin_api::ClientRegistration;
use helseid_authority::Config;
use helseid_protocol::grant::GrantType;
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::sha256;
use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use reqwest::{Method, StatusCode, redirect};
use serde_json::{Value, json};
use url::Url;

use crate::desk::{Desk, READ, Sent, new_key};
use crate::json as read;

const OTHER: &str = "nhn:test-public-sample-api-1/some-scope";
const CALLBACK: &str = "https://app.example/callback?own=1";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-1";
const SCOPES: &str =
    "openid profile offline_access helseid://scopes/identity/pid norsk-helsenett:python-sample-api/read";
const DOCTOR: &str = "06828399789";

/// Who logs in, and what the client may do.
struct Login {
    desk: Desk,
    browser: reqwest::Client,
}

/// What a browser was sent back with.
struct Back(Vec<(String, String)>);

impl Back {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn code(&self) -> &str {
        self.get("code").unwrap_or_else(|| panic!("no code: {:?}", self.0))
    }
}

impl Login {
    async fn new() -> Self {
        Self::with(Config::in_memory(), |_| ()).await
    }

    async fn with(config: Config, change: impl FnOnce(&mut ClientRegistration)) -> Self {
        let desk = Desk::with(config, |client| {
            let identity = "profile helseid://scopes/identity/pid helseid://scopes/hpr/hpr_number";
            client.scopes = ScopeSet::parse(&format!("{identity} {READ} {OTHER}")).unwrap();
            use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
            client.grant_types = [AuthorizationCode, ClientCredentials, RefreshToken].into_iter().collect();
            client.login = serde_json::from_value(json!({ "redirect_uris": [CALLBACK] })).unwrap();
            change(client);
        });
        let browser =
            reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        Self { desk: desk.await, browser }
    }

    /// The parameters of a good request, of the doctor.
    fn parameters(&self) -> Vec<(&'static str, String)> {
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

    fn signed(&self, form: Vec<(&'static str, String)>) -> Sent {
        Sent { assertion: self.desk.assertion().sign(&self.desk.key), proof: None, form }
    }

    async fn push(&self, form: Vec<(&'static str, String)>) -> (StatusCode, Value) {
        let answer = self.desk.post_to("/connect/par", &self.signed(form)).send().await.unwrap();
        (answer.status(), read(answer).await)
    }

    /// The name of a pushed request.
    async fn pushed(&self, form: Vec<(&'static str, String)>) -> String {
        let (status, answer) = self.push(form).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        assert_eq!(answer["expires_in"], 300);
        answer["request_uri"].as_str().unwrap().to_owned()
    }

    /// A browser comes with a query.
    async fn visit(&self, query: &[(&str, &str)]) -> reqwest::Response {
        let url = Url::parse_with_params(&self.desk.url("/connect/authorize"), query).unwrap();
        self.browser.get(url).header("host", self.host()).send().await.unwrap()
    }

    async fn visit_named(&self, name: &str) -> reqwest::Response {
        self.visit(&[("client_id", "the-client"), ("request_uri", name)]).await
    }

    /// A form that a browser posts.
    fn form(&self, path: &str, fields: &[(&str, String)]) -> reqwest::RequestBuilder {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let post = self.browser.post(self.desk.url(path)).header("host", self.host());
        post.header("content-type", "application/x-www-form-urlencoded").body(form)
    }

    fn host(&self) -> String {
        self.desk.running.issuer().as_str().trim_start_matches("http://").to_owned()
    }

    /// What a good login sends back.
    async fn log_in(&self, form: Vec<(&'static str, String)>) -> Back {
        let name = self.pushed(form).await;
        sent_back(&self.visit_named(&name).await)
    }

    async fn code(&self) -> String {
        self.log_in(self.parameters()).await.code().to_owned()
    }

    async fn token_request(&self, form: Vec<(&'static str, String)>) -> Sent {
        let nonce = self.desk.nonce().await;
        let proof = self.desk.proof(&Method::POST, "/connect/token", Some(&nonce), None);
        Sent { proof: Some(proof.sign(&self.desk.proof_key)), ..self.signed(form) }
    }

    async fn redemption(&self, code: &str) -> Sent {
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

    async fn refresh(&self, token: &str) -> Sent {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token_request(form.map(|(name, value)| (name, value.to_owned())).into()).await
    }

    async fn granted(&self, sent: &Sent) -> Value {
        let (status, answer) = self.desk.answer(sent).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// The request breaks this rule, and nothing else is said of it.
    async fn breaks(&self, rule: &str, error: &str, sent: &Sent) {
        let (status, answer) = self.desk.answer(sent).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{rule}: {answer}");
        let description = answer["error_description"].as_str().unwrap_or_default();
        assert!(description.ends_with(&format!("(rule {rule})")), "{rule}: {description}");
        assert_eq!(answer["error"], error, "{rule}");
        assert!(!description.contains("eyJ") && !description.contains(DOCTOR), "{description}");
    }
}

fn sent_back(answer: &reqwest::Response) -> Back {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    let location = answer.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(&format!("{CALLBACK}&")), "{location}");
    Back(Url::parse(location).unwrap().query_pairs().into_owned().collect())
}

fn claims(token: &Value) -> Value {
    Value::Object(Unverified::parse(token.as_str().unwrap(), 20_000).unwrap().unverified_claims().clone())
}

fn with(
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

#[tokio::test]
async fn a_person_logs_in_and_the_client_gets_all_three_tokens_and_new_ones() {
    let login = Login::new().await;
    let back = login.log_in(login.parameters()).await;
    assert_eq!((back.get("state"), back.get("own")), (Some("the state"), Some("1")));
    assert_eq!(back.get("iss"), Some(login.desk.running.issuer().as_str()));
    assert!(back.code().len() == 66 && back.code().ends_with("-1"), "{}", back.code());

    let answer = login.granted(&login.redemption(back.code()).await).await;
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("DPoP"), &json!(600)));
    assert_eq!(answer["rt_expires_in"], 28_800);
    let (access, id) = (claims(&answer["access_token"]), claims(&answer["id_token"]));
    assert_eq!(access["aud"], "norsk-helsenett:python-sample-api");
    assert_eq!(access["helseid://claims/identity/pid"], DOCTOR);
    assert_eq!(access["helseid://claims/hpr/hpr_number"], "565505933");
    assert_eq!(access["helseid://claims/identity/security_level"], "4");
    assert!(access["sub"].is_string() && access["sub"] == id["sub"] && access["sid"] == id["sid"]);
    assert_eq!(access["cnf"], json!({ "jkt": login.desk.proof_key.public().thumbprint() }));
    assert_eq!((&id["aud"], &id["nonce"]), (&json!("the-client"), &json!("the-nonce")));
    assert_eq!(
        (&id["name"], &id["helseid://claims/identity/pid"]),
        (&json!("Kvart Grevling"), &json!(DOCTOR))
    );
    assert!(id.get("helseid://claims/hpr/hpr_number").is_none() && id.get("scope").is_none());
    assert_eq!(id["auth_time"], json!(login.desk.now().seconds()));
    assert_eq!(id["exp"], json!(login.desk.now().seconds() + 300));

    login.desk.forward(100);
    let refreshed = login.granted(&login.refresh(answer["refresh_token"].as_str().unwrap()).await).await;
    assert_ne!(refreshed["refresh_token"], answer["refresh_token"]);
    assert_eq!(refreshed["rt_expires_in"], 28_700);
    let id_again = claims(&refreshed["id_token"]);
    assert!(id_again["sub"] == id["sub"] && id_again["auth_time"] == id["auth_time"]);
    assert!(id_again.get("nonce").is_none());
    let access_again = claims(&refreshed["access_token"]);
    assert_eq!(access_again["sid"], access["sid"]);
    assert_ne!(access_again["jti"], access["jti"]);
}

#[tokio::test]
async fn of_fifty_copies_of_a_code_at_once_at_most_one_gets_tokens_and_they_are_revoked() {
    let login = std::sync::Arc::new(Login::new().await);
    let code = login.code().await;
    let nonce = login.desk.nonce().await;
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (login, code, nonce) = (login.clone(), code.clone(), nonce.clone());
        copies.spawn(async move {
            let proof = login.desk.proof(&Method::POST, "/connect/token", Some(&nonce), None);
            let sent = login.redemption_with(&code, proof.sign(&login.desk.proof_key));
            login.desk.answer(&sent).await
        });
    }
    let mut granted = Vec::new();
    for (status, answer) in copies.join_all().await {
        match status {
            StatusCode::OK => granted.push(answer),
            _ => assert_eq!(answer["error"], "invalid_grant", "{answer}"),
        }
    }
    assert!(granted.len() <= 1, "{}", granted.len());
    for answer in granted {
        let refresh = login.refresh(answer["refresh_token"].as_str().unwrap()).await;
        login.breaks("refresh.revoked", "invalid_grant", &refresh).await;
    }
}

impl Login {
    fn redemption_with(&self, code: &str, proof: String) -> Sent {
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

#[tokio::test]
async fn each_rule_of_a_code_is_broken_alone_and_what_is_refused_burns_no_code() {
    let login = Login::new().await;
    let code = login.code().await;
    let good = || async { login.redemption(&code).await };
    let but = async |name: &'static str, value: &str| {
        let sent = good().await;
        Sent { form: with(sent.form, name, value), ..sent }
    };
    login.breaks("code.present", "invalid_request", &but("code", "").await).await;
    login.breaks("code.known", "invalid_grant", &but("code", &code.replace('-', "0")).await).await;
    login
        .breaks("code.redirect_uri", "invalid_grant", &but("redirect_uri", "https://app.example/").await)
        .await;
    login.breaks("code.verifier", "invalid_grant", &but("code_verifier", "short").await).await;
    let other = VERIFIER.replace('1', "2");
    login.breaks("code.challenge", "invalid_grant", &but("code_verifier", &other).await).await;
    login.breaks("code.resource", "invalid_target", &but("resource", "nhn:elsewhere").await).await;
    // A request that is sent back for a nonce burns nothing either.
    let proof = login.desk.proof(&Method::POST, "/connect/token", None, None).sign(&login.desk.proof_key);
    let (_, answer) = login.desk.answer(&login.redemption_with(&code, proof)).await;
    assert_eq!(answer["error"], "use_dpop_nonce");
    let first = login.granted(&good().await).await;
    login.breaks("code.once", "invalid_grant", &good().await).await;
    let refresh = login.refresh(first["refresh_token"].as_str().unwrap()).await;
    login.breaks("refresh.revoked", "invalid_grant", &refresh).await;

    let late = login.code().await;
    login.desk.forward(60);
    login.breaks("code.expiry", "invalid_grant", &login.redemption(&late).await).await;
    login.desk.forward(3600);
    login.breaks("code.known", "invalid_grant", &login.redemption(&late).await).await;
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_that_was_pushed() {
    let login = Login::new().await;
    let thumbprint = new_key().public().thumbprint().to_string();
    let back = login.log_in(with(login.parameters(), "dpop_jkt", &thumbprint)).await;
    login.breaks("code.dpop_jkt", "invalid_dpop_proof", &login.redemption(back.code()).await).await;
    let own = login.desk.proof_key.public().thumbprint().to_string();
    let back = login.log_in(with(login.parameters(), "dpop_jkt", &own)).await;
    login.granted(&login.redemption(back.code()).await).await;
}

#[tokio::test]
async fn each_rule_of_a_refresh_is_broken_alone() {
    let login = Login::new().await;
    let code = login.code().await;
    let answer = login.granted(&login.redemption(&code).await).await;
    let token = answer["refresh_token"].as_str().unwrap().to_owned();
    let but = async |name: &'static str, value: &str| {
        let sent = login.refresh(&token).await;
        Sent { form: with(sent.form, name, value), ..sent }
    };
    login.breaks("refresh.present", "invalid_request", &but("refresh_token", "").await).await;
    login.breaks("refresh.known", "invalid_grant", &but("refresh_token", &format!("{token}0")).await).await;
    login.breaks("refresh.scope", "invalid_scope", &but("scope", OTHER).await).await;
    login.breaks("refresh.resource", "invalid_target", &but("resource", "nhn:elsewhere").await).await;
    // A secret that the family never had ends it, as a used one does.
    let guessed = format!("{}{}-1", &token[..16], "A".repeat(64));
    login.breaks("refresh.once", "invalid_grant", &but("refresh_token", &guessed).await).await;
    login.breaks("refresh.revoked", "invalid_grant", &login.refresh(&token).await).await;

    let code = login.code().await;
    let answer = login.granted(&login.redemption(&code).await).await;
    login.desk.forward(28_800);
    let late = login.refresh(answer["refresh_token"].as_str().unwrap()).await;
    login.breaks("refresh.expiry", "invalid_grant", &late).await;
}

#[tokio::test]
async fn a_refresh_token_is_good_until_its_successor_is_used() {
    let login = Login::new().await;
    let code = login.code().await;
    let first =
        login.granted(&login.redemption(&code).await).await["refresh_token"].as_str().unwrap().to_owned();
    let refreshed =
        async |token: &str| login.granted(&login.refresh(token).await).await["refresh_token"].clone();
    let second = refreshed(&first).await.as_str().unwrap().to_owned();
    // Its answer was lost.
    let sibling = refreshed(&first).await.as_str().unwrap().to_owned();
    let third = refreshed(&sibling).await.as_str().unwrap().to_owned();
    login.breaks("refresh.once", "invalid_grant", &login.refresh(&second).await).await;
    login.breaks("refresh.revoked", "invalid_grant", &login.refresh(&third).await).await;
}

#[tokio::test]
async fn a_reusable_refresh_token_stays_and_a_client_without_the_grant_has_none() {
    let login = Login::with(Config::in_memory(), |client| {
        client.login.refresh_token_usage = helseid_admin_api::RefreshTokenUsage::Reusable;
    })
    .await;
    let code = login.code().await;
    let token =
        login.granted(&login.redemption(&code).await).await["refresh_token"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        assert_eq!(login.granted(&login.refresh(&token).await).await["refresh_token"], *token);
    }
    let scopes = SCOPES.replace("offline_access ", "");
    let back = login.log_in(with(login.parameters(), "scope", &scopes)).await;
    let answer = login.granted(&login.redemption(back.code()).await).await;
    assert!(answer.get("refresh_token").is_none() && answer.get("rt_expires_in").is_none(), "{answer}");
}

#[tokio::test]
async fn tokens_are_for_one_api_of_those_that_were_asked_for() {
    let login = Login::new().await;
    let form = with(login.parameters(), "scope", &format!("{SCOPES} {OTHER}"));
    let back = login.log_in(form).await;
    let sent = login.redemption(back.code()).await;
    let sent = Sent { form: with(sent.form, "resource", "nhn:test-public-sample-api-1"), ..sent };
    let answer = login.granted(&sent).await;
    let access = claims(&answer["access_token"]);
    assert_eq!(access["aud"], "nhn:test-public-sample-api-1");
    let scopes = access["scope"].as_array().unwrap();
    assert!(
        scopes.contains(&json!(OTHER)) && !scopes.contains(&json!(READ)) && scopes.contains(&json!("openid"))
    );
    let sent = login.refresh(answer["refresh_token"].as_str().unwrap()).await;
    let sent = Sent { form: with(sent.form, "resource", "norsk-helsenett:python-sample-api"), ..sent };
    assert_eq!(
        claims(&login.granted(&sent).await["access_token"])["aud"],
        "norsk-helsenett:python-sample-api"
    );
}

#[tokio::test]
async fn a_request_uri_is_its_clients_and_good_for_one_answer_until_it_ends() {
    let login = Login::new().await;
    let name = login.pushed(login.parameters()).await;
    sent_back(&login.visit_named(&name).await);
    shows(login.visit_named(&name).await, "authorize.request_uri_once").await;
    shows(login.visit_named(&format!("{name}A")).await, "authorize.request_uri_known").await;
    shows(login.visit_named("https://app.example/request").await, "authorize.request_uri_foreign").await;
    let late = login.pushed(login.parameters()).await;
    login.desk.forward(300);
    shows(login.visit_named(&late).await, "authorize.request_uri_expiry").await;
}

/// A page that names the rule, and keeps the browser here.
async fn shows(answer: reqwest::Response, rule: &str) {
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{rule}");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let page = answer.text().await.unwrap();
    assert!(page.contains(rule), "{rule}: {page}");
}

#[tokio::test]
async fn what_is_pushed_is_judged_and_only_a_client_pushes() {
    let login = Login::new().await;
    for (name, value, rule) in [
        ("redirect_uri", "https://evil.example/", "authorize.redirect_uri_registered"),
        ("response_type", "token", "authorize.response_type"),
        ("code_challenge_method", "plain", "authorize.code_challenge_method"),
        ("scope", "openid nhn:other/scope", "authorize.scope_allowed"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:a", "par.request_uri"),
        ("client_id", "another", "par.client_id"),
    ] {
        let (status, answer) = login.push(with(login.parameters(), name, value)).await;
        let description = answer["error_description"].as_str().unwrap_or_default();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{name}");
        assert!(description.ends_with(&format!("(rule {rule})")), "{name}: {description}");
    }
    let stray = login.form("/connect/par", &login.parameters()).send().await.unwrap();
    assert_eq!(stray.status(), StatusCode::BAD_REQUEST);
    assert_eq!(read(stray).await["error"], "invalid_client");
    let get = login.browser.get(login.desk.url("/connect/par")).send().await.unwrap();
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn without_a_test_person_the_page_asks_and_a_session_signs_in_afterwards() {
    let login = Login::new().await;
    let asking = with(login.parameters(), "test_pid", "");
    let name = login.pushed(asking.clone()).await;
    let page = login.visit_named(&name).await;
    assert_eq!(page.status(), StatusCode::OK);
    let cookies: Vec<_> = page
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect();
    let html = page.text().await.unwrap();
    assert!(html.contains("person-doctor") && !html.contains("the state"), "{html}");
    let field = |name: &str| {
        let (_, rest) =
            html.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {html}"));
        rest.split('"').next().unwrap().to_owned()
    };
    let form = [
        ("visit", field("visit")),
        ("csrf", field("csrf")),
        ("state", field("state")),
        ("pid", "nurse".to_owned()),
    ];
    let pairs: Vec<_> = cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    let answer = login.form("/login", &form).header("cookie", pairs.join("; ")).send().await.unwrap();
    let session: Vec<_> =
        answer.headers().get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    let session = session
        .iter()
        .find(|cookie| cookie.contains("session"))
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let back = sent_back(&answer);
    let id = claims(&login.granted(&login.redemption(back.code()).await).await["id_token"]);
    assert_eq!(id["name"], "Livstrett Bever");

    // The next request is answered by the session, and one that asks for a new login is not.
    for (name, value, is_silent) in
        [("prompt", "none", true), ("prompt", "login", false), ("max_age", "0", false)]
    {
        let named = login.pushed(with(asking.clone(), name, value)).await;
        let query = [("client_id", "the-client"), ("request_uri", &*named)];
        let url = Url::parse_with_params(&login.desk.url("/connect/authorize"), query).unwrap();
        let visit = login.browser.get(url).header("host", login.host()).header("cookie", &session);
        let status = visit.send().await.unwrap().status();
        assert_eq!(status == StatusCode::SEE_OTHER, is_silent, "{name}={value}: {status}");
    }
    // Nobody is logged in here.
    let named = login.pushed(with(asking, "prompt", "none")).await;
    assert_eq!(sent_back(&login.visit_named(&named).await).get("error"), Some("login_required"));
}

#[tokio::test]
async fn a_client_without_par_brings_its_request_by_get_or_by_a_form() {
    let login = Login::with(Config::in_memory().profile(Profile::Legacy), |_| ()).await;
    let form = login.parameters();
    let query: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    sent_back(&login.visit(&query).await);
    let posted = login.form("/connect/authorize", &form).send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::SEE_OTHER);
    let location = posted.headers()["location"].to_str().unwrap().to_owned();
    assert!(
        location.contains("request_uri=") && !location.contains("state") && !location.contains(DOCTOR),
        "{location}"
    );
    let query = Url::parse(&location).unwrap().query().unwrap().to_owned();
    let url = format!("{}?{query}", login.desk.url("/connect/authorize"));
    let back = login.browser.get(url).header("host", login.host()).send().await.unwrap();
    assert_eq!(sent_back(&back).get("state"), Some("the state"));

    let login = Login::new().await;
    let query: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    shows(login.visit(&query).await, "authorize.par").await;
}

#[tokio::test]
async fn an_answer_comes_by_a_form_where_the_client_asks_for_it() {
    let login = Login::new().await;
    let name = login.pushed(with(login.parameters(), "response_mode", "form_post")).await;
    let page = login.visit_named(&name).await;
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action https://app.example"), "{policy}");
    let html = page.text().await.unwrap();
    for part in [
        &*format!("action=\"{CALLBACK}\""),
        "name=\"code\"",
        "name=\"state\" value=\"the state\"",
        "name=\"iss\"",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
}

#[tokio::test]
async fn a_login_is_one_story_in_the_trace_and_tells_of_nobody() {
    let login = Login::new().await;
    let code = login.code().await;
    let answer = login.granted(&login.redemption(&code).await).await;
    login.granted(&login.refresh(answer["refresh_token"].as_str().unwrap()).await).await;
    let (_, page) = login.desk.admin(Method::GET, "/trace", None).await;
    let entries = page["items"].as_array().unwrap();
    let id = entries[0]["login"].as_str().unwrap();
    let story: Vec<_> =
        entries.iter().filter(|entry| entry["login"] == id).map(|entry| &entry["endpoint"]).collect();
    assert_eq!(story, ["token", "token", "authorize", "par"]);
    for entry in entries {
        let path = format!("/trace/{}?details=true", entry["id"].as_str().unwrap());
        let (_, details) = login.desk.admin(Method::GET, &path, None).await;
        let text = details.to_string();
        for secret in
            [&*code, answer["refresh_token"].as_str().unwrap(), DOCTOR, VERIFIER, "the state", "the-nonce"]
        {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

/// The access token of a login of the doctor, and its refresh token.
async fn tokens(login: &Login) -> (String, String) {
    let code = login.code().await;
    let answer = login.granted(&login.redemption(&code).await).await;
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

#[tokio::test]
async fn userinfo_tells_of_the_person_until_the_login_is_revoked() {
    let login = Login::new().await;
    let (access, refresh) = tokens(&login).await;
    for method in [Method::GET, Method::POST] {
        let answer = login.desk.call(method, "/connect/userinfo", &access).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let info = read(answer).await;
        assert_eq!(
            (&info["name"], &info["helseid://claims/identity/pid"]),
            (&json!("Kvart Grevling"), &json!(DOCTOR))
        );
        assert_eq!(info["helseid://claims/hpr/hpr_details"]["approvals"][0]["profession"], "LE");
    }
    let bearer = login.browser.get(login.desk.url("/connect/userinfo")).header("host", login.host());
    let bearer = bearer.bearer_auth(&access).send().await.unwrap();
    assert_eq!(bearer.status(), StatusCode::OK, "HelseID's platform takes it");
    let without = login.browser.get(login.desk.url("/connect/userinfo")).header("host", login.host());
    let without = without.send().await.unwrap();
    assert_eq!(without.status(), StatusCode::UNAUTHORIZED);
    assert!(without.headers()["www-authenticate"].to_str().unwrap().contains("DPoP"));
    let machine = login.desk.token(READ).await;
    let refused = login.desk.call(Method::GET, "/connect/userinfo", &machine).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));

    revoke(&login, &refresh).await;
    let after = login.desk.call(Method::GET, "/connect/userinfo", &access).send().await.unwrap();
    assert_eq!(after.status(), StatusCode::UNAUTHORIZED);
    login.breaks("refresh.revoked", "invalid_grant", &login.refresh(&refresh).await).await;
}

async fn revoke(login: &Login, token: &str) {
    let sent = login.signed(vec![("token", token.to_owned())]);
    let answer = login.desk.post_to("/connect/revocation", &sent).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn revocation_is_quiet_about_unknown_tokens_and_takes_no_access_token() {
    let login = Login::new().await;
    let (access, _) = tokens(&login).await;
    revoke(&login, "unknown").await;
    let sent = login.signed(vec![("token", access)]);
    let answer = login.desk.post_to("/connect/revocation", &sent).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(read(answer).await["error"], "unsupported_token_type");
}

#[tokio::test]
async fn an_api_learns_whether_a_token_for_it_is_good_and_nothing_else() {
    let login = Login::with(Config::in_memory(), |client| {
        let own = vec![helseid_protocol::id::Audience::parse("norsk-helsenett:python-sample-api").unwrap()];
        client.own_audiences = own.try_into().unwrap();
    })
    .await;
    let ask = async |token: &str| {
        let sent = login.signed(vec![("token", token.to_owned())]);
        let answer = login.desk.post_to("/connect/introspect", &sent).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.text().await.unwrap()
    };
    let (access, refresh) = tokens(&login).await;
    let active: Value = serde_json::from_str(&ask(&access).await).unwrap();
    assert_eq!((&active["active"], &active["token_type"]), (&json!(true), &json!("DPoP")));
    let machine = login.desk.token(READ).await;
    assert!(ask(&machine).await.contains("\"active\":true"));
    let inactive = r#"{"active":false}"#;
    assert_eq!(ask("unknown").await, inactive);
    assert_eq!(ask(&refresh).await, inactive);
    assert_eq!(ask(&login.desk.token(OTHER).await).await, inactive, "it is for another API");
    revoke(&login, &refresh).await;
    assert_eq!(ask(&access).await, inactive);
    login.desk.forward(700);
    assert_eq!(ask(&machine).await, inactive);
    let stray = login.form("/connect/introspect", &[("token", access)]).send().await.unwrap();
    assert_eq!(stray.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn metadata_names_what_is_served_and_a_session_serves_no_login() {
    let login = Login::new().await;
    let metadata = login.desk.url("/.well-known/openid-configuration");
    let metadata = read(login.browser.get(metadata).send().await.unwrap()).await;
    assert_eq!(
        metadata["grant_types_supported"],
        json!(["client_credentials", "authorization_code", "refresh_token"])
    );
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["require_pushed_authorization_requests"], false);
    let members = [
        "authorization",
        "pushed_authorization_request",
        "userinfo",
        "revocation",
        "introspection",
        "token",
        "end_session",
    ];
    for member in members {
        let url = metadata[format!("{member}_endpoint")].as_str().unwrap_or_else(|| panic!("{member}"));
        let path = url.strip_prefix(login.desk.running.issuer().as_str()).unwrap();
        let answer =
            login.browser.get(login.desk.url(path)).header("host", login.host()).send().await.unwrap();
        assert_ne!(answer.status(), StatusCode::NOT_FOUND, "{member}");
    }
    let session = login.desk.running.open_conformance(Profile::Helseid).unwrap();
    let path = session.issuer.as_str().strip_prefix(login.desk.running.issuer().as_str()).unwrap();
    let url = login.desk.url(&format!("{path}/.well-known/openid-configuration"));
    let metadata = read(login.browser.get(url).send().await.unwrap()).await;
    assert_eq!(metadata["grant_types_supported"], json!(["client_credentials"]));
    assert!(metadata.get("authorization_endpoint").is_none());
    let par = login.desk.post_to(&format!("{path}/connect/par"), &login.signed(login.parameters()));
    assert_eq!(par.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

/// The page's answer to a login of the nurse, the tokens that follow, and the cookie of the session.
async fn by_page(login: &Login) -> (Value, String) {
    let name = login.pushed(with(login.parameters(), "test_pid", "")).await;
    let page = login.visit_named(&name).await;
    let cookies: Vec<_> = cookies(&page).iter().map(|cookie| first(cookie)).collect();
    let html = page.text().await.unwrap();
    let form = [
        ("visit", field(&html, "visit")),
        ("csrf", field(&html, "csrf")),
        ("state", field(&html, "state")),
        ("pid", "nurse".to_owned()),
    ];
    let answer = login.form("/login", &form).header("cookie", cookies.join("; ")).send().await.unwrap();
    let session = self::cookies(&answer).into_iter().find(|cookie| cookie.contains("session")).unwrap();
    let code = sent_back(&answer).code().to_owned();
    (login.granted(&login.redemption(&code).await).await, first(&session))
}

fn cookies(answer: &reqwest::Response) -> Vec<String> {
    answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

fn first(cookie: &str) -> String {
    cookie.split(';').next().unwrap().to_owned()
}

fn field(html: &str, name: &str) -> String {
    let (_, rest) =
        html.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {html}"));
    rest.split('"').next().unwrap().to_owned()
}

impl Login {
    async fn end(&self, query: &[(&str, &str)], cookie: &str) -> reqwest::Response {
        let url = Url::parse_with_params(&self.desk.url("/connect/endsession"), query).unwrap();
        self.browser.get(url).header("host", self.host()).header("cookie", cookie).send().await.unwrap()
    }
}

const SIGNED_OUT: &str = "https://app.example/signed-out";

async fn with_logout() -> Login {
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

#[tokio::test]
async fn a_hint_of_the_session_ends_it_with_all_that_follows_from_it() {
    let login = with_logout().await;
    let (tokens, cookie) = by_page(&login).await;
    let hint = tokens["id_token"].as_str().unwrap();
    login.desk.forward(3000);
    let query = [("id_token_hint", hint), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s &")];
    let answer = login.end(&query, &cookie).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], format!("{SIGNED_OUT}?state=s+%26"));
    assert!(cookies(&answer).iter().any(|cookie| cookie.contains("Max-Age=0")));
    let refresh = login.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    login.breaks("refresh.revoked", "invalid_grant", &refresh).await;
    let silent = login.pushed(with(with(login.parameters(), "test_pid", ""), "prompt", "none")).await;
    let url = Url::parse_with_params(
        &login.desk.url("/connect/authorize"),
        [("client_id", "the-client"), ("request_uri", &*silent)],
    )
    .unwrap();
    let visit =
        login.browser.get(url).header("host", login.host()).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(sent_back(&visit).get("error"), Some("login_required"));
}

#[tokio::test]
async fn without_the_sessions_hint_a_page_asks_and_only_its_own_yes_ends_the_session() {
    let login = with_logout().await;
    let (tokens, cookie) = by_page(&login).await;
    let (others, _) = by_page(&login).await;
    let hint = others["id_token"].as_str().unwrap();
    let good = [("id_token_hint", hint), ("post_logout_redirect_uri", SIGNED_OUT)];
    for query in [
        &good[..],
        &[("post_logout_redirect_uri", SIGNED_OUT)],
        &[("id_token_hint", "nonsense"), ("post_logout_redirect_uri", SIGNED_OUT)],
        &[("id_token_hint", hint), ("post_logout_redirect_uri", "https://evil.example/")],
    ] {
        let page = login.end(query, &cookie).await;
        assert_eq!(page.status(), StatusCode::OK);
        let html = page.text().await.unwrap();
        assert!(html.contains("confirm-logout") && !html.contains("eyJ") && !html.contains("evil"), "{html}");
        let answer = async |csrf: &str, logout: &str| {
            let form =
                [("csrf", csrf.to_owned()), ("state", field(&html, "state")), ("logout", logout.to_owned())];
            login.form("/connect/endsession", &form).header("cookie", &cookie).send().await.unwrap()
        };
        shows(answer("forged", "yes").await, "end_session.confirm").await;
        let csrf = field(&html, "csrf");
        assert!(answer(&csrf, "no").await.text().await.unwrap().contains("still-logged-in"));
        let refresh = login.refresh(tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(login.desk.answer(&refresh).await.0, StatusCode::OK, "nothing was ended");
    }
    // A form of another site comes without the cookie, and its browser comes back with it.
    let cross = login.form("/connect/endsession", &good.map(|(name, value)| (name, value.to_owned())));
    let cross = cross.send().await.unwrap();
    let location = cross.headers()["location"].to_str().unwrap();
    assert!(location.contains("?logout_request=") && !location.contains("eyJ"), "{location}");
    let query = Url::parse(location).unwrap().query().unwrap().to_owned();
    let url = format!("{}?{query}", login.desk.url("/connect/endsession"));
    let page =
        login.browser.get(url).header("host", login.host()).header("cookie", &cookie).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("confirm-logout"));

    let html = login.end(&good, &cookie).await.text().await.unwrap();
    let form =
        [("csrf", field(&html, "csrf")), ("state", field(&html, "state")), ("logout", "yes".to_owned())];
    let ended = login.form("/connect/endsession", &form).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(ended.headers()["location"], SIGNED_OUT);
    let refresh = login.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(login.desk.answer(&refresh).await.1["error"], "invalid_grant");
    // Nobody is logged in any more, and the hint still leads back.
    assert_eq!(login.end(&good, &cookie).await.headers()["location"], SIGNED_OUT);
}

#[tokio::test]
async fn of_copies_of_a_refresh_token_without_grace_one_passes_and_the_family_ends() {
    let login = Login::with(Config::in_memory(), |client| client.login.refresh_grace_seconds = Some(0)).await;
    let login = std::sync::Arc::new(login);
    let (_, token) = tokens(&login).await;
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (login, token) = (login.clone(), token.clone());
        copies.spawn(async move { login.desk.answer(&login.refresh(&token).await).await });
    }
    let mut granted = Vec::new();
    for (status, answer) in copies.join_all().await {
        match status {
            StatusCode::OK => granted.push(answer),
            _ => assert_eq!(answer["error"], "invalid_grant", "{answer}"),
        }
    }
    assert_eq!(granted.len(), 1);
    let successor = login.refresh(granted[0]["refresh_token"].as_str().unwrap()).await;
    login.breaks("refresh.revoked", "invalid_grant", &successor).await;
}

#[tokio::test]
async fn of_fifty_visits_with_one_request_uri_at_once_one_is_sent_back_with_a_code() {
    let login = std::sync::Arc::new(Login::new().await);
    let name = login.pushed(login.parameters()).await;
    let mut visits = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (login, name) = (login.clone(), name.clone());
        visits.spawn(async move { login.visit_named(&name).await.status() });
    }
    let statuses = visits.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count(), 1, "{statuses:?}");
}

#[tokio::test]
async fn the_organisation_is_switched_for_one_token_by_a_refresh() {
    let login = Login::with(Config::in_memory(), |client| {
        client.tenancy = helseid_protocol::claims::ClientTenancy::SingleTenant;
        let number = |text| helseid_protocol::details::OrganisationNumber::parse(text).unwrap();
        client.org_parent = Some(number("999977774"));
        client.org_children = vec![number("999977776")].try_into().unwrap();
    })
    .await;
    let (_, token) = tokens(&login).await;
    let child = |answer: &Value| {
        claims(&answer["access_token"])["helseid://claims/client/claims/orgnr_child"].clone()
    };
    let organisation = helseid_protocol::details::Organisation::Child(
        helseid_protocol::details::OrganisationNumber::parse("999977776").unwrap(),
    );
    let details =
        helseid_protocol::details::Details::new().for_organisation(organisation).to_claim().unwrap();
    let assertion = login.desk.assertion().claim("assertion_details", details).sign(&login.desk.key);
    let switched = login.granted(&Sent { assertion, ..login.refresh(&token).await }).await;
    assert_eq!(child(&switched), "999977776");
    let next = login.granted(&login.refresh(switched["refresh_token"].as_str().unwrap()).await).await;
    assert_eq!(child(&next), Value::Null);
}

/// A token that names a real login, made by the double of NHN's test token service; and tokens where another kind is wanted.
#[tokio::test]
async fn neither_a_test_token_nor_a_token_of_another_kind_opens_an_endpoint() {
    let login = Login::with(Config::in_memory(), |client| {
        let own = vec![helseid_protocol::id::Audience::parse("norsk-helsenett:python-sample-api").unwrap()];
        client.own_audiences = own.try_into().unwrap();
    })
    .await;
    let (tokens, cookie) = by_page(&login).await;
    let [access, id] = ["access_token", "id_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
    let real = claims(&tokens["access_token"]);
    let same: Vec<_> = ["sub", "sid", "jti", "client_id", "scope", "auth_time"]
        .map(|name| json!({ "type": name, "value": real[name] }))
        .into();
    let key = login.desk.access_key("test-tokens").await;
    let minted = login.browser.post(login.desk.url("/v2/create-test-token-with-key"));
    let body = json!({ "audience": "norsk-helsenett:python-sample-api", "apiSpecificClaims": same });
    let minted = minted.header("host", login.host()).header("x-auth-key", key).body(body.to_string());
    let minted = read(minted.send().await.unwrap()).await;
    let forged =
        minted["successResponse"]["accessTokenJwt"].as_str().unwrap_or_else(|| panic!("{minted}")).to_owned();
    assert_eq!(claims(&json!(forged))["jti"], real["jti"]);
    let info = async |token: &str| {
        let ask = login.browser.get(login.desk.url("/connect/userinfo")).header("host", login.host());
        ask.bearer_auth(token).send().await.unwrap().status()
    };
    let active = async |token: &str| {
        let sent = login.signed(vec![("token", token.to_owned())]);
        let answer = login.desk.post_to("/connect/introspect", &sent).send().await.unwrap();
        answer.text().await.unwrap().contains("\"active\":true")
    };
    assert!(info(&access).await == StatusCode::OK && active(&access).await);
    for token in [&forged, &id] {
        assert_eq!(info(token).await, StatusCode::UNAUTHORIZED);
        assert!(!active(token).await);
    }
    // Neither is a hint: the page asks, and leads nowhere.
    for hint in [&forged, &access] {
        let page = login.end(&[("id_token_hint", hint)], &cookie).await;
        assert!(page.text().await.unwrap().contains("confirm-logout"));
    }
    assert_eq!(info(&access).await, StatusCode::OK);
}

#[tokio::test]
async fn another_client_gets_nothing_by_a_code_or_a_refresh_token_and_burns_neither() {
    let login = Login::new().await;
    let jwk = Value::Object(login.desk.key.public().members().clone());
    let mut other = ClientRegistration::new("another", ScopeSet::parse(READ).unwrap(), vec![jwk]);
    other.client_id = Some(helseid_protocol::id::ClientId::parse("another-client").unwrap());
    other.grant_types = [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect();
    other.login = serde_json::from_value(json!({ "redirect_uris": [CALLBACK] })).unwrap();
    login.desk.running.register(other).await.unwrap();
    let by_other = |sent: Sent| {
        let assertion = login.desk.assertion().claim("iss", "another-client").claim("sub", "another-client");
        Sent { assertion: assertion.sign(&login.desk.key), ..sent }
    };
    let code = login.code().await;
    login.breaks("code.client", "invalid_grant", &by_other(login.redemption(&code).await)).await;
    let answer = login.granted(&login.redemption(&code).await).await;
    let token = answer["refresh_token"].as_str().unwrap();
    login.breaks("refresh.client", "invalid_grant", &by_other(login.refresh(token).await)).await;
    let sent = by_other(login.signed(vec![("token", token.to_owned())]));
    assert_eq!(
        login.desk.post_to("/connect/revocation", &sent).send().await.unwrap().status(),
        StatusCode::OK
    );
    login.granted(&login.refresh(token).await).await;
}

#[tokio::test]
async fn a_code_is_worth_nothing_after_its_session_and_a_bound_login_stays_bound() {
    let login = with_logout().await;
    let (tokens, cookie) = by_page(&login).await;
    let name = login.pushed(with(login.parameters(), "test_pid", "")).await;
    let query = [("client_id", "the-client"), ("request_uri", &*name)];
    let url = Url::parse_with_params(&login.desk.url("/connect/authorize"), query).unwrap();
    let silent =
        login.browser.get(url).header("host", login.host()).header("cookie", &cookie).send().await.unwrap();
    let code = sent_back(&silent).code().to_owned();
    login.end(&[("id_token_hint", tokens["id_token"].as_str().unwrap())], &cookie).await;
    login.breaks("code.session", "invalid_grant", &login.redemption(&code).await).await;

    let login = Login::with(Config::in_memory().profile(Profile::Legacy), |_| ()).await;
    let code = login.code().await;
    let bound =
        login.granted(&login.redemption(&code).await).await["refresh_token"].as_str().unwrap().to_owned();
    let without = Sent { proof: None, ..login.refresh(&bound).await };
    login.breaks("refresh.dpop", "invalid_request", &without).await;
    login.granted(&login.refresh(&bound).await).await;
}
