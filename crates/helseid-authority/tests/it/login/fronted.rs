//! A session that stands in front of an API: what it hands on, and what its API demands.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode as Status};
use helseid_admin_api::{NewConformance, RuleState, SessionApi, SessionDemands, ShownCredentials};
use helseid_authority::Config;
use helseid_protocol::rule::Profile;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::judged::{Judged, form};
use super::world::*;
use crate::desk::READ;

/// A person who is no health personnel.
const WITHOUT_HPR: &str = "05898597468";

const SCOPES_WITH_HPR: &str = "openid profile helseid://scopes/identity/pid helseid://scopes/hpr/hpr_number \
     norsk-helsenett:python-sample-api/read";

/// A call as an API saw it.
#[derive(Debug, Clone)]
struct SeenCall {
    method: String,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// An API that knows nothing of the authority, and remembers what came.
#[derive(Clone, Default)]
struct ForeignApi {
    calls: Arc<Mutex<Vec<SeenCall>>>,
    /// What it answers with besides.
    headers: Vec<(&'static str, String)>,
    status: Option<Status>,
}

impl ForeignApi {
    /// Its base address.
    async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    fn calls(&self) -> Vec<SeenCall> {
        self.calls.lock().unwrap().clone()
    }
}

async fn answer(State(api): State<ForeignApi>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let told = format!("{} {}", parts.method, parts.uri);
    let call = SeenCall {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts.headers,
        body,
    };
    api.calls.lock().unwrap().push(call);
    let mut response = Response::new(Body::from(told));
    *response.status_mut() = api.status.unwrap_or(Status::OK);
    for (name, value) in &api.headers {
        response.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
    }
    response
}

impl<'a> Judged<'a> {
    /// A session whose API is this.
    async fn with_api(login: &'a Login, api: SessionApi) -> Self {
        let asked = NewConformance { profile: Some(Profile::Helseid), api };
        let session = login.desk.running.open_conformance_as(asked).await.unwrap();
        Self { login, session }
    }

    async fn in_front_of(login: &'a Login, base: &str) -> Self {
        Self::with_api(login, SessionApi { upstream: Some(base.to_owned()), ..SessionApi::default() }).await
    }

    async fn demanding(login: &'a Login, requires: SessionDemands) -> Self {
        Self::with_api(login, SessionApi { requires, ..SessionApi::default() }).await
    }

    /// A good call of the session's API.
    fn good(&self, method: Method, path: &str, token: &str, nonce: Option<&str>) -> RequestBuilder {
        let desk = &self.login.desk;
        let path = self.path(path);
        let htu = path.split('?').next().unwrap();
        let proof = desk.proof(&method, htu, nonce, Some(token)).sign(&desk.proof_key);
        let request = self.login.browser.request(method, desk.url(&path)).header("host", self.login.host());
        request.header("authorization", format!("DPoP {token}")).header("dpop", proof)
    }

    /// The status of a good call, what it was asked for, and the text.
    async fn told(&self, call: RequestBuilder) -> (StatusCode, String, String) {
        let answer = call.send().await.unwrap();
        let status = answer.status();
        let asked = answer.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        (status, asked.unwrap_or_default(), answer.text().await.unwrap())
    }

    /// A token of a person who logged in with these parameters besides, and details in the assertion.
    async fn person(&self, more: &[(&'static str, &str)], details: Option<Value>) -> String {
        let parameters =
            more.iter().fold(self.login.parameters(), |all, (name, value)| with(all, name, value));
        let code = self.code(parameters).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let (status, answer) = self.token_with(form(fields), details).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }
}

/// Sessions whose API demands everything, of which a call met nothing: their ids.
pub(crate) async fn broken_demands(login: &Login) -> Vec<String> {
    let requires = SessionDemands {
        person: true,
        security_level: Some("4".parse().unwrap()),
        hpr_number: true,
        attestation_minutes: Some(1),
        organisation: true,
        nonce: false,
    };
    let mut sessions = Vec::new();
    for who in ["machine", "level 3", "attested"] {
        let judged = Judged::demanding(login, requires).await;
        let token = match who {
            "machine" => judged.machine().await,
            "level 3" => {
                judged.person(&[("test_security_level", "3"), ("test_pid", WITHOUT_HPR)], None).await
            }
            _ => judged.person(&[], Some(super::attested::attestation("d", true))).await,
        };
        login.desk.forward(100);
        let (status, ..) = judged.told(judged.good(Method::GET, "/api/a", &token, None)).await;
        assert_ne!(status, StatusCode::OK, "{who}");
        sessions.push(judged.session.session.clone());
    }
    sessions
}

#[tokio::test]
async fn a_good_call_is_handed_on_as_it_came_and_its_answer_comes_back() {
    let login = Login::new().await;
    let headers = vec![
        ("x-own", "yes".to_owned()),
        ("set-cookie", "a=b".to_owned()),
        ("connection", "x-hop".to_owned()),
        ("x-hop", "1".to_owned()),
        ("dpop-nonce", "of-the-api".to_owned()),
    ];
    let api = ForeignApi { headers, status: Some(Status::CREATED), ..ForeignApi::default() };
    let base = format!("{}/fhir", api.serve().await);
    let judged = Judged::in_front_of(&login, &base).await;
    let token = judged.machine().await;
    let call = judged.good(Method::POST, "/api/Patient/7?name=bl%C3%A5", &token, None);
    let call = call.header("cookie", "session=1").header("x-forwarded-host", "evil.example");
    let answer = call.header("x-mine", "1").body("hello").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let headers = answer.headers().clone();
    assert_eq!(
        (headers["x-own"].as_bytes(), headers["dpop-nonce"].as_bytes()),
        (&b"yes"[..], &b"of-the-api"[..])
    );
    assert!(!headers.contains_key("set-cookie") && !headers.contains_key("x-hop"), "{headers:?}");
    assert_eq!(answer.text().await.unwrap(), "POST /fhir/Patient/7?name=bl%C3%A5");

    let seen = api.calls();
    let [seen] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(
        (&*seen.method, &*seen.path, &*seen.body),
        ("POST", "/fhir/Patient/7?name=bl%C3%A5", &b"hello"[..])
    );
    assert_eq!(seen.headers["authorization"], format!("DPoP {token}"));
    assert!(seen.headers.contains_key("dpop") && seen.headers["x-mine"] == "1");
    assert_eq!(seen.headers["content-length"], "5");
    assert!(!seen.headers.contains_key("cookie"));
    assert_eq!(seen.headers["x-forwarded-host"], login.host());
    assert_eq!(seen.headers["x-forwarded-prefix"], judged.path("/api"));
    assert!(base.contains(seen.headers["host"].to_str().unwrap()));

    let one = judged.at("api");
    assert!(one.requests == 1 && one.granted == 1 && one.broken.is_empty(), "{one:?}");
    assert!(judged.report().to_string().contains(&format!(" for {base}\n")));
}

#[tokio::test]
async fn an_api_that_knows_no_dpop_gets_the_token_as_bearer_without_the_proof() {
    let login = Login::new().await;
    let headers = vec![("dpop-nonce", "of-the-api".to_owned())];
    let api = ForeignApi { headers, ..ForeignApi::default() };
    let credentials = ShownCredentials::AsBearer;
    let upstream = Some(api.serve().await);
    let judged =
        Judged::with_api(&login, SessionApi { upstream, credentials, ..SessionApi::default() }).await;
    let token = judged.machine().await;
    let answer = judged.good(Method::GET, "/api", &token, None).send().await.unwrap();
    assert!(answer.status() == StatusCode::OK && !answer.headers().contains_key("dpop-nonce"));
    let seen = &api.calls()[0];
    assert_eq!(seen.headers["authorization"], format!("Bearer {token}"));
    assert!(!seen.headers.contains_key("dpop") && seen.path == "/");
}

#[tokio::test]
async fn a_call_that_breaks_a_rule_never_reaches_the_api() {
    let login = Login::new().await;
    let api = ForeignApi::default();
    let base = api.serve().await;
    for rule in ["dpop.iat", "dpop.htm", "dpop.htu", "dpop.ath", "dpop.jti_once", "token.exp", "api.proof"] {
        let judged = Judged::in_front_of(&login, &base).await;
        let token = judged.machine().await;
        let (desk, path) = (&login.desk, judged.path("/api/a"));
        let proof = desk.proof(&Method::GET, &path, None, Some(&token));
        let proof = match rule {
            "dpop.iat" => proof.claim("iat", 1),
            "dpop.htm" => proof.claim("htm", "POST"),
            // That of the API itself.
            "dpop.htu" => proof.claim("htu", format!("{base}/a")),
            "dpop.ath" => proof.claim("ath", "x"),
            _ => proof,
        };
        let before = api.calls().len();
        let send = async |with_proof: bool| {
            let call = login.browser.get(desk.url(&path)).header("host", login.host());
            let call = call.header("authorization", format!("DPoP {token}"));
            let call = if with_proof { call.header("dpop", proof.sign(&desk.proof_key)) } else { call };
            judged.told(call).await
        };
        if rule == "dpop.jti_once" {
            assert_eq!(send(true).await.0, StatusCode::OK);
        }
        if rule == "token.exp" {
            desk.forward(611);
        }
        let proof_of_now = desk.proof(&Method::GET, &path, None, Some(&token)).sign(&desk.proof_key);
        let (status, asked, text) = match rule {
            "token.exp" => {
                let call = login.browser.get(desk.url(&path)).header("host", login.host());
                let call = call.header("authorization", format!("DPoP {token}"));
                judged.told(call.header("dpop", proof_of_now)).await
            }
            _ => send(rule != "api.proof").await,
        };
        assert!(status == StatusCode::UNAUTHORIZED && asked.starts_with("DPoP"), "{rule}: {status} {text}");
        let let_in = usize::from(rule == "dpop.jti_once");
        assert_eq!(api.calls().len(), before + let_in, "{rule}");
        judged.is(RuleState::Broken, rule, "api");
        assert_eq!(judged.at("api").granted, let_in, "{rule}");
    }
    // Nor does one without credentials.
    let judged = Judged::in_front_of(&login, &base).await;
    let before = api.calls().len();
    let bare = login.browser.get(login.desk.url(&judged.path("/api/a"))).header("host", login.host());
    assert_eq!(judged.told(bare).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(api.calls().len(), before);
}

#[tokio::test]
async fn no_call_leaves_the_base_and_no_redirect_is_followed() {
    let login = Login::new().await;
    let elsewhere = ForeignApi::default();
    let secret = elsewhere.serve().await;
    let headers = vec![("location", format!("{secret}/taken"))];
    let api = ForeignApi { headers, status: Some(Status::TEMPORARY_REDIRECT), ..ForeignApi::default() };
    let base = format!("{}/fhir", api.serve().await);
    let judged = Judged::in_front_of(&login, &base).await;
    let token = judged.machine().await;
    let redirected = judged.good(Method::GET, "/api/a", &token, None).send().await.unwrap();
    assert_eq!(redirected.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(redirected.headers()["location"], format!("{secret}/taken"));
    assert!(elsewhere.calls().is_empty());
    assert_eq!(api.calls().len(), 1);
    for path in ["/api/a%2f..%2fadmin", "/api//a", "/api/..;/admin", "/api/%252e%252e/admin"] {
        let (status, _, text) = judged.told(judged.good(Method::GET, path, &token, None)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {text}");
        assert_eq!(api.calls().len(), 1, "{path}");
    }
    let (status, _, _) = judged.told(judged.good(Method::TRACE, "/api/a", &token, None)).await;
    assert_eq!((status, api.calls().len()), (StatusCode::NOT_IMPLEMENTED, 1));
}

#[tokio::test]
async fn an_address_of_the_api_in_its_answer_is_that_of_the_session() {
    let login = Login::new().await;
    let headers = vec![("location", "/fhir/Patient/8".to_owned())];
    let api = ForeignApi { headers, status: Some(Status::CREATED), ..ForeignApi::default() };
    let judged = Judged::in_front_of(&login, &format!("{}/fhir", api.serve().await)).await;
    let token = judged.machine().await;
    let made = judged.good(Method::POST, "/api/Patient", &token, None).send().await.unwrap();
    assert_eq!(made.headers()["location"], judged.session.issuer.at("/api/Patient/8"));
}

#[tokio::test]
async fn an_api_that_is_away_is_told_of_and_a_body_that_is_too_long_is_refused() {
    let login = Login::new().await;
    // Nobody listens there any more.
    let away = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let judged = Judged::in_front_of(&login, &format!("http://{away}")).await;
    let token = judged.machine().await;
    let (status, _, text) = judged.told(judged.good(Method::GET, "/api/a", &token, None)).await;
    assert!(status == StatusCode::BAD_GATEWAY && text.contains("temporarily_unavailable"), "{text}");
    // The caller did nothing wrong.
    assert!(judged.at("api").granted == 1 && judged.report().is_kept());

    let api = ForeignApi::default();
    let judged = Judged::in_front_of(&login, &api.serve().await).await;
    let token = judged.machine().await;
    let long = judged.good(Method::PUT, "/api/a", &token, None).body(vec![b'x'; 2 * 1024 * 1024]);
    assert_eq!(judged.told(long).await.0, StatusCode::OK);
    assert_eq!(api.calls()[0].body.len(), 2 * 1024 * 1024);
    let too_long = judged.good(Method::PUT, "/api/a", &token, None).body(vec![b'x'; 64 * 1024 * 1024 + 1]);
    let (status, _, text) = judged.told(too_long).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{text}");
}

#[test]
fn no_number_of_a_person_in_an_address_is_logged_or_reported() {
    let name = "login::fronted::no_number_of_a_person_in_an_address_is_logged_or_reported";
    crate::log::alone(name, tracing::Level::INFO, call_for_a_patient);
}

async fn call_for_a_patient(log: crate::log::Log) {
    const PATH: &str = "/api/Patient/13899525781?pid=13899525781";
    let login = Login::new().await;
    let away = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let judged = Judged::in_front_of(&login, &format!("http://{away}")).await;
    let token = judged.machine().await;
    let tried = 130;
    for _ in 0..tried {
        let (status, ..) = judged.told(judged.good(Method::GET, PATH, &token, None)).await;
        assert_eq!(status, StatusCode::BAD_GATEWAY);
    }
    let lines = log.text().lines().filter(|line| line.contains("did not answer")).count();
    assert!((1..tried).contains(&lines), "{lines} of {tried}");
    let (desk, own) = (&login.desk, judged.session.issuer.at("/api"));
    // The budget of the log has filled up again.
    desk.forward(10);
    for htu in [
        "https://other.example/Patient/13899525781".to_owned(),
        format!("{own}/13899525781"),
        format!("{own}/Patient/13899525781?pid=13899525781"),
        "no address: 13899525781".to_owned(),
    ] {
        let proof = desk.proof(&Method::GET, "/", None, Some(&token)).claim("htu", htu);
        let call = login.browser.get(desk.url(&judged.path(PATH))).header("host", login.host());
        let call = call.header("authorization", format!("DPoP {token}"));
        judged.told(call.header("dpop", proof.sign(&desk.proof_key))).await;
        let report = judged.report();
        let told = format!("{report} {}", serde_json::to_string(&report).unwrap());
        assert!(told.contains("dpop.htu") && !told.contains("13899525781"), "{told}");
    }
    let log = log.text();
    assert!(log.contains("dpop.htu") && !log.contains("13899525781"), "{log}");
}

#[tokio::test]
async fn what_only_the_sender_of_a_call_could_get_past_a_session_is_refused() {
    let login = Login::new().await;
    let headers = vec![("location", "/connect/token".to_owned())];
    let api = ForeignApi { headers, status: Some(Status::TEMPORARY_REDIRECT), ..ForeignApi::default() };
    let server = api.serve().await;
    let judged = Judged::in_front_of(&login, &format!("{server}/fhir")).await;
    let token = judged.machine().await;
    // With a slash at the end, it is the API as well; and what leaves its base leads to no route of the authority's.
    let call = judged.good(Method::GET, "/api/", &token, None);
    let call = call.header("X_HelseID_Pid", "13899525781").header("x-helseid-claims", "e30");
    let answer = call.header("x-http-method-override", "DELETE").send().await.unwrap();
    assert_eq!(answer.headers()["location"], format!("{server}/connect/token"));
    let seen = &api.calls()[0];
    assert_eq!(seen.path, "/fhir/");
    let names = ["x_helseid_pid", "x-helseid-claims", "x-http-method-override"];
    assert!(names.iter().all(|name| !seen.headers.contains_key(*name)), "{:?}", seen.headers);
    let named = judged.good(Method::GET, "/api/a", &token, None).header("connection", "close, Authorization");
    let (status, _, text) = judged.told(named).await;
    assert_eq!((status, api.calls().len()), (StatusCode::BAD_REQUEST, 1), "{text}");
    // Each is told what it is.
    for (path, why) in [
        ("/api/a%2fb", "of its path"),
        ("/api/%41", "it is not normalised"),
        (&*format!("/api/a?{}", "x".repeat(8 * 1024)), "bytes"),
    ] {
        let (status, _, text) = judged.told(judged.good(Method::GET, path, &token, None)).await;
        assert!(status == StatusCode::BAD_REQUEST && text.contains(why), "{path}: {text}");
        assert!(!text.contains(&server), "{text}");
    }
}

#[tokio::test]
async fn a_session_whose_api_is_registered_no_more_takes_no_call() {
    let login = Login::new().await;
    let own = "norsk-helsenett:python-sample-api";
    let audience = Some(own.parse().unwrap());
    let judged = Judged::with_api(&login, SessionApi { audience, ..SessionApi::default() }).await;
    let token = judged.machine().await;
    let (status, told) = login.desk.admin(Method::DELETE, &format!("/apis/{own}"), None).await;
    assert!(status.is_success(), "{told}");
    let (status, _, text) = judged.told(judged.good(Method::GET, "/api", &token, None)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{text}");
}

#[tokio::test]
async fn a_session_in_front_of_itself_ends_the_call() {
    let login = Login::new().await;
    let api = ForeignApi::default();
    let judged = Judged::in_front_of(&login, &api.serve().await).await;
    let token = judged.machine().await;
    let call = judged.good(Method::GET, "/api/a", &token, None).header("via", "1.1 helseid-conformance");
    let (status, _, _) = judged.told(call).await;
    assert_eq!((status, api.calls().len()), (StatusCode::LOOP_DETECTED, 0));
}

#[tokio::test]
async fn what_the_sessions_api_demands_is_told_by_its_rule_and_its_challenge() {
    let organised = |client: &mut helseid_admin_api::ClientRegistration| {
        client.org_parent = Some("994598759".parse().unwrap());
        client.tenancy = helseid_protocol::claims::ClientTenancy::SingleTenant;
    };
    let (bare, named) = (Login::new().await, Login::with(Config::in_memory(), organised).await);
    let none = SessionDemands::default();
    let (level4, old) = (Some("4".parse().unwrap()), Some(1));
    let attested = || Some(super::attested::attestation("d", true));
    type Breach<'a> = (&'a str, SessionDemands, &'a str);
    let breaches: [Breach<'_>; 6] = [
        ("api.person", SessionDemands { person: true, ..none }, "insufficient_user_authentication"),
        ("api.security_level", SessionDemands { security_level: level4, ..none }, "acr_values=\"Level4\""),
        ("api.hpr_number", SessionDemands { hpr_number: true, ..none }, "insufficient_scope"),
        ("api.attestation", SessionDemands { attestation_minutes: old, ..none }, "insufficient_scope"),
        (
            "api.attestation_age",
            SessionDemands { attestation_minutes: old, ..none },
            "attestation_has_expired",
        ),
        ("api.organisation", SessionDemands { organisation: true, ..none }, "insufficient_scope"),
    ];
    for (rule, requires, asked) in breaches {
        // First a caller who has what is demanded.
        let judged = Judged::demanding(&named, requires).await;
        let token = judged.person(&[("scope", SCOPES_WITH_HPR)], attested()).await;
        let (status, _, text) = judged.told(judged.good(Method::GET, "/api/a", &token, None)).await;
        assert_eq!(status, StatusCode::OK, "{rule}: {text}");
        let kept = judged.at("api").kept;
        assert!(judged.report().is_kept() && kept.iter().any(|kept| kept == rule), "{rule}: {kept:?}");

        let judged = Judged::demanding(&bare, requires).await;
        let token = match rule {
            "api.person" => judged.machine().await,
            "api.security_level" => judged.person(&[("test_security_level", "3")], None).await,
            "api.attestation_age" => judged.person(&[], attested()).await,
            "api.hpr_number" => judged.person(&[("test_pid", WITHOUT_HPR)], None).await,
            _ => judged.person(&[], None).await,
        };
        bare.desk.forward(100);
        let (status, told, text) = judged.told(judged.good(Method::GET, "/api/a", &token, None)).await;
        assert!(told.contains(asked), "{rule}: {status} {told} {text}");
        judged.is(RuleState::Broken, rule, "api");
    }
}

#[tokio::test]
async fn one_call_tells_every_demand_that_it_does_not_meet() {
    let login = Login::new().await;
    let level = Some("4".parse().unwrap());
    let requires = SessionDemands { security_level: level, organisation: true, ..SessionDemands::default() };
    let judged = Judged::demanding(&login, requires).await;
    let token = judged.person(&[("test_security_level", "3")], None).await;
    let (status, ..) = judged.told(judged.good(Method::GET, "/api/a", &token, None)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(judged.at("api").broken, ["api.security_level", "api.organisation"]);
}

#[tokio::test]
async fn an_api_with_nonces_gives_one_and_takes_no_other() {
    let login = Login::new().await;
    let requires = SessionDemands { nonce: true, ..SessionDemands::default() };
    let judged = Judged::demanding(&login, requires).await;
    let token = judged.machine().await;
    let first = judged.good(Method::GET, "/api/a", &token, None).send().await.unwrap();
    assert_eq!(first.status(), StatusCode::UNAUTHORIZED);
    assert!(first.headers()["www-authenticate"].to_str().unwrap().contains("use_dpop_nonce"));
    let nonce = first.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    assert_eq!(judged.at("api").broken, ["dpop.nonce"]);
    // That of the token endpoint is none of the API's.
    let path = judged.path("/connect/token");
    let proof = login.desk.proof(&Method::POST, &path, None, None).sign(&login.desk.proof_key);
    let asked = form([("grant_type", "client_credentials"), ("scope", READ)]);
    let sent = crate::desk::Sent { proof: Some(proof), ..judged.signed(asked) };
    let others = login.desk.post_to(&path, &sent).send().await.unwrap();
    let others = others.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    let (status, ..) = judged.told(judged.good(Method::GET, "/api/a", &token, Some(&others))).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);

    let (status, ..) = judged.told(judged.good(Method::GET, "/api/a", &token, Some(&nonce))).await;
    assert_eq!(status, StatusCode::OK);
    let api = judged.at("api");
    assert!(api.broken.is_empty() && api.kept.iter().any(|rule| rule == "dpop.nonce"), "{api:?}");
    // An older one is good, and the answer has a new one.
    login.desk.forward(200);
    let token = judged.machine().await;
    let nonce = judged.good(Method::GET, "/api/a", &token, None).send().await.unwrap();
    let nonce = nonce.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    login.desk.forward(i64::try_from(helseid_protocol::dpop::NONCE_LIFETIME.as_secs()).unwrap() / 2);
    let answer = judged.good(Method::GET, "/api/a", &token, Some(&nonce)).send().await.unwrap();
    assert!(answer.status() == StatusCode::OK && answer.headers()["dpop-nonce"] != *nonce);
}

#[tokio::test]
async fn a_session_that_is_one_api_takes_no_token_for_another() {
    let login = Login::new().await;
    let audience = Some("norsk-helsenett:python-sample-api".parse().unwrap());
    let judged = Judged::with_api(&login, SessionApi { audience, ..SessionApi::default() }).await;
    let token = judged.machine().await;
    assert_eq!(judged.told(judged.good(Method::GET, "/api", &token, None)).await.0, StatusCode::OK);
    let (status, answer) = judged.token(form([("grant_type", "client_credentials"), ("scope", OTHER)])).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let other = answer["access_token"].as_str().unwrap();
    judged.told(judged.good(Method::GET, "/api", other, None)).await;
    judged.is(RuleState::Broken, "token.aud", "api");
}

#[tokio::test]
async fn a_session_is_opened_with_an_api_over_http_and_what_cannot_be_is_refused() {
    let login = Login::new().await;
    let asked = json!({ "api": {
        "upstream": "http://localhost:5000", "credentials": "as_bearer",
        "requires": { "person": true, "attestation_minutes": 30 },
    } });
    let (status, opened) = login.desk.admin(Method::POST, "/conformance", Some(&asked)).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
    assert_eq!(opened["api"]["upstream"], "http://localhost:5000");
    assert_eq!(opened["api"]["requires"]["attestation_minutes"], 30);
    let own = login.desk.running.issuer().as_str();
    for (wrong, why) in [
        (json!({ "upstream": "http://10.0.0.1" }), "it is http, and not on loopback"),
        (json!({ "upstream": format!("{own}/x") }), "it is the authority's own"),
        (json!({ "upstream": "https://user:secret@api.example" }), "user name or a password"),
        (json!({ "audience": "nhn:unknown" }), "there is no API nhn:unknown"),
        (json!({ "requires": { "attestation_minutes": 0 } }), "from 1 to 1440 minutes"),
    ] {
        let asked = json!({ "api": wrong });
        let (status, problem) = login.desk.admin(Method::POST, "/conformance", Some(&asked)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert!(problem.to_string().contains(why) && !problem.to_string().contains("secret"), "{problem}");
    }
}
