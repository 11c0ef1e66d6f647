//! Calls that never reach the API of a session.

use axum::http::StatusCode as Status;
use helseid_admin_api::{RuleState, SessionApi};
use reqwest::{Method, StatusCode};

use super::ForeignApi;
use crate::login::judged::Judged;
use crate::login::world::Login;

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
