//! What every implementation promises, by one suite over two replicas; then what Redis alone must do.

#[cfg(feature = "service-tests")]
mod redis;

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use helseid_protocol::dpop::{FirstUse, ReplayId};
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::time::Timestamp;
use tokio::task::JoinSet;

use super::{
    Entry, EphemeralStore, Group, Key, Memory, Namespace, OneTimeUse, Outcome, Redemption, Unavailable,
    Value, Write,
};
use crate::storage::registry::Applied;

pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub(super) const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW.seconds() + seconds)
}

/// Far enough away that no run of the suite gets there.
const END: Timestamp = at(3_600);

/// A clock that runs, as that of Redis does.
#[expect(clippy::disallowed_methods, reason = "a real Redis lets go of keys while the suite runs")]
fn now() -> Timestamp {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    NOW.plus(START.elapsed())
}

pub(super) fn hash_key() -> MacKey {
    MacKey::new(&[7; 32])
}

pub(super) fn id(n: u32) -> ReplayId {
    ReplayId::of(&hash_key(), &[&n.to_be_bytes()])
}

pub(super) fn key(n: u32) -> Key {
    Key::new(&hash_key(), Namespace::AuthorizationCode, &[&n.to_be_bytes()])
}

fn group(name: &str) -> Group {
    Group::new(&hash_key(), &[name.as_bytes()])
}

fn once(n: u32) -> OneTimeUse {
    OneTimeUse { id: id(n), end: END }
}

fn value(text: &str) -> Value {
    Value::new(text.as_bytes()).unwrap()
}

fn entry(text: &str) -> Entry {
    Entry { value: value(text), end: END, group: None }
}

fn in_group(text: &str, name: &str) -> Entry {
    Entry { group: Some(group(name)), ..entry(text) }
}

pub(super) async fn redeem(store: &dyn EphemeralStore, uses: &[OneTimeUse]) -> Result<Outcome, Unavailable> {
    store.redeem(Redemption::of(uses), NOW).await.map(|redeemed| redeemed.outcome)
}

/// Two replicas over one store; of memory the same one twice.
type Replicas = [Arc<dyn EphemeralStore>; 2];

async fn write(store: &Arc<dyn EphemeralStore>, write: Write) -> Applied {
    store.write(write, now()).await.unwrap()
}

async fn text_of(store: &Arc<dyn EphemeralStore>, key: Key) -> Option<String> {
    let found = store.get(key, now()).await.unwrap();
    found.map(|found| String::from_utf8(found.value.as_bytes().to_vec()).unwrap())
}

async fn is_unused(store: &Arc<dyn EphemeralStore>, n: u32) -> bool {
    store.claim(once(n), now()).await == Ok(FirstUse::Yes)
}

/// Runs a task at each replica in turn, all at once, and gives what became of each.
async fn race<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    replicas: &Replicas,
    racers: u32,
    task: impl Fn(Arc<dyn EphemeralStore>, u32) -> F,
) -> Vec<T> {
    let mut set = JoinSet::new();
    for (n, replica) in (0..racers).zip(replicas.iter().cycle()) {
        set.spawn(task(replica.clone(), n));
    }
    set.join_all().await
}

async fn keeps_its_promises(replicas: Replicas) {
    assert_eq!(replicas[0].usable(now()), Ok(()));
    entries_come_and_go(&replicas).await;
    namespaces_are_apart(&replicas).await;
    a_write_with_a_condition_loses_no_other(&replicas).await;
    an_entry_is_taken_once(&replicas).await;
    a_redemption_is_all_or_nothing(&replicas).await;
    of_many_redemptions_one_succeeds(&replicas).await;
    groups_are_listed_and_ended(&replicas).await;
    an_entry_is_of_the_group_of_its_latest_write(&replicas).await;
    groups_are_bounded(&replicas).await;
    what_joins_a_group_while_it_ends_is_gone(&replicas).await;
}

async fn entries_come_and_go([one, two]: &Replicas) {
    assert_eq!(text_of(one, key(1)).await, None);
    assert_eq!(write(one, Write::put(key(1), entry("one"))).await, Applied::Done);
    assert_eq!(write(two, Write::put(key(1), entry("two"))).await, Applied::Done);
    assert_eq!(text_of(one, key(1)).await.as_deref(), Some("two"));
    assert_eq!(write(one, Write::if_absent(key(1), entry("three"))).await, Applied::Conflict);
    assert_eq!(write(one, Write::if_absent(key(2), entry(""))).await, Applied::Done);
    assert_eq!(text_of(two, key(2)).await.as_deref(), Some(""));

    let largest = Value::new(vec![7; Value::MAX_BYTES]).unwrap();
    let large = Entry { value: largest.clone(), ..entry("") };
    assert_eq!(write(one, Write::put(key(3), large)).await, Applied::Done);
    assert_eq!(two.take(key(3), now()).await.unwrap(), Some(largest));
    assert!(Value::new(vec![7; Value::MAX_BYTES + 1]).is_err());

    // By the clock of who reads it, an entry has an end.
    for late in [END, at(7_000)] {
        assert_eq!(one.get(key(1), late).await.unwrap(), None);
    }
    assert!(one.get(key(1), at(3_599)).await.unwrap().is_some());
    assert_eq!(two.take(key(1), END).await.unwrap(), None);
}

async fn namespaces_are_apart([one, two]: &Replicas) {
    let named = |namespace| Key::new(&hash_key(), namespace, &[b"the same name"]);
    let (code, interaction) = (named(Namespace::AuthorizationCode), named(Namespace::Interaction));
    assert_eq!(write(one, Write::put(code, entry("code"))).await, Applied::Done);
    assert_eq!(text_of(two, interaction).await, None);
    assert_eq!(two.take(interaction, now()).await.unwrap(), None);
    assert_eq!(text_of(two, code).await.as_deref(), Some("code"));
    // Nor is the use of an id an entry.
    assert_eq!(one.claim(OneTimeUse { id: code.id(), end: END }, now()).await, Ok(FirstUse::Yes));
    assert_eq!(text_of(two, code).await.as_deref(), Some("code"));
}

/// Each of many adds its letter to what it has read, until it is the one who wrote; no letter is lost.
async fn a_write_with_a_condition_loses_no_other(replicas: &Replicas) {
    let (key, letters) = (key(10), "abcdefghijklmnopqrst");
    assert_eq!(write(&replicas[0], Write::put(key, entry(""))).await, Applied::Done);
    race(replicas, 20, |store, n| async move {
        loop {
            let found = store.get(key, now()).await.unwrap().unwrap();
            let mut text = found.value.as_bytes().to_vec();
            text.push(letters.as_bytes()[n as usize]);
            let next = Entry { value: Value::new(text).unwrap(), ..entry("") };
            if write(&store, Write::if_unchanged(key, found.version, next)).await == Applied::Done {
                return;
            }
        }
    })
    .await;
    let mut text: Vec<char> = text_of(&replicas[1], key).await.unwrap().chars().collect();
    text.sort_unstable();
    assert_eq!(text.into_iter().collect::<String>(), letters);

    // An entry that was removed, and put again, is another one.
    let before = replicas[0].get(key, now()).await.unwrap().unwrap();
    replicas[1].take(key, now()).await.unwrap();
    let stale = || Write::if_unchanged(key, before.version, entry("stale"));
    assert_eq!(write(&replicas[0], stale()).await, Applied::Conflict);
    assert_eq!(
        write(&replicas[1], Write::put(key, Entry { value: before.value, ..entry("") })).await,
        Applied::Done
    );
    assert_eq!(write(&replicas[0], stale()).await, Applied::Conflict);

    for round in 0..20 {
        let key = key_of_round(20, round);
        let applied = race(replicas, 10, |store, n| async move {
            write(&store, Write::if_absent(key, entry(&n.to_string()))).await
        });
        assert_eq!(applied.await.iter().filter(|applied| **applied == Applied::Done).count(), 1);
    }
}

fn key_of_round(first: u32, round: u32) -> Key {
    key(1_000 * first + round)
}

async fn an_entry_is_taken_once(replicas: &Replicas) {
    for round in 0..30 {
        let key = key_of_round(30, round);
        assert_eq!(write(&replicas[0], Write::put(key, entry("once"))).await, Applied::Done);
        let taken = race(replicas, 20, |store, _| async move { store.take(key, now()).await.unwrap() }).await;
        assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), [value("once")], "{round}");
    }
}

async fn a_redemption_is_all_or_nothing(replicas: &Replicas) {
    let [one, two] = replicas;
    for (n, text) in [(40, "code"), (41, "request")] {
        assert_eq!(write(one, Write::put(key(n), entry(text))).await, Applied::Done);
    }
    let (uses, takes, requires) = ([once(100), once(101), once(102)], [key(41)], [key(40)]);
    let whole = Redemption { uses: &uses, takes: &takes, requires: &requires, marker: None };
    let outcome = async |store: &Arc<dyn EphemeralStore>, redemption: Redemption<'_>| {
        store.redeem(redemption, now()).await.map(|redeemed| redeemed.outcome)
    };

    // One part is missing: the others stay as they are.
    assert!(is_unused(one, 103).await);
    let spent = [once(100), once(103), once(101)];
    assert_eq!(outcome(two, Redemption { uses: &spent, ..whole }).await, Ok(Outcome::Spent(1)));
    let absent = [key(41), key(42)];
    assert_eq!(outcome(two, Redemption { takes: &absent, ..whole }).await, Ok(Outcome::Absent(1)));
    assert_eq!(outcome(two, Redemption { requires: &absent, ..whole }).await, Ok(Outcome::Absent(2)));
    let ended = [once(100), OneTimeUse { end: at(-10), ..once(104) }];
    assert_eq!(outcome(two, Redemption { uses: &ended, ..whole }).await, Err(Unavailable::Forgotten));
    assert_eq!(text_of(one, key(41)).await.as_deref(), Some("request"));

    assert_eq!(outcome(two, whole).await, Ok(Outcome::Done(vec![value("request")])));
    assert_eq!(outcome(one, whole).await, Ok(Outcome::Spent(0)));
    for n in 100..103 {
        assert!(!is_unused(one, n).await, "{n}");
    }
    assert_eq!(text_of(one, key(41)).await, None);
    // A code stays, so that one that is presented again is known.
    assert_eq!(text_of(one, key(40)).await.as_deref(), Some("code"));

    // A marker decides nothing, and stays.
    let about = Key::about(id(105), Namespace::ReturnedAssertion);
    let (uses, marked) = ([once(105)], |marked| move |redeemed: super::Redeemed| redeemed.marked == marked);
    let marker = Redemption { marker: Some(about), ..Redemption::of(&uses) };
    assert_eq!(
        write(one, Write::put(about, Entry { value: Value::marker(), ..entry("") })).await,
        Applied::Done
    );
    assert!(two.redeem(marker, now()).await.is_ok_and(marked(true)));
    assert_eq!(outcome(two, marker).await, Ok(Outcome::Spent(0)));
    let other = Redemption { marker: Some(key(42)), ..Redemption::of(&uses) };
    assert!(two.redeem(other, now()).await.is_ok_and(marked(false)));
}

/// As of one code with many assertions: who loses has used up nothing.
async fn of_many_redemptions_one_succeeds(replicas: &Replicas) {
    for round in 0..30 {
        let code = key_of_round(50, round);
        assert_eq!(write(&replicas[0], Write::put(code, entry("code"))).await, Applied::Done);
        let assertion = move |n: u32| 1_000_000 + 100 * round + n;
        let outcomes = race(replicas, 20, |store, n| async move {
            let uses = [once(assertion(n)), OneTimeUse { id: code.id(), end: END }];
            let code = [code];
            let redemption = Redemption { requires: &code, ..Redemption::of(&uses) };
            (n, store.redeem(redemption, now()).await.unwrap().outcome)
        });
        let (done, spent): (Vec<_>, Vec<_>) =
            outcomes.await.into_iter().partition(|(_, outcome)| *outcome == Outcome::Done(vec![]));
        assert_eq!(done.len(), 1, "{round}");
        assert!(spent.iter().all(|(_, outcome)| *outcome == Outcome::Spent(1)));
        assert!(!is_unused(&replicas[1], assertion(done[0].0)).await);
        for (n, _) in &spent[..3] {
            assert!(is_unused(&replicas[1], assertion(*n)).await, "{round}");
        }
    }
}

async fn groups_are_listed_and_ended(replicas: &Replicas) {
    let [one, two] = replicas;
    let list = async |store: &Arc<dyn EphemeralStore>| {
        let mut texts: Vec<_> = store.list(group("mine"), now()).await.unwrap();
        texts.sort_by_key(|(key, _)| (0..100).position(|n| *key == self::key(60 + n)));
        texts
    };
    assert_eq!(list(one).await, []);
    for (n, store) in (60..63).zip(replicas.iter().cycle()) {
        assert_eq!(write(store, Write::if_absent(key(n), in_group("mine", "mine"))).await, Applied::Done);
    }
    assert_eq!(write(one, Write::put(key(63), in_group("theirs", "theirs"))).await, Applied::Done);
    one.take(key(61), now()).await.unwrap();
    assert_eq!(list(two).await, [(key(60), value("mine")), (key(62), value("mine"))]);

    two.end_group(group("mine"), at(7_200), now()).await.unwrap();
    assert_eq!(list(one).await, []);
    assert_eq!(text_of(one, key(60)).await, None);
    assert_eq!(text_of(one, key(63)).await.as_deref(), Some("theirs"));
    // Nobody joins it any more, with whatever condition.
    for late in [Write::put, Write::if_absent] {
        assert_eq!(write(one, late(key(64), in_group("late", "mine"))).await, Applied::Conflict);
    }
    assert_eq!(text_of(two, key(64)).await, None);
}

async fn an_entry_is_of_the_group_of_its_latest_write([one, two]: &Replicas) {
    let members = async |name: &str| two.list(group(name), now()).await.unwrap().len();
    let moved = [in_group("moved", "new home"), entry("moved")];
    for (n, next) in (0..).zip(moved) {
        let key = key_of_round(70, n);
        assert_eq!(write(one, Write::put(key, in_group("first", "old home"))).await, Applied::Done);
        assert_eq!(write(two, Write::put(key, next)).await, Applied::Done);
    }
    assert_eq!((members("old home").await, members("new home").await), (0, 1));
    one.end_group(group("old home"), at(7_200), now()).await.unwrap();
    for n in 0..2 {
        assert_eq!(text_of(two, key_of_round(70, n)).await.as_deref(), Some("moved"), "{n}");
    }
    two.end_group(group("new home"), at(7_200), now()).await.unwrap();
    assert_eq!(text_of(one, key_of_round(70, 0)).await, None);
    assert_eq!(text_of(one, key_of_round(70, 1)).await.as_deref(), Some("moved"));

    // One that has left a full group makes room in it.
    let most = u32::try_from(Group::MAX_ENTRIES).unwrap();
    for n in 0..most {
        assert_eq!(
            write(one, Write::put(key_of_round(71, n), in_group("text", "left"))).await,
            Applied::Done
        );
    }
    assert_eq!(write(two, Write::put(key_of_round(71, 5), entry("text"))).await, Applied::Done);
    assert_eq!(write(two, Write::put(key_of_round(71, most), in_group("text", "left"))).await, Applied::Done);
}

async fn groups_are_bounded([one, two]: &Replicas) {
    let most = u32::try_from(Group::MAX_ENTRIES).unwrap();
    let put = async |store: &Arc<dyn EphemeralStore>, n: u32| {
        store.write(Write::put(key(7_000 + n), in_group("text", "full")), now()).await
    };
    for n in 0..most {
        assert_eq!(put(one, n).await, Ok(Applied::Done));
    }
    assert_eq!(put(two, most).await, Err(Unavailable::Full));
    assert_eq!(text_of(one, key(7_000 + most)).await, None);
    // One that is in it may be replaced, and one that is gone makes room.
    assert_eq!(put(two, 5).await, Ok(Applied::Done));
    one.take(key(7_005), now()).await.unwrap();
    assert_eq!(put(two, most).await, Ok(Applied::Done));
    assert_eq!(two.list(group("full"), now()).await.unwrap().len(), Group::MAX_ENTRIES);
    // Where it is asked for, the one that ends first makes room.
    let sooner = Write::put(key(7_007), Entry { end: at(60), ..in_group("text", "full") });
    assert_eq!(write(one, sooner).await, Applied::Done);
    let next = Write::put(key(7_001 + most), in_group("text", "full")).making_room();
    assert_eq!(write(two, next).await, Applied::Done);
    assert_eq!(text_of(one, key(7_007)).await, None);
    assert_eq!(text_of(one, key(7_001 + most)).await.as_deref(), Some("text"));
    assert_eq!(one.list(group("full"), now()).await.unwrap().len(), Group::MAX_ENTRIES);
}

async fn what_joins_a_group_while_it_ends_is_gone(replicas: &Replicas) {
    for round in 0..20 {
        let name = format!("ends {round}");
        race(replicas, 20, |store, n| {
            let name = name.clone();
            async move {
                if n == 10 {
                    store.end_group(group(&name), END, now()).await.unwrap();
                } else {
                    let key = key_of_round(80 + n, round);
                    let _ = write(&store, Write::put(key, in_group("text", &name))).await;
                }
            }
        })
        .await;
        for n in 0..20 {
            assert_eq!(text_of(&replicas[0], key_of_round(80 + n, round)).await, None, "{round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_keeps_its_promises() {
    let memory: Arc<dyn EphemeralStore> = Arc::new(Memory::default());
    keeps_its_promises([memory.clone(), memory]).await;
}
