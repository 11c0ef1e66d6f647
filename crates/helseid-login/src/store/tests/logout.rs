//! Logouts by the issuer, which come without a cookie and at any time.

use tokio::task::JoinSet;

use super::*;

fn logout(of: LogoutOf, token: &str) -> Logout {
    Logout { of, remembered: at(7200), token: Some((names(token), at(180))) }
}

fn of_session(name: &str) -> LogoutOf {
    LogoutOf::Session(names(&format!("session {name}")))
}

fn of_person(name: &str, seconds: i64) -> LogoutOf {
    LogoutOf::Person(names(&format!("person {name}")), at(seconds))
}

async fn log_out(desk: &Desk, of: LogoutOf, token: &str) {
    assert_eq!(desk.other().log_out(&logout(of, token), NOW).await, Ok(FirstUse::Yes), "{token}");
}

pub(super) async fn a_logout_ends_a_session_at_all_keys(desk: &Desk) {
    desk.put("mine").await;
    desk.put("another").await;
    // Of a replica that has the older key alone.
    let old = NewRow {
        session: Some(old_names("session mine")),
        person: old_names("person mine"),
        ..row("mine too")
    };
    assert_eq!(desk.insert(&old).await, Inserted::Done);
    log_out(desk, of_session("mine"), "token of mine").await;
    assert!(!desk.lives("mine").await && !desk.lives("mine too").await && desk.lives("another").await);
    // Without a mark.
    desk.store().end(Ending::Session(&names("session another"))).await.unwrap();
    assert!(!desk.lives("another").await);
    desk.store().end(Ending::Session(&names("session of nobody"))).await.unwrap();
    desk.put("another").await;
}

pub(super) async fn a_logout_of_a_person_ends_what_began_before(desk: &Desk) {
    let of_one =
        |name: &str, seconds| NewRow { person: names("person one"), authenticated: at(seconds), ..row(name) };
    for (name, seconds) in [("before", -1), ("at once", 0), ("after", 1)] {
        assert_eq!(desk.insert(&of_one(name, seconds)).await, Inserted::Done);
    }
    log_out(desk, of_person("one", 0), "token of one").await;
    assert!(!desk.lives("before").await && !desk.lives("at once").await && desk.lives("after").await);
    // An earlier logout that comes late takes nothing back.
    log_out(desk, of_person("one", -60), "late token of one").await;
    assert_eq!(desk.insert(&of_one("before", -1)).await, Inserted::LoggedOut);
    assert_eq!(desk.insert(&of_one("at once", 0)).await, Inserted::LoggedOut);
    assert_eq!(desk.insert(&of_one("later", 1)).await, Inserted::Done);
}

pub(super) async fn a_login_that_a_logout_overtook_is_none(desk: &Desk) {
    let begun = desk.put("begun").await;
    log_out(desk, of_session("overtaken"), "token of overtaken").await;
    // With the first key or with the older one, and whenever the person authenticated.
    let later = NewRow { authenticated: at(HOUR), ..row("overtaken") };
    let old = NewRow { session: Some(old_names("session overtaken")), ..row("overtaken") };
    for row in [row("overtaken"), later, old] {
        let inserted = desk.store().insert(&row, Replaces::Any(&begun.id), at(7199)).await;
        assert_eq!(inserted, Ok(Inserted::LoggedOut));
    }
    assert!(!desk.lives("begun").await && !desk.lives("overtaken").await);
    // A logout without a token, which is remembered for less time, and takes no other's away.
    let short = |name| Logout { of: of_session(name), remembered: at(600), token: None };
    let ended = desk.put("of the front channel").await;
    for name in ["overtaken", "of the front channel", "of the front channel"] {
        assert_eq!(desk.store().log_out(&short(name), NOW).await, Ok(FirstUse::Yes));
    }
    assert!(!desk.lives("of the front channel").await);
    for (row, seconds, outcome) in [
        (&ended, 599, Inserted::LoggedOut),
        (&ended, 600, Inserted::Done),
        (&row("overtaken"), 7199, Inserted::LoggedOut),
    ] {
        assert_eq!(desk.other().insert(row, Replaces::Nothing, at(seconds)).await, Ok(outcome));
    }
    // A change of the id is a login in this.
    let live = desk.put("live").await;
    let continued = NewRow { id: id("continued"), ..row("overtaken") };
    let replaces = Replaces::Live(&live.id, Version::FIRST);
    assert_eq!(desk.store().insert(&continued, replaces, NOW).await, Ok(Inserted::LoggedOut));
    assert!(!desk.lives("continued").await);
    let after = desk.store().insert(&row("overtaken"), Replaces::Nothing, at(7200)).await;
    assert_eq!(after, Ok(Inserted::Done));
}

pub(super) async fn a_login_and_a_logout_do_not_pass_each_other(desk: &Desk) {
    for round in 0..30 {
        let name = format!("round {round}");
        let (one, two) = (desk.0[0].clone(), desk.0[1].clone());
        let (new, ended) = (row(&name), logout(of_person(&name, 0), &format!("token of {name}")));
        let mut both = JoinSet::new();
        both.spawn(async move { one.insert(&new, Replaces::Nothing, NOW).await.map(|_| ()).unwrap() });
        both.spawn(async move { two.log_out(&ended, NOW).await.map(|_| ()).unwrap() });
        both.join_all().await;
        assert!(!desk.lives(&name).await, "{name}");
    }
}

pub(super) async fn a_token_ends_sessions_once(desk: &Desk) {
    desk.put("twice").await;
    let mut racers = JoinSet::new();
    for n in 0..20 {
        let store = desk.0[n % 2].clone();
        racers.spawn(async move {
            let first = store.log_out(&logout(of_session("twice"), "token of twice"), NOW).await.unwrap();
            // Whoever is answered, and however: the session has ended.
            assert_eq!(store.find(&id("twice")).await.unwrap(), None);
            first
        });
    }
    let outcomes = racers.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == FirstUse::Yes).count(), 1);
}
