//! A visit is that of one browser, one form and one hour.

use std::sync::Arc;

use ::http::header::COOKIE;
use ::http::{HeaderMap, HeaderValue};
use helseid_protocol::jose::base64url;
use helseid_protocol::random::SystemRandom;
use helseid_protocol::time::Timestamp;

use super::cookies::VisitCookie;
use super::seal::Sealed;
use super::*;
use crate::login::Reflected;
use crate::login::tests::{Browser, ISSUER, NOW, Room, demand, handle, site, site_of};
use crate::web::form::Fields;
use crate::web::language::Language;

fn form(fields: &FormFields) -> Fields {
    Fields::of(vec![
        ("visit", fields.visit.clone()),
        ("csrf", fields.csrf.clone()),
        ("state", fields.state.clone()),
    ])
}

fn begin(room: &Room, browser: &mut Browser, request: &str) -> FormFields {
    let begun = room.login.interactions.begin(&demand(), &handle(request), &browser.headers()).unwrap();
    browser.keep(&begun.cookies);
    begun.fields
}

fn open(room: &Room, browser: &Browser, fields: &FormFields) -> Result<Interaction, NotThisVisit> {
    room.login.interactions.open(&browser.headers(), &form(fields))
}

fn request_of(room: &Room, browser: &Browser, fields: &FormFields) -> String {
    open(room, browser, fields).unwrap().handle.as_str().to_owned()
}

#[tokio::test]
async fn a_form_brings_back_what_was_demanded_and_nobody_else_can_read_it() {
    let room = Room::open().await;
    let mut demand = demand();
    demand.hint = Some(Reflected::of("15849197352"));
    demand.language = Some(Language::Norwegian);
    let browser = Browser::default();
    let begun = room.login.interactions.begin(&demand, &handle("the request"), &browser.headers()).unwrap();
    let mut browser = browser;
    browser.keep(&begun.cookies);
    let opened = open(&room, &browser, &begun.fields).unwrap();
    assert_eq!((opened.demand, opened.handle), (demand, handle("the request")));
    let sealed = base64url::decode(&begun.fields.state).unwrap();
    let shows = |text: &[u8]| sealed.windows(text.len()).any(|part| part == text);
    assert!(!shows(b"the request") && !shows(b"15849197352") && !shows(b"Journal"));
    let secret = browser.0.values().next().unwrap().split_once('.').unwrap().1;
    assert!(!form_text(&begun.fields).contains(secret), "the form has what follows from the secret alone");
    let shown = format!("{:?}", open(&room, &browser, &begun.fields).unwrap());
    for hidden in [&begun.fields.csrf, &begun.fields.state, "the request", "15849197352"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert_eq!(base64url::decode(secret).unwrap().len(), 16);
}

fn form_text(fields: &FormFields) -> String {
    serde_json::to_string(fields).unwrap()
}

#[tokio::test]
async fn each_part_of_a_visit_that_is_another_visits_is_refused() {
    type Break = fn(&mut Browser, &mut FormFields, &Browser, &FormFields);
    let broken: [(&str, Break, NotThisVisit); 10] = [
        ("no cookie", |browser, _, _, _| browser.0.clear(), NotThisVisit::NoCookie),
        ("another browser", |browser, _, other, _| *browser = other.clone(), NotThisVisit::NoCookie),
        (
            "the secret of another visit under this visit's name",
            |browser, _, other, _| {
                let value = other.0.values().next().unwrap().clone();
                browser.0.values_mut().for_each(|own| own.clone_from(&value));
            },
            NotThisVisit::OtherForm,
        ),
        (
            "a cookie that is none",
            |browser, _, _, _| browser.0.values_mut().for_each(|own| own.truncate(20)),
            NotThisVisit::NoCookie,
        ),
        ("another name", |_, form, _, other| form.visit.clone_from(&other.visit), NotThisVisit::NoCookie),
        ("no name", |_, form, _, _| form.visit.clear(), NotThisVisit::OtherForm),
        ("another token", |_, form, _, other| form.csrf.clone_from(&other.csrf), NotThisVisit::OtherForm),
        ("no token", |_, form, _, _| form.csrf.clear(), NotThisVisit::OtherForm),
        ("another state", |_, form, _, other| form.state.clone_from(&other.state), NotThisVisit::OtherForm),
        ("half a state", |_, form, _, _| form.state.truncate(form.state.len() / 2), NotThisVisit::OtherForm),
    ];
    let room = Room::open().await;
    for (what, break_it, expected) in broken {
        let (mut browser, mut other) = (Browser::default(), Browser::default());
        let mut fields = begin(&room, &mut browser, "one");
        let others = begin(&room, &mut other, "two");
        assert!(open(&room, &browser, &fields).is_ok());
        break_it(&mut browser, &mut fields, &other, &others);
        assert_eq!(open(&room, &browser, &fields).err(), Some(expected), "{what}");
    }
}

#[tokio::test]
async fn a_visit_lasts_an_hour_and_none_comes_from_the_future() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    let fields = begin(&room, &mut browser, "one");
    for (seconds, expected) in [
        (0, None),
        (3599, None),
        (3600, Some(NotThisVisit::Expired)),
        (1_000_000, Some(NotThisVisit::Expired)),
        (-10, None),
        (-11, Some(NotThisVisit::Expired)),
    ] {
        room.at(seconds);
        assert_eq!(open(&room, &browser, &fields).err(), expected, "{seconds}");
    }
}

#[tokio::test]
async fn another_issuer_and_another_secret_open_nothing() {
    let now = Timestamp::from_seconds(NOW);
    let visit = VisitCookie::new(&SystemRandom, now);
    let sealed = Sealed { begun: now, handle: handle("one"), demand: demand() };
    let state = sealed.seal(&site(ISSUER), &visit).unwrap();
    assert_eq!(Sealed::open(&site(ISSUER), &visit, &state), Some(sealed));
    assert_eq!(Sealed::open(&site("http://localhost:8481"), &visit, &state), None);
    let other_visit = VisitCookie::new(&SystemRandom, now);
    assert_eq!(Sealed::open(&site(ISSUER), &other_visit, &state), None);

    let mut room = Room::open().await;
    let mut browser = Browser::default();
    let fields = begin(&room, &mut browser, "one");
    room.login.interactions.site = Arc::new(site_of(ISSUER, [2; 32]));
    assert_eq!(open(&room, &browser, &fields).err(), Some(NotThisVisit::OtherForm));
}

#[tokio::test]
async fn tabs_do_not_disturb_each_other_and_strangers_nobody() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    let first = begin(&room, &mut browser, "first");
    let second = begin(&room, &mut browser, "second");
    for _ in 0..1_000 {
        begin(&room, &mut Browser::default(), "of a stranger, and never ended");
    }
    assert_eq!(request_of(&room, &browser, &second), "second");
    assert_eq!(request_of(&room, &browser, &first), "first");
    let ended = open(&room, &browser, &first).unwrap();
    browser.keep(&ended.forget);
    assert_eq!(open(&room, &browser, &first).err(), Some(NotThisVisit::NoCookie));
    assert_eq!(request_of(&room, &browser, &second), "second");
}

#[tokio::test]
async fn a_browser_keeps_the_newest_visits_and_little_of_each() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    let mut all = Vec::new();
    for number in 0..12 {
        room.at(number);
        all.push(begin(&room, &mut browser, &number.to_string()));
        let bytes: usize = browser.0.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(browser.0.len() <= 8 && bytes <= 4096, "{number}: {bytes}");
    }
    let kept: Vec<_> = all.iter().map(|fields| open(&room, &browser, fields).is_ok()).collect();
    assert_eq!(kept, [[false; 4].as_slice(), &[true; 8]].concat());
}

#[tokio::test]
async fn cookies_that_are_none_and_visits_that_are_over_make_room() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    begin(&room, &mut browser, "old");
    let name = browser.0.keys().next().unwrap().clone();
    let prefix = name.rsplit_once('_').map(|(prefix, _)| format!("{prefix}_")).unwrap();
    for number in 0..7 {
        browser.0.insert(format!("{prefix}tossed{number}"), "x".repeat(1_000));
    }
    browser.0.insert("of_an_app".to_owned(), "x".repeat(5_000));
    room.at(100);
    let live = begin(&room, &mut browser, "live");
    assert_eq!(browser.0.len(), 3, "the tossed ones went: {browser:?}");
    room.at(3_650);
    begin(&room, &mut browser, "new");
    assert!(!browser.0.contains_key(&name), "the old one went");
    assert_eq!(request_of(&room, &browser, &live), "live");
    assert!(browser.0.contains_key("of_an_app"));
}

#[tokio::test]
async fn each_visit_has_one_name_under_which_it_is_used_up() {
    let room = Room::open().await;
    let mut browser = Browser::default();
    let (one, other) = (begin(&room, &mut browser, "same"), begin(&room, &mut browser, "same"));
    let once = |fields| open(&room, &browser, fields).unwrap().once;
    assert_eq!(once(&one).id, once(&one).id);
    assert_ne!(once(&one).id, once(&other).id);
    assert_eq!(once(&one).end.seconds(), NOW + 3610, "as long as the form is good, and clocks may differ");
}

proptest::proptest! {
    #[test]
    fn whatever_strangers_send_opens_nothing_and_only_our_own_cookies_are_removed(
        cookie in "\\PC{0,60}", name in "[A-Za-z0-9_-]{0,14}", value in "[ -~]{0,60}", field in "\\PC{0,30}"
    ) {
        let site = site(ISSUER);
        let prefix = format!("{}_", site.cookie("visit").name);
        let sent = format!("{prefix}{name}={value}; {cookie}");
        let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_bytes(sent.as_bytes()).unwrap())]);
        let interactions = Interactions {
            site: Arc::new(site),
            tolerance: std::time::Duration::ZERO,
            clock: Arc::new(|| Timestamp::from_seconds(NOW)),
            random: Arc::new(SystemRandom),
        };
        let form = FormFields { visit: name, csrf: field.clone(), state: field };
        proptest::prop_assert!(interactions.open(&headers, &self::form(&form)).is_err());
        let begun = interactions.begin(&demand(), &handle("one"), &headers).unwrap();
        proptest::prop_assert!(begun.cookies.len() <= 3);
        for cookie in &begun.cookies {
            proptest::prop_assert!(cookie.to_str().unwrap().starts_with(&prefix), "{:?}", cookie);
        }
    }
}
