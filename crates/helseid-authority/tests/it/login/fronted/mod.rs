//! A session that stands in front of an API: what it hands on, and what its API demands.

mod demands;
mod handed_on;
mod kept_out;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode as Status};
use helseid_admin_api::{NewConformance, SessionApi, SessionDemands};
use helseid_protocol::rule::Profile;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::judged::{Judged, form};
use super::world::*;

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
