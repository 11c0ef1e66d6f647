//! The key of a session is made when a token is used, and by no request that only asks who is logged in.

use super::*;
use crate::session::stored;
use crate::store::Replaces;

#[tokio::test]
async fn who_uses_no_token_makes_no_key_and_who_does_makes_it_once_for_all_clones() {
    let world = World::new();
    let begun = world.begin().await;
    let session = world.opened(&begun).await.unwrap();
    let _ =
        (session.claims(), session.level(), session.form_epoch(), session.hint(), session.refresh_token());
    let session = world.other().set_app_data(&session, &1).await.unwrap();
    assert_eq!(session.app_data(), Some(1));
    let health_personnel = world.other().health_personnel(&session).await.unwrap();
    assert!(health_personnel.is_some() && !session.record().key.is_made());
    let granted = world.other().token(&session, &Wanted::default()).await.unwrap();
    assert!(session.record().key.is_made());
    assert_eq!(granted.key.thumbprint(), begun.key().unwrap().thumbprint());
    let first = session.clone();
    assert!(std::ptr::eq(first.key().unwrap(), session.key().unwrap()));
}

/// Puts a session like this one whose key is made of other numbers in its place.
async fn with_a_bad_key(world: &World, session: &Session) -> Session {
    let text = session.record().key.to_text();
    let bad = base64url::encode(&[7; crate::flow::LoginKey::BYTES]);
    let written = String::from_utf8(stored::write(session.record()).to_vec()).unwrap();
    assert!(written.contains(&text) && bad.len() == text.len());
    let mut record = stored::read(written.replace(&text, &bad).as_bytes()).unwrap();
    let now = world.login.now();
    let row = world.sessions().row(session.cookie(), &mut record, now).unwrap();
    world.sessions().0.store.insert(&row, Replaces::Any(&row.id), now).await.unwrap();
    world.opened(session).await.unwrap()
}

#[tokio::test]
async fn a_record_with_a_bad_key_gives_no_token_and_sends_nothing() {
    let world = World::new();
    let session = world.begin().await;
    let bad = with_a_bad_key(&world, &session).await;
    let asked = world.authority.asked();
    assert!(matches!(bad.key(), Err(SessionError::Ended)));
    // The token that is there, one that must be refreshed, and one for another organisation.
    for forward in [0, 700] {
        world.clock.forward(Duration::from_secs(forward));
        let refused = world.sessions().token(&bad, &Wanted::default()).await;
        assert!(matches!(refused, Err(SessionError::Ended)), "{refused:?}");
    }
    let refused = world.sessions().set_organisation(&bad, clinic("999977777")).await;
    assert!(matches!(refused, Err(SessionError::Ended)), "{refused:?}");
    for _ in 0..4 {
        world.clock.forward(HOUR / 4);
        assert!(world.sessions().extend(&bad).await.unwrap().is_some());
    }
    let refused = world.sessions().health_personnel(&bad).await;
    assert!(matches!(refused, Err(SessionError::Ended)), "{refused:?}");
    assert_eq!(world.authority.asked(), asked);
}

#[cfg(feature = "web")]
#[tokio::test]
async fn a_request_of_a_person_makes_no_key() {
    use axum::Router;
    use axum::body::Body;
    use axum::http::{HeaderMap, Request, Response, StatusCode, header};
    use axum::routing::get;
    use tower::ServiceExt as _;

    fn cookies(headers: &HeaderMap) -> String {
        let set = headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
        set.map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
    }

    let world = World::new();
    let login = crate::Login::with_client(world.login.clone()).public_url("https://app.example");
    let route = async |user: crate::User| user.session().record().key.is_made().to_string();
    let routes = login.build().unwrap().around(Router::new().route("/", get(route)));
    let send = async |request: axum::http::request::Builder| -> Response<Body> {
        routes.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    let begun = send(Request::get("/login?return=/").header("sec-fetch-site", "same-origin")).await;
    let authorize = url::Url::parse(begun.headers()[header::LOCATION].to_str().unwrap()).unwrap();
    let callback = format!("/callback?{}", world.authority.visit(&authorize));
    let arrived = send(Request::get(callback).header(header::COOKIE, cookies(begun.headers()))).await;
    let answer = send(Request::get("/").header(header::COOKIE, cookies(arrived.headers()))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let body = axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
    assert_eq!(body, "false");
}
