//! What one address, one client and one access key may take.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use helseid_authority::Config;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::desk::{Desk, SELF_SERVICE};
use crate::{http, start_with};

const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

async fn dial(from: Ipv4Addr, to: std::net::SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHos").await.unwrap();
    stream
}

#[tokio::test]
async fn strangers_who_fill_all_places_leave_those_of_the_admin() {
    let config = Config::in_memory().max_connections(4).limit_loopback();
    let running = start_with(config.admin_listen([(Ipv4Addr::LOCALHOST, 0).into()])).await;
    let public = running.addresses()[0];
    let mut held = Vec::new();
    for from in [Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST, SECOND, SECOND] {
        held.push(dial(from, public).await);
    }
    // They are all taken: of a whole request nothing is heard, not even that it is refused.
    let mut further = dial(Ipv4Addr::new(127, 0, 0, 3), public).await;
    further.write_all(b"t: localhost\r\n\r\n").await.unwrap();
    let heard = tokio::time::timeout(Duration::from_millis(500), further.read(&mut [0; 16])).await;
    assert!(!matches!(heard, Ok(Ok(1..))), "{heard:?}");
    let admin = running.admin_address().unwrap().at("/admin/sign-in");
    let answer = http().get(admin).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

/// From another address than the desk's own.
fn from(address: Ipv4Addr, request: RequestBuilder) -> impl Future<Output = Response> {
    let client = reqwest::Client::builder().no_proxy().local_address(IpAddr::from(address)).build().unwrap();
    async move { client.execute(request.build().unwrap()).await.unwrap() }
}

async fn is_too_many(answer: Response) {
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!((&problem["status"], &problem["title"]), (&json!(429), &json!("too many requests")));
}

#[tokio::test]
async fn self_service_has_the_limits_of_the_token_endpoint_for_client_and_address() {
    let change = |registration: &mut helseid_admin_api::ClientRegistration| {
        registration.scopes = helseid_protocol::scope::ScopeSet::parse(SELF_SERVICE).unwrap();
    };
    let desk = Desk::with(Config::in_memory().requests_per_second(3), change).await;
    let token = desk.token(SELF_SERVICE).await;
    desk.forward(1);
    let call = || desk.call(Method::GET, "/v1/client", &token);
    for _ in 0..3 {
        assert_eq!(call().send().await.unwrap().status(), StatusCode::OK);
    }
    is_too_many(call().send().await.unwrap()).await;
    // The client's own count is full, wherever it calls from.
    is_too_many(from(SECOND, call()).await).await;
    desk.forward(1);
    assert_eq!(call().send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn test_tokens_and_drafts_have_them_for_each_access_key() {
    let desk = Desk::with(Config::in_memory().requests_per_second(2), |_| ()).await;
    for (purpose, path, header, good) in [
        ("test-tokens", "/v2/create-test-token-with-key", "x-auth-key", StatusCode::OK),
        ("client-drafts", "/v1/client-drafts", "api-key", StatusCode::BAD_REQUEST),
    ] {
        let key = desk.access_key(purpose).await;
        let host = desk.running.issuer().as_str().trim_start_matches("http://").to_owned();
        let ask = || {
            let post = http().post(desk.url(path)).header("host", &host).header(header, &key);
            post.body(json!({ "audience": "nhn:api" }).to_string())
        };
        desk.forward(1);
        for _ in 0..2 {
            assert_eq!(ask().send().await.unwrap().status(), good, "{purpose}");
        }
        is_too_many(ask().send().await.unwrap()).await;
        is_too_many(from(SECOND, ask()).await).await;
    }
}
