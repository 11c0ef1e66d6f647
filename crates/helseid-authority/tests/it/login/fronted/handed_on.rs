//! What is handed on to the API of a session, and what of its answer comes back.

use axum::http::StatusCode as Status;
use helseid_admin_api::{SessionApi, ShownCredentials};
use reqwest::{Method, StatusCode};

use super::ForeignApi;
use crate::login::judged::Judged;
use crate::login::world::Login;

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
    let name = "login::fronted::handed_on::no_number_of_a_person_in_an_address_is_logged_or_reported";
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
