//! A session is that of one browser and one login, and ends when it should.

use std::sync::Arc;

use helseid_admin_api::{PersonLevel, TestProvider};
use helseid_protocol::id::ClientId;
use helseid_protocol::time::{TOLERANCE, Timestamp};

use super::data::{MAX_CLIENTS, MAX_REPLACED};
use super::*;
use crate::login::TestLogin;
use crate::login::tests::{Browser, ISSUER, NOW, Room, doctor, patient};
use crate::storage::registry::{Applied, Sqlite};
use crate::storage::sessions::{
    Data, Endings, Family, Liveness, NewFamily, SecretHash, Session, SessionId, SessionStore,
};

fn login(person: &helseid_admin_api::PersonEntry) -> NewLogin {
    let person = LoginPerson { number: person.person.number.clone(), hpr_number: None };
    NewLogin { person, level: PersonLevel::High, provider: TestProvider::TestIdp, lifetime: None }
}

async fn sign_in(room: &Room, browser: &mut Browser) -> LoginSession {
    let (session, cookie) = room.login.sessions.sign_in(login(&doctor()), &browser.headers()).await.unwrap();
    browser.keep(&cookie);
    session
}

async fn found(room: &Room, browser: &Browser) -> Option<SessionId> {
    let found = room.login.sessions.find(&browser.headers()).await.unwrap();
    found.map(|session| session.id().clone())
}

/// The row of a browser's session, as it is stored.
async fn stored(room: &Room, browser: &Browser) -> Session {
    let day = std::time::Duration::from_secs(86_400);
    let live = Liveness { now: Timestamp::from_seconds(NOW), idle: day, tolerance: day };
    let cookie = SecretHash::of(browser.session().unwrap());
    room.login.sessions.store.find_session(&cookie, live).await.unwrap().unwrap()
}

/// Whether the session of this id has not ended: whether it can still have refresh tokens.
async fn is_live(room: &Room, session: &SessionId, family: &str) -> bool {
    let family = Family {
        id: family.parse().unwrap(),
        session: Some(session.clone()),
        client: client(1),
        subject: "person".parse().unwrap(),
        data: Data::new(String::new()).unwrap(),
        expires: Timestamp::from_seconds(NOW + 1_000_000),
    };
    let family =
        NewFamily { family, token: SecretHash::of("token"), begins: None, granted_at: Endings::default() };
    room.login.sessions.store.create_family(&family, Timestamp::from_seconds(NOW)).await.unwrap()
        == Applied::Done
}

fn client(number: usize) -> ClientId {
    ClientId::parse(&format!("client-{number}")).unwrap()
}

#[tokio::test]
async fn a_session_is_found_by_its_cookie_and_says_who_logged_in_how_and_when() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    let session = sign_in(&room, &mut browser).await;
    room.at(100);
    let found = room.login.sessions.find(&browser.headers()).await.unwrap().unwrap();
    assert_eq!((found.id(), found.person()), (session.id(), session.person()));
    assert_eq!((found.level(), found.provider()), (PersonLevel::High, TestProvider::TestIdp));
    assert_eq!(found.authenticated().seconds(), NOW);
    assert_eq!(found.expires().seconds(), NOW + 8 * 3600);
    assert_eq!(found.subject().as_str(), doctor().person.subject().as_str());
    let shown = format!("{found:?}");
    assert!(!shown.contains(doctor().person.number.expose()), "{shown}");
    assert!(found.has_sid(session.id().as_str()) && !found.has_sid("another"));
    assert_eq!(self::found(&room, &Browser::default()).await, None);
}

#[tokio::test]
async fn a_browser_that_sends_two_cookies_or_another_name_has_no_session() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    sign_in(&room, &mut browser).await;
    let mut headers = browser.headers();
    let cookie = headers[::http::header::COOKIE].to_str().unwrap().to_owned();
    headers.append(::http::header::COOKIE, cookie.parse().unwrap());
    assert!(room.login.sessions.find(&headers).await.unwrap().is_none());
    headers.insert(::http::header::COOKIE, format!("__Host-{cookie}").parse().unwrap());
    assert!(room.login.sessions.find(&headers).await.unwrap().is_none());
}

#[tokio::test]
async fn a_login_gives_a_new_cookie_and_the_one_before_signs_in_nobody() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    let mut first = sign_in(&room, &mut browser).await;
    let noted = room.login.sessions.add_client(&mut first, &client(1), &browser.headers()).await.unwrap();
    assert_eq!(noted, Applied::Done);
    let before = browser.clone();
    let mut second = sign_in(&room, &mut browser).await;
    assert_ne!(first.id(), second.id());
    assert_ne!(before.session(), browser.session());
    assert_eq!(found(&room, &before).await, None);
    assert_eq!(found(&room, &browser).await.as_ref(), Some(second.id()));
    assert!(is_live(&room, first.id(), "family-1").await, "its refresh tokens live on");

    let noted = room.login.sessions.add_client(&mut second, &client(2), &browser.headers()).await.unwrap();
    assert_eq!(noted, Applied::Done);
    assert!(second.has_sid(first.id().as_str()));
    let (first_sid, second_sid) = (first.id().clone(), second.id().clone());
    // Both are the same person's.
    let subject = Some(second.subject().clone());
    let told = room.login.sessions.end(second).await.unwrap();
    let expected = [
        EndedLogin { client: client(1), sid: first_sid.clone(), subject: subject.clone() },
        EndedLogin { client: client(2), sid: second_sid.clone(), subject },
    ];
    assert_eq!(told, expected);
    assert_eq!(found(&room, &browser).await, None);
    assert!(!is_live(&room, &first_sid, "family-2").await && !is_live(&room, &second_sid, "family-3").await);
}

#[tokio::test]
async fn a_login_that_was_replaced_longest_ago_is_ended_when_there_are_too_many() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    let mut all = Vec::new();
    for _ in 0..MAX_REPLACED + 2 {
        all.push(sign_in(&room, &mut browser).await.id().clone());
    }
    assert!(!is_live(&room, &all[0], "family-0").await);
    for (number, id) in all.iter().enumerate().skip(1) {
        assert!(is_live(&room, id, &format!("family-{number}")).await, "{number}");
    }
    assert_eq!(found(&room, &browser).await.as_ref(), all.last());
}

fn change(row: &mut Session, from: &str, to: &str) {
    let changed = row.data.as_str().replace(from, to);
    assert_ne!(changed, row.data.as_str());
    row.data = Data::new(changed).unwrap();
}

#[tokio::test]
async fn who_can_write_to_the_database_gives_no_session_to_another_cookie() {
    type Break = fn(&mut Session);
    let broken: [(&str, Break); 9] = [
        ("nothing", |_| ()),
        ("the person", |row| change(row, "15849197352", "06828399789")),
        ("the level", |row| change(row, "\"level\":4", "\"level\":3")),
        ("the provider", |row| change(row, "testidp-oidc", "testidpnew-oidc")),
        ("the cookie", |row| row.cookie = SecretHash::of("mine")),
        ("the id", |row| row.id = "another".parse().unwrap()),
        ("the subject", |row| row.subject = "another".parse().unwrap()),
        ("the time of the login", |row| row.authenticated = Timestamp::from_seconds(NOW + 1)),
        ("the end", |row| row.expires = Timestamp::from_seconds(NOW + 10_000_000)),
    ];
    let room = Room::open().await;
    let mut browser = Browser::default();
    sign_in(&room, &mut browser).await;
    let row = stored(&room, &browser).await;
    for (what, break_it) in broken {
        let store = Arc::new(Sqlite::in_memory().await.unwrap());
        let mut written = row.clone();
        break_it(&mut written);
        assert_eq!(store.create_session(&written).await.unwrap(), Applied::Done);
        let copy = Room::over(store, ISSUER, TestLogin::On);
        let mut thief = browser.clone();
        if what == "the cookie" {
            thief.0.values_mut().for_each(|value| *value = "mine".to_owned());
        }
        assert_eq!(found(&copy, &thief).await.is_some(), what == "nothing", "{what}");
    }
    // The same row at an authority of another name, whose cookie has another name, too.
    let store = Arc::new(Sqlite::in_memory().await.unwrap());
    assert_eq!(store.create_session(&row).await.unwrap(), Applied::Done);
    let other = Room::over(store, "http://localhost:8481", TestLogin::On);
    let name = other.login.site.cookie("session").name;
    let thief = Browser([(name, browser.session().unwrap().to_owned())].into());
    assert_eq!(found(&other, &thief).await, None);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_old_or_last_used_in_the_future() {
    let tolerance = i64::try_from(TOLERANCE.as_secs()).unwrap();
    for (uses, lives) in [
        (&[3600][..], true),
        (&[3601], false),
        (&[3000, 6600], true),
        (&[3000, 6601], false),
        (&[3000, 6000, 9000, 12000, 15000, 18000, 21000, 24000, 27000, 28799], true),
        (&[3000, 6000, 9000, 12000, 15000, 18000, 21000, 24000, 27000, 28800], false),
        (&[-tolerance], true),
        (&[-tolerance - 1], false),
        (&[3000, 3000 - tolerance - 1], false),
    ] {
        let room = Room::open().await;
        let mut browser = Browser::default();
        sign_in(&room, &mut browser).await;
        let mut last = None;
        for seconds in uses {
            room.at(*seconds);
            last = found(&room, &browser).await;
        }
        assert_eq!(last.is_some(), lives, "{uses:?}");
    }
}

#[tokio::test]
async fn a_clients_own_lifetime_shortens_a_session_and_never_lengthens_it() {
    for (seconds, expected) in [(60, 60), (86_400, 8 * 3600)] {
        let room = Room::open().await;
        let lifetime = Some(std::time::Duration::from_secs(seconds));
        let login = NewLogin { lifetime, ..login(&doctor()) };
        let (session, cookie) =
            room.login.sessions.sign_in(login, &Browser::default().headers()).await.unwrap();
        assert_eq!(session.expires().seconds(), NOW + expected);
        assert!(cookie.unwrap().to_str().unwrap().contains(&format!("Max-Age={expected};")));
    }
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    sign_in(&room, &mut browser).await;
    for (seconds, noted) in [(59, 0), (60, 60), (119, 60), (120, 120)] {
        room.at(seconds);
        assert!(found(&room, &browser).await.is_some());
        assert_eq!(stored(&room, &browser).await.used.seconds(), NOW + noted, "{seconds}");
    }
}

#[tokio::test]
async fn a_login_without_the_page_has_a_session_that_no_browser_has() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    let own = sign_in(&room, &mut browser).await;
    let mut apart = room.login.sessions.sign_in_apart(login(&patient())).unwrap();
    assert_ne!((apart.id(), apart.subject()), (own.id(), own.subject()));
    assert_eq!(found(&room, &browser).await.as_ref(), Some(own.id()), "the browser's own stays");
    let headers = Browser::default().headers();
    assert_eq!(
        room.login.sessions.add_client(&mut apart, &client(1), &headers).await.unwrap(),
        Applied::Done
    );
    let id = apart.id().clone();
    assert!(own.unstored().is_none());
    assert!(!is_live(&room, &id, "family-1").await, "it is stored with its first tokens");
    // As it waits with its code.
    let begins = serde_json::to_string(apart.unstored().unwrap()).unwrap();
    let begins: Session = serde_json::from_str(&begins).unwrap();
    assert_eq!(room.login.sessions.store.create_session(&begins).await.unwrap(), Applied::Done);
    assert!(is_live(&room, &id, "family-2").await);
    assert_eq!(room.login.sessions.end_named(id.as_str()).await.unwrap().len(), 1, "its client is told");
    assert!(!is_live(&room, &id, "family-3").await);
}

#[tokio::test]
async fn two_requests_that_note_a_client_at_once_both_do_and_an_ended_session_takes_none() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    let mut one = sign_in(&room, &mut browser).await;
    let mut other = one.clone();
    let (sessions, headers) = (&room.login.sessions, browser.headers());
    for (is_other, number) in [(false, 1), (true, 2), (false, 3), (false, 3)] {
        let session = if is_other { &mut other } else { &mut one };
        let noted = sessions.add_client(session, &client(number), &headers).await.unwrap();
        assert_eq!(noted, Applied::Done, "{number}");
    }
    let told: Vec<_> = sessions.end(one).await.unwrap().into_iter().map(|told| told.client).collect();
    assert_eq!(told, [client(1), client(2), client(3)]);
    let noted = sessions.add_client(&mut other, &client(4), &headers).await.unwrap();
    assert_eq!(noted, Applied::Conflict);
}

#[tokio::test]
async fn the_clients_that_logged_in_last_are_told() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    let mut session = sign_in(&room, &mut browser).await;
    let long = |number: usize| ClientId::parse(&format!("{number:\u{30}>256}")).unwrap();
    for number in 0..MAX_CLIENTS + 3 {
        let noted =
            room.login.sessions.add_client(&mut session, &long(number), &browser.headers()).await.unwrap();
        assert_eq!(noted, Applied::Done, "{number}");
    }
    let told = room.login.sessions.end(session).await.unwrap();
    assert_eq!(told.len(), MAX_CLIENTS);
    assert_eq!((&told[0].client, &told[MAX_CLIENTS - 1].client), (&long(3), &long(MAX_CLIENTS + 2)));
}

#[tokio::test]
async fn a_question_about_logout_is_answered_by_the_browser_that_was_asked() {
    let room = Room::open().await;
    let (mut browser, mut other) = (Browser::default(), Browser::default());
    sign_in(&room, &mut browser).await;
    sign_in(&room, &mut other).await;
    let token = |browser: &Browser| room.login.sessions.logout_token(&browser.headers());
    let (own, others) = (token(&browser).unwrap(), token(&other).unwrap());
    assert!(own.is(token(&browser).unwrap().as_str()) && !own.is(others.as_str()));
    assert!(token(&Browser::default()).is_none());
    browser.keep(&room.login.sessions.forget_cookie());
    assert!(browser.session().is_none());
}
