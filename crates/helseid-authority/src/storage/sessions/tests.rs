//! What the store of sessions promises, whichever database it is.

#[cfg(feature = "service-tests")]
mod postgres;
mod trimmed;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;
use tokio::task::JoinSet;

use super::family::MAX_SUCCESSORS;
use super::*;
use crate::storage::registry::{Sqlite, StoreError};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
const HOUR: Duration = Duration::from_secs(3600);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW.seconds() + seconds)
}

fn hash(text: &str) -> SecretHash {
    SecretHash::of(text)
}

fn name<T: FromStr<Err: fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn session(id: &str) -> Session {
    Session {
        id: name(id),
        cookie: hash(&format!("cookie of {id}")),
        subject: name(&format!("person-of-{id}")),
        data: Data::new(format!("data of {id}, with ø")).unwrap(),
        authenticated: NOW,
        used: NOW,
        expires: at(8 * 3600),
        version: 1,
    }
}

fn family(id: &str, session: Option<&str>) -> NewFamily {
    NewFamily {
        family: Family {
            id: name(id),
            session: session.map(name),
            client: client(),
            subject: name("person"),
            data: Data::new(format!("data of {id}")).unwrap(),
            expires: at(8 * 3600),
        },
        token: hash("first"),
        begins: None,
        granted_at: Endings::default(),
    }
}

fn client() -> ClientId {
    ClientId::parse("a client").unwrap()
}

const NO_GRACE: Reuse = Reuse::Within(Duration::ZERO);
const GRACE: Reuse = Reuse::Within(Duration::from_secs(60));

/// One store, and how its tests call it.
struct Desk(Arc<dyn SessionStore>, Trims);

/// How much a store removes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trims {
    FiveHundred,
    Everything,
}

impl Desk {
    async fn create(&self, new: &NewFamily) -> Applied {
        self.0.create_family(new, NOW).await.unwrap()
    }

    /// Presents a token of a family, for which this successor is handed out.
    async fn present(
        &self,
        id: &str,
        token: &str,
        successor: &str,
        reuse: Reuse,
        now: Timestamp,
    ) -> Rotation {
        let (family, client, token) = (name(id), client(), hash(token));
        let presented = Presented { family: &family, token: &token, client: &client, reuse, now };
        let is_found = self.0.find_family(&presented).await.unwrap().is_some();
        let rotation = self.0.rotate(&presented, Some(&hash(successor))).await.unwrap();
        assert!(!is_found || !matches!(rotation, Rotation::Reused), "it was found, and then it is used");
        rotation
    }

    async fn is_accepted(&self, id: &str, token: &str, successor: &str) -> bool {
        matches!(self.present(id, token, successor, GRACE, NOW).await, Rotation::Accepted(_))
    }

    /// Whether the family is there, by its first token.
    async fn lives(&self, id: &str) -> bool {
        let (family, client, token) = (name(id), client(), hash("first"));
        let presented =
            Presented { family: &family, token: &token, client: &client, reuse: Reuse::Always, now: NOW };
        self.0.find_family(&presented).await.unwrap().is_some()
    }

    async fn end(&self, what: Ending<'_>) {
        self.0.end(what, NOW).await.unwrap();
    }
}

async fn keeps_its_promises(store: Arc<dyn SessionStore>) {
    keeps_its_promises_and(store, Trims::FiveHundred).await;
}

async fn keeps_its_promises_and(store: Arc<dyn SessionStore>, trims: Trims) {
    let desk = Desk(store, trims);
    sessions_come_and_go(&desk).await;
    a_session_is_updated_by_those_who_know_it(&desk).await;
    families_rotate(&desk).await;
    a_used_token_ends_its_family(&desk).await;
    reusable_tokens_stay(&desk).await;
    successors_are_bounded(&desk).await;
    what_is_not_there_or_of_another_client_is_refused(&desk).await;
    of_copies_without_grace_one_is_accepted(&desk).await;
    of_copies_within_the_grace_the_first_used_successor_counts(&desk).await;
    what_has_ended_is_never_created(&desk).await;
    no_family_outlives_its_session(&desk).await;
    a_session_that_was_trimmed_still_ends_its_families(&desk).await;
    a_session_begins_with_its_family_or_not_at_all(&desk).await;
    clients_and_persons_are_ended(&desk).await;
    a_client_and_a_person_of_one_name_are_ended_apart(&desk).await;
    nothing_that_was_granted_before_slips_through_an_ending(&desk).await;
    what_was_ended_is_known(&desk).await;
    what_has_expired_is_trimmed(&desk).await;
}

async fn sessions_come_and_go(desk: &Desk) {
    let live = |now| Liveness { now, idle: HOUR, tolerance: Duration::from_secs(10) };
    let find = async |cookie: &str, now| desk.0.find_session(&hash(cookie), live(now)).await.unwrap();
    let session = session("one");
    assert_eq!(desk.0.create_session(&session).await.unwrap(), Applied::Done);
    assert_eq!(desk.0.create_session(&session).await.unwrap(), Applied::Conflict);
    let same_cookie = Session { id: name("other"), ..session.clone() };
    assert_eq!(desk.0.create_session(&same_cookie).await.unwrap(), Applied::Conflict);

    assert_eq!(find("cookie of one", NOW).await.as_ref(), Some(&session));
    assert_eq!(find("cookie of two", NOW).await, None);
    for (seconds, lives) in [(3600, true), (3601, false), (-10, true), (-11, false)] {
        assert_eq!(find("cookie of one", at(seconds)).await.is_some(), lives, "{seconds}");
    }
    assert_eq!(desk.0.touch_session(&session.id, at(3600)).await.unwrap(), Applied::Done);
    assert_eq!(desk.0.touch_session(&session.id, at(1800)).await.unwrap(), Applied::Done);
    assert_eq!(find("cookie of one", at(7200)).await.map(|found| found.used), Some(at(3600)));
    assert_eq!(desk.0.touch_session(&session.id, at(8 * 3600 - 1)).await.unwrap(), Applied::Done);
    assert!(find("cookie of one", at(8 * 3600 - 1)).await.is_some());
    assert_eq!(find("cookie of one", at(8 * 3600)).await, None);

    desk.end(Ending::Session(&session.id)).await;
    assert_eq!(find("cookie of one", at(8 * 3600 - 1)).await, None);
    assert_eq!(desk.0.touch_session(&session.id, NOW).await.unwrap(), Applied::Conflict);
    assert_eq!(desk.0.create_session(&session).await.unwrap(), Applied::Conflict);
}

/// Each of many adds its letter; no letter is lost.
async fn a_session_is_updated_by_those_who_know_it(desk: &Desk) {
    let first = Session { data: Data::new(String::new()).unwrap(), ..session("updated") };
    assert_eq!(desk.0.create_session(&first).await.unwrap(), Applied::Done);
    let live = Liveness { now: NOW, idle: HOUR, tolerance: Duration::ZERO };
    let mut writers = JoinSet::new();
    for letter in "abcdefghij".chars() {
        let store = desk.0.clone();
        writers.spawn(async move {
            loop {
                let found = store.find_session(&hash("cookie of updated"), live).await.unwrap().unwrap();
                let data = Data::new(format!("{}{letter}", found.data.as_str())).unwrap();
                if store.update_session(&found.id, found.version, &data).await.unwrap() == Applied::Done {
                    return;
                }
            }
        });
    }
    writers.join_all().await;
    let found = desk.0.find_session(&first.cookie, live).await.unwrap().unwrap();
    let mut letters: Vec<_> = found.data.as_str().chars().collect();
    letters.sort_unstable();
    assert_eq!(letters.into_iter().collect::<String>(), "abcdefghij");
}

async fn families_rotate(desk: &Desk) {
    let new = family("rotates", None);
    assert_eq!(desk.create(&new).await, Applied::Done);
    assert_eq!(desk.create(&new).await, Applied::Conflict);
    let accepted = Rotation::Accepted(new.family.clone());
    assert_eq!(desk.present("rotates", "first", "second", NO_GRACE, NOW).await, accepted);
    assert_eq!(desk.present("rotates", "second", "third", NO_GRACE, at(1)).await, accepted);
    assert_eq!(desk.present("rotates", "third", "fourth", NO_GRACE, at(8 * 3600 - 1)).await, accepted);
    assert_eq!(desk.present("rotates", "fourth", "fifth", NO_GRACE, at(8 * 3600)).await, Rotation::Refused);
}

async fn a_used_token_ends_its_family(desk: &Desk) {
    type Steps = &'static [(&'static str, &'static str)];
    // What is accepted, and what then ends the family.
    let cases: [(&str, Steps, &str, Reuse, i64); 5] = [
        ("no-grace", &[("first", "a")], "first", NO_GRACE, 0),
        ("grace-is-over", &[("first", "a")], "first", GRACE, 61),
        ("after-successor", &[("first", "a"), ("a", "b")], "first", GRACE, 0),
        ("sibling", &[("first", "a"), ("first", "b"), ("b", "c")], "a", GRACE, 0),
        ("made-up", &[("first", "a")], "never handed out", GRACE, 0),
    ];
    for (id, steps, used, reuse, later) in cases {
        assert_eq!(desk.create(&family(id, None)).await, Applied::Done);
        for (token, successor) in steps {
            assert!(desk.is_accepted(id, token, successor).await, "{id}: {token}");
        }
        assert_eq!(desk.present(id, used, "x", reuse, at(later)).await, Rotation::Reused, "{id}");
        let (_, newest) = steps[steps.len() - 1];
        assert_eq!(desk.present(id, newest, "x", GRACE, NOW).await, Rotation::Refused, "{id}");
    }
    // Within the grace, a lost answer costs nothing.
    assert_eq!(desk.create(&family("lost", None)).await, Applied::Done);
    for (token, successor) in [("first", "a"), ("first", "b"), ("first", "c"), ("b", "d"), ("d", "e")] {
        assert!(desk.is_accepted("lost", token, successor).await, "{token}");
    }
}

async fn reusable_tokens_stay(desk: &Desk) {
    assert_eq!(desk.create(&family("reusable", None)).await, Applied::Done);
    let (id, client, token) = (name("reusable"), client(), hash("first"));
    for seconds in [0, 3600, 7200] {
        let presented =
            Presented { family: &id, token: &token, client: &client, reuse: Reuse::Always, now: at(seconds) };
        let rotation = desk.0.rotate(&presented, None).await.unwrap();
        assert!(matches!(rotation, Rotation::Accepted(_)), "{seconds}");
    }
}

async fn successors_are_bounded(desk: &Desk) {
    assert_eq!(desk.create(&family("bounded", None)).await, Applied::Done);
    for n in 0..MAX_SUCCESSORS {
        assert!(desk.is_accepted("bounded", "first", &n.to_string()).await, "{n}");
    }
    assert_eq!(desk.present("bounded", "first", "one more", GRACE, NOW).await, Rotation::TooMany);
    assert!(desk.is_accepted("bounded", "7", "next").await);
}

async fn what_is_not_there_or_of_another_client_is_refused(desk: &Desk) {
    assert_eq!(desk.present("nowhere", "first", "a", GRACE, NOW).await, Rotation::Refused);
    assert_eq!(desk.create(&family("mine", None)).await, Applied::Done);
    let (id, other) = (name("mine"), ClientId::parse("another client").unwrap());
    for token in ["first", "made up"] {
        let token = hash(token);
        let presented = Presented { family: &id, token: &token, client: &other, reuse: GRACE, now: NOW };
        assert_eq!(desk.0.find_family(&presented).await.unwrap(), None);
        assert_eq!(desk.0.rotate(&presented, None).await.unwrap(), Rotation::Refused);
    }
    assert!(desk.lives("mine").await, "a stranger ends nothing");
}

/// Presents one token many times at once; gives what became of each, by its successor.
async fn race(desk: &Desk, id: &'static str, reuse: Reuse) -> Vec<(u32, Rotation)> {
    let mut racers = JoinSet::new();
    for n in 0..30_u32 {
        let store = desk.0.clone();
        racers.spawn(async move {
            let (family, client, token) = (name(id), client(), hash("first"));
            let presented = Presented { family: &family, token: &token, client: &client, reuse, now: NOW };
            (n, store.rotate(&presented, Some(&hash(&n.to_string()))).await.unwrap())
        });
    }
    racers.join_all().await
}

async fn of_copies_without_grace_one_is_accepted(desk: &Desk) {
    assert_eq!(desk.create(&family("raced", None)).await, Applied::Done);
    let outcomes = race(desk, "raced", NO_GRACE).await;
    let count = |of: fn(&Rotation) -> bool| outcomes.iter().filter(|(_, rotation)| of(rotation)).count();
    assert_eq!(count(|rotation| matches!(rotation, Rotation::Accepted(_))), 1);
    assert_eq!(count(|rotation| *rotation == Rotation::Reused), 1);
    assert_eq!(count(|rotation| *rotation == Rotation::Refused), 28);
}

async fn of_copies_within_the_grace_the_first_used_successor_counts(desk: &Desk) {
    assert_eq!(desk.create(&family("graceful", None)).await, Applied::Done);
    let outcomes = race(desk, "graceful", GRACE).await;
    assert!(outcomes.iter().all(|(_, rotation)| matches!(rotation, Rotation::Accepted(_))));
    assert!(desk.is_accepted("graceful", "17", "next").await);
    assert!(desk.is_accepted("graceful", "next", "and next").await);
    assert_eq!(desk.present("graceful", "3", "x", GRACE, NOW).await, Rotation::Reused);
    assert_eq!(desk.present("graceful", "and next", "x", GRACE, NOW).await, Rotation::Refused);
}

async fn what_has_ended_is_never_created(desk: &Desk) {
    let id: FamilyId = name("ended-before");
    desk.end(Ending::Family(&id, at(60))).await;
    assert_eq!(desk.create(&family("ended-before", None)).await, Applied::Conflict);
    assert_eq!(desk.present("ended-before", "first", "a", GRACE, NOW).await, Rotation::Refused);

    for session in ["never-there", "one"] {
        assert_eq!(desk.create(&family("orphan", Some(session))).await, Applied::Conflict, "{session}");
    }
    assert_eq!(desk.create(&family("orphan", None)).await, Applied::Done);
    desk.end(Ending::Family(&name("orphan"), at(60))).await;
    assert!(!desk.lives("orphan").await);
}

/// Families are added to a session while it ends.
async fn no_family_outlives_its_session(desk: &Desk) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for round in 0..10 {
        let own = format!("ends-{round}");
        assert_eq!(desk.0.create_session(&session(&own)).await.unwrap(), Applied::Done);
        let mut racers = JoinSet::new();
        for n in 0..10 {
            let (store, own) = (desk.0.clone(), own.clone());
            racers.spawn(async move {
                if n == 5 {
                    store.end(Ending::Session(&name(&own)), NOW).await.unwrap();
                    return None;
                }
                let id = format!("joins-{}", NEXT.fetch_add(1, Ordering::SeqCst));
                let _ = store.create_family(&family(&id, Some(&own)), NOW).await.unwrap();
                Some(id)
            });
        }
        for id in racers.join_all().await.into_iter().flatten() {
            assert!(!desk.lives(&id).await, "{id}");
        }
    }
    assert_eq!(desk.0.create_session(&session("stays")).await.unwrap(), Applied::Done);
    assert_eq!(desk.create(&family("stays", Some("stays"))).await, Applied::Done);
    desk.end(Ending::Session(&name("ends-0"))).await;
    assert!(desk.lives("stays").await);
    desk.end(Ending::Session(&name("stays"))).await;
    assert!(!desk.lives("stays").await);
}

/// A family may live for longer than the row of its session.
async fn a_session_that_was_trimmed_still_ends_its_families(desk: &Desk) {
    let session = Session { expires: at(60), ..session("short") };
    assert_eq!(desk.0.create_session(&session).await.unwrap(), Applied::Done);
    let mut new = family("longer", Some("short"));
    new.family.expires = at(30 * 86_400);
    assert_eq!(desk.create(&new).await, Applied::Done);
    while desk.0.trim_sessions(at(61 + 86_400)).await.unwrap() {}
    assert_eq!(desk.0.look_up_session(&session.id).await.unwrap(), None);
    assert!(desk.lives("longer").await);
    desk.end(Ending::Session(&session.id)).await;
    assert!(!desk.lives("longer").await);
}

async fn a_session_begins_with_its_family_or_not_at_all(desk: &Desk) {
    let with = |id: &str, own: &str| NewFamily { begins: Some(session(own)), ..family(id, Some(own)) };
    let is_there = async |own: &str| desk.0.look_up_session(&name(own)).await.unwrap().is_some();
    assert_eq!(desk.create(&with("begins-1", "begins")).await, Applied::Done);
    assert!(desk.lives("begins-1").await && is_there("begins").await);
    assert_eq!(desk.create(&with("begins-2", "begins")).await, Applied::Conflict, "its id is taken");
    // A replay of the code was there before it.
    desk.end(Ending::Family(&name("begins-3"), at(60))).await;
    assert_eq!(desk.create(&with("begins-3", "never-begins")).await, Applied::Conflict);
    assert!(!is_there("never-begins").await);
    let over = Session { expires: NOW, ..session("over") };
    let over = NewFamily { begins: Some(over), ..family("begins-4", Some("over")) };
    assert_eq!(desk.create(&over).await, Applied::Conflict);
    assert!(!is_there("over").await);
    desk.end(Ending::Session(&name("begins"))).await;
    assert!(!desk.lives("begins-1").await);
}

async fn clients_and_persons_are_ended(desk: &Desk) {
    let of = |id: &str, client: &str, subject: &str, session: Option<&str>| {
        let new = family(id, session);
        let client = ClientId::parse(client).unwrap();
        NewFamily { family: Family { client, subject: name(subject), ..new.family }, ..new }
    };
    let own = Session { subject: name("nurse"), ..session("nurse") };
    assert_eq!(desk.0.create_session(&own).await.unwrap(), Applied::Done);
    for new in [
        of("1", "app", "doctor", None),
        of("2", "app", "nurse", Some("nurse")),
        of("3", "site", "nurse", None),
        of("4", "site", "doctor", None),
    ] {
        assert_eq!(desk.create(&new).await, Applied::Done);
    }
    let live = async || {
        let mut live = String::new();
        for (id, client) in [("1", "app"), ("2", "app"), ("3", "site"), ("4", "site")] {
            let (family, client, token) = (name(id), ClientId::parse(client).unwrap(), hash("first"));
            let presented =
                Presented { family: &family, token: &token, client: &client, reuse: GRACE, now: NOW };
            if desk.0.find_family(&presented).await.unwrap().is_some() {
                live += id;
            }
        }
        live
    };
    assert_eq!(live().await, "1234");
    desk.end(Ending::Client(&ClientId::parse("app").unwrap())).await;
    assert_eq!(live().await, "34");
    desk.end(Ending::Subject(&name("nurse"))).await;
    assert_eq!(live().await, "4");
    let liveness = Liveness { now: NOW, idle: HOUR, tolerance: Duration::ZERO };
    assert_eq!(desk.0.find_session(&own.cookie, liveness).await.unwrap(), None);
}

async fn a_client_and_a_person_of_one_name_are_ended_apart(desk: &Desk) {
    let (app, person): (_, Subject) = (ClientId::parse("one-name").unwrap(), name("one-name"));
    let (other_app, other_person) = (ClientId::parse("other-app").unwrap(), name("other-person"));
    let of_person = async || desk.0.endings(&other_app, &person).await.unwrap();
    let of_client = async || desk.0.endings(&app, &other_person).await.unwrap();
    desk.end(Ending::Client(&app)).await;
    assert_eq!(
        (of_client().await, of_person().await),
        (Endings { client: 1, subject: 0 }, Endings::default())
    );
    desk.end(Ending::Subject(&person)).await;
    let both = desk.0.endings(&app, &person).await.unwrap();
    assert_eq!(
        (of_client().await, of_person().await, both),
        (
            Endings { client: 1, subject: 0 },
            Endings { client: 0, subject: 1 },
            Endings { client: 1, subject: 1 },
        )
    );
}

/// Families that were granted before all of a person or a client is ended are added meanwhile, with sessions and without.
async fn nothing_that_was_granted_before_slips_through_an_ending(desk: &Desk) {
    for (round, of_client) in (0..20).map(|round| (round, round % 2 == 0)) {
        let (app, person) = (ClientId::parse(&format!("app-{round}")).unwrap(), format!("person-{round}"));
        let person: Subject = name(&person);
        let granted_at = desk.0.endings(&app, &person).await.unwrap();
        let new = |n: usize| {
            let own = format!("granted-{round}-{n}");
            let NewFamily { family, .. } = family(&own, Some(&own));
            let begins = Session { subject: person.clone(), ..session(&own) };
            let family = Family { client: app.clone(), subject: person.clone(), ..family };
            NewFamily { family, begins: Some(begins), granted_at, token: hash("first") }
        };
        let mut racers = JoinSet::new();
        for n in 0..10 {
            let (store, new, app, person) = (desk.0.clone(), new(n), app.clone(), person.clone());
            racers.spawn(async move {
                let ending = if of_client { Ending::Client(&app) } else { Ending::Subject(&person) };
                match n {
                    5 => store.end(ending, NOW).await.unwrap(),
                    _ => drop(store.create_family(&new, NOW).await.unwrap()),
                }
            });
        }
        racers.join_all().await;
        let lives = async |id: &FamilyId| {
            let known = desk.0.look_up_family(id).await.unwrap();
            known.is_some_and(|known| !known.has_ended)
        };
        for n in 0..10 {
            assert!(!lives(&new(n).family.id).await, "{round} {n}");
        }
        let late = new(20);
        assert_eq!(desk.create(&late).await, Applied::Conflict, "its code was out");
        assert!(desk.0.look_up_session(&late.begins.unwrap().id).await.unwrap().is_none());
        // Whoever logs in after it is let in, within the same second.
        let granted_at = desk.0.endings(&app, &person).await.unwrap();
        assert_eq!(desk.create(&NewFamily { granted_at, ..new(21) }).await, Applied::Done);
    }
}

async fn what_was_ended_is_known(desk: &Desk) {
    let ended = async |id: &str| desk.0.session_has_ended(&name(id)).await.unwrap();
    let look_up = async |id: &str| desk.0.look_up_family(&name(id)).await.unwrap();
    for (id, own) in [("known-1", "known"), ("known-2", "known"), ("known-3", "other")] {
        let _ = desk.0.create_session(&session(own)).await.unwrap();
        assert_eq!(desk.create(&family(id, Some(own))).await, Applied::Done);
    }
    assert!(!ended("known").await && !ended("never").await);
    desk.end(Ending::Family(&name("known-1"), at(60))).await;
    // One that was ended before it was there.
    desk.end(Ending::Family(&name("known-4"), at(60))).await;
    let known =
        |id: &str, own, has_ended| Some(KnownFamily { family: family(id, Some(own)).family, has_ended });
    assert_eq!(look_up("known-1").await, known("known-1", "known", true));
    assert_eq!(look_up("known-2").await, known("known-2", "known", false));
    desk.end(Ending::Session(&name("known"))).await;
    assert!(ended("known").await && !ended("other").await);
    assert_eq!(look_up("known-2").await, known("known-2", "known", true));
    assert_eq!(look_up("known-3").await, known("known-3", "other", false));
    assert_eq!((look_up("known-4").await, look_up("never").await), (None, None));
}

async fn what_has_expired_is_trimmed(desk: &Desk) {
    const DAY: i64 = 86_400;
    while desk.0.trim_sessions(at(9 * 3600 + DAY)).await.unwrap() {}
    for n in 0..1_100 {
        desk.end(Ending::Family(&name(&format!("trimmed-{n}")), at(60))).await;
    }
    assert_eq!(desk.create(&family("stays-on", None)).await, Applied::Done);
    assert!(!desk.0.trim_sessions(at(59 + DAY)).await.unwrap(), "nothing has expired");
    let mut steps = 1;
    while desk.0.trim_sessions(at(60 + DAY)).await.unwrap() {
        steps += 1;
    }
    assert_eq!(steps, if desk.1 == Trims::Everything { 1 } else { 3 });
    assert!(desk.lives("stays-on").await);
    assert_eq!(desk.create(&family("trimmed-5", None)).await, Applied::Done, "the tombstone is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_keeps_its_promises() {
    keeps_its_promises_and(Arc::new(MemorySessions::default()), Trims::Everything).await;
}

#[tokio::test]
async fn a_full_memory_takes_no_more_until_something_has_expired() {
    let store = MemorySessions::within(2 * (MemorySessions::EACH + 100));
    let of = |id: &str, bytes: usize| Session { data: Data::new("d".repeat(bytes)).unwrap(), ..session(id) };
    assert_eq!(store.create_session(&of("one", 100)).await.unwrap(), Applied::Done);
    assert!(matches!(store.create_session(&of("two", 101)).await, Err(StoreError::Full)));
    assert_eq!(store.create_session(&of("two", 100)).await.unwrap(), Applied::Done);
    let larger = Data::new("d".repeat(101)).unwrap();
    let update = store.update_session(&name("two"), 1, &larger).await;
    assert!(matches!(update, Err(StoreError::Full)), "{update:?}");
    let smaller = Data::new(String::new()).unwrap();
    assert_eq!(store.update_session(&name("two"), 1, &smaller).await.unwrap(), Applied::Done);
    assert!(matches!(store.create_family(&family("f", Some("one")), NOW).await, Err(StoreError::Full)));
    store.trim_sessions(at(8 * 3600 + 86_400)).await.unwrap();
    // What successors take is given back when one of them is used.
    let store = MemorySessions::within(MemorySessions::EACH + 100 + 2 * MemorySessions::SUCCESSOR);
    let desk = Desk(Arc::new(store), Trims::Everything);
    assert_eq!(desk.create(&family("f", None)).await, Applied::Done);
    assert!(desk.is_accepted("f", "first", "one").await && desk.is_accepted("f", "first", "two").await);
    let (id, client, token) = (name("f"), client(), hash("first"));
    let presented = Presented { family: &id, token: &token, client: &client, reuse: GRACE, now: NOW };
    let refused = desk.0.rotate(&presented, Some(&hash("three"))).await;
    assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
    let presented = Presented { token: &hash("one"), ..presented };
    assert!(matches!(desk.0.rotate(&presented, None).await, Ok(Rotation::Accepted(_))));
    assert!(desk.is_accepted("f", "one", "four").await);
    let store = MemorySessions::within(MemorySessions::EACH + 100);
    assert_eq!(store.create_family(&family("f", None), NOW).await.unwrap(), Applied::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_its_promises() {
    keeps_its_promises(Arc::new(Sqlite::in_memory().await.unwrap())).await;
}

#[test]
fn what_is_secret_is_not_shown() {
    let family = family("id-of-family", Some("id-of-session"));
    let ending = Ending::Family(&family.family.id, NOW);
    let shown = format!("{family:?} {ending:?}");
    for hidden in ["id-of-family", "data of", family.token.as_str()] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert!(shown.contains("id-of-session"), "{shown}");
    for name in ["FamilyId(hidden)", "Subject(hidden)", "SecretHash(hidden)", "Data(hidden)"] {
        assert!(shown.contains(name), "{shown}");
    }
}

#[test]
fn what_is_stored_with_a_session_has_a_bound() {
    let (longest, longer) = ("d".repeat(16_384), "d".repeat(16_385));
    assert_eq!(Data::new(longest.clone()).map(|data| data.as_str() == longest), Ok(true));
    assert_eq!(Data::new(longer.clone()), Err(DataTooLarge));
    let read = |text: &str| serde_json::from_value::<Data>(text.into()).is_ok();
    assert!(read(&longest) && !read(&longer));
}
