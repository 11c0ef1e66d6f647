//! Applications are told of logouts by logout tokens, and what they answer stands in the trace.

use helseid_authority::Config;
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::jose::{AlgorithmSet, JwkSet, PublicJwk, VerifyKey};
use helseid_protocol::logout::{Expectations, LogoutToken, PresentedLogoutToken, read_body};
use helseid_protocol::rule::Trail;
use helseid_protocol::time::TOLERANCE;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::world::*;
use crate::json as read;

/// An application's address for logout tokens.
pub(crate) struct Receiver {
    listener: TcpListener,
    pub(crate) address: String,
}

impl Receiver {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/out?own=1", listener.local_addr().unwrap());
        Self { listener, address }
    }

    async fn login(&self) -> Login {
        Login::with(Config::in_memory(), |client| {
            let settings = json!({ "redirect_uris": [CALLBACK], "backchannel_logout_uri": self.address });
            client.login = serde_json::from_value(settings).unwrap();
        })
        .await
    }

    /// The body of the next request, which is answered with this status.
    pub(crate) async fn receive(&self, status: &str) -> String {
        let (mut stream, _) = self.listener.accept().await.unwrap();
        let mut read = Vec::new();
        let body = loop {
            assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "the request is whole");
            let text = String::from_utf8(read.clone()).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let head = head.to_ascii_lowercase();
            assert!(head.starts_with("post /out?own=1 http/1.1\r\n"), "{head}");
            assert!(head.contains("\r\ncontent-type: application/x-www-form-urlencoded"), "{head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                break body.to_owned();
            }
        };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        body
    }
}

/// The token in a body, if it keeps every rule of a logout token for this client.
async fn token_in(login: &Login, body: &str) -> LogoutToken {
    let keys = login.browser.get(login.desk.url("/.well-known/openid-configuration/jwks"));
    let keys = JwkSet::read(&keys.send().await.unwrap().bytes().await.unwrap()).unwrap();
    let trail = &mut Trail::new();
    let form = Some("application/x-www-form-urlencoded");
    let text = read_body(form, body.as_bytes(), trail).unwrap();
    let (issuer, client_id): (&Issuer, ClientId) =
        (login.desk.running.issuer(), ClientId::parse("the-client").unwrap());
    let expectations = Expectations {
        issuer,
        client_id: &client_id,
        algorithms: AlgorithmSet::HELSEID,
        tolerance: TOLERANCE,
        now: login.desk.now(),
    };
    let presented = PresentedLogoutToken::read(&text, &expectations, trail).unwrap();
    let named =
        |key: &&PublicJwk| VerifyKey::new((*key).clone()).is_ok_and(|key| key.key_id() == presented.kid());
    let key = VerifyKey::new(keys.keys().iter().find(named).unwrap().clone()).unwrap();
    presented.check(Some(&key), &expectations, trail).unwrap()
}

/// What the trace says of the logouts that were sent, the newest first, once there are so many.
pub(crate) async fn answers(login: &Login, count: usize) -> Vec<Value> {
    loop {
        let (_, page) = login.desk.admin(Method::GET, "/trace", None).await;
        let sent = page["items"].as_array().unwrap().to_vec();
        let sent: Vec<_> =
            sent.into_iter().filter(|entry| entry["endpoint"] == "backchannel_logout").collect();
        if sent.len() == count {
            return sent;
        }
        assert!(sent.len() < count, "{sent:?}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_application_of_an_ended_session_is_sent_a_token_that_keeps_every_rule() {
    let receiver = Receiver::open().await;
    let login = receiver.login().await;
    let metadata = login.browser.get(login.desk.url("/.well-known/openid-configuration"));
    let metadata = read(metadata.send().await.unwrap()).await;
    for member in ["backchannel_logout_supported", "backchannel_logout_session_supported"] {
        assert_eq!(metadata[member], true, "{member}");
    }
    let (tokens, cookie) = by_page(&login).await;
    let id_token = claims(&tokens["id_token"]);
    let hint = [("id_token_hint", tokens["id_token"].as_str().unwrap())];
    let (answer, body) = tokio::join!(login.end(&hint, &cookie), receiver.receive("200 OK"));
    assert!(answer.status().is_success());
    let token = token_in(&login, &body).await;
    assert_eq!(token.session_id().unwrap().as_str(), id_token["sid"]);
    assert_eq!(token.subject().unwrap().as_str(), id_token["sub"]);
    let sent = answers(&login, 1).await;
    assert_eq!((&sent[0]["answer"], &sent[0]["outcome"]), (&json!("2xx"), &json!("granted")));
    assert_eq!(sent[0]["client_id"], "the-client");
    // It is the end of the login's story.
    let id = sent[0]["login"].as_str().unwrap();
    let (_, story) = login.desk.admin(Method::GET, &format!("/trace?login={id}"), None).await;
    let places: Vec<_> = story["items"].as_array().unwrap().iter().map(|entry| &entry["endpoint"]).collect();
    assert_eq!(places[..2], ["backchannel_logout", "end_session"]);
    assert_eq!(places.last().unwrap(), &"par");
    let path = format!("/trace/{}?details=true", sent[0]["id"].as_str().unwrap());
    let (_, details) = login.desk.admin(Method::GET, &path, None).await;
    let details = details.to_string();
    assert!(!details.contains("eyJ") && !details.contains(id_token["sub"].as_str().unwrap()), "{details}");
}

#[tokio::test]
async fn an_application_that_refuses_is_told_no_more_and_one_that_fails_once_more() {
    for (statuses, expected) in
        [(&["400 Bad Request"][..], "4xx"), (&["302 Found"], "3xx"), (&["500 Oh", "503 Oh"], "5xx")]
    {
        let receiver = Receiver::open().await;
        let login = receiver.login().await;
        // Without a page: the session is stored with its tokens.
        let code = login.code().await;
        let tokens = login.granted(&login.redemption(&code).await).await;
        let hint = [("id_token_hint", tokens["id_token"].as_str().unwrap())];
        login.end(&hint, "").await;
        let mut ids = Vec::new();
        for status in statuses {
            let body = receiver.receive(status).await;
            ids.push(token_in(&login, &body).await.jwt_id().as_str().to_owned());
        }
        ids.dedup();
        assert_eq!(ids.len(), statuses.len(), "each try has a token of its own");
        assert_eq!(answers(&login, 1).await[0]["answer"], expected);
    }
}

#[tokio::test]
async fn two_persons_of_one_browser_are_each_told_of_by_their_own_session() {
    let receiver = Receiver::open().await;
    let login = receiver.login().await;
    let (first, cookie) = by_page_as(&login, "doctor", "").await;
    let (second, cookie) = by_page_as(&login, "nurse", &cookie).await;
    let hint = [("id_token_hint", second["id_token"].as_str().unwrap())];
    let told = async { [receiver.receive("200 OK").await, receiver.receive("200 OK").await] };
    let (_, bodies) = tokio::join!(login.end(&hint, &cookie), told);
    for (body, tokens) in bodies.iter().zip([&first, &second]) {
        let (token, id_token) = (token_in(&login, body).await, claims(&tokens["id_token"]));
        assert_eq!(token.session_id().unwrap().as_str(), id_token["sid"]);
        assert_eq!(token.subject().unwrap().as_str(), id_token["sub"]);
    }
}

#[tokio::test]
async fn what_waits_is_sent_before_the_authority_has_stopped() {
    let receiver = Receiver::open().await;
    let login = receiver.login().await;
    let (tokens, cookie) = by_page(&login).await;
    let hint = [("id_token_hint", tokens["id_token"].as_str().unwrap())];
    login.end(&hint, &cookie).await;
    let running = login.desk.running;
    let (body, ()) = tokio::join!(receiver.receive("200 OK"), running.shut_down());
    assert!(body.starts_with("logout_token="), "{body}");
}
