//! What memory alone must do: files, bounds, and clocks that move.

use std::io::Write as _;

use helseid_protocol::dpop::FirstUse;

use super::super::tests::{NOW, at, id, key, redeem};
use super::super::{Entry, Namespace};
use super::*;

fn once(n: u32, end: i64) -> OneTimeUse {
    OneTimeUse { id: id(n), end: at(end) }
}

async fn claim(memory: &Memory, one: OneTimeUse, now: Timestamp) -> Result<FirstUse, Unavailable> {
    let store: &dyn EphemeralStore = memory;
    store.claim(one, now).await
}

#[tokio::test]
async fn what_was_used_is_remembered_by_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("used");
    let memory = Memory::open(&path, NOW).unwrap();
    assert_eq!(claim(&memory, once(1, 60), NOW).await, Ok(FirstUse::Yes));
    assert_eq!(claim(&memory, once(2, 5), NOW).await, Ok(FirstUse::Yes));
    assert_eq!(redeem(&memory, &[once(3, 60), once(4, 60)]).await, Ok(Outcome::Done(vec![])));
    // Nothing of a refused redemption is written.
    assert_eq!(redeem(&memory, &[once(5, 60), once(4, 60)]).await, Ok(Outcome::Spent(1)));
    drop(memory);
    // The last record of a process that died while writing.
    std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(&[1, 2, 3]).unwrap();
    for _ in 0..2 {
        let next = Memory::open(&path, at(10)).unwrap();
        for n in [1, 3, 4] {
            assert_eq!(claim(&next, once(n, 60), at(10)).await, Ok(FirstUse::No), "{n}");
        }
        assert_eq!(claim(&next, once(5, 60), at(10)).await, Ok(FirstUse::Yes));
        assert_eq!(claim(&next, once(2, 15), at(10)).await, Ok(FirstUse::Yes));
        assert_eq!(claim(&next, once(2, 5), at(1)).await, Ok(FirstUse::No));
        drop(next);
        let begun = std::fs::metadata(&path).unwrap().len();
        assert_eq!(begun % 24, 0, "whole records");
        std::fs::write(&path, &std::fs::read(&path).unwrap()[..4 * 24]).unwrap();
    }
}

#[tokio::test]
async fn the_files_hold_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::open(&folder.path().join("used"), NOW).unwrap();
    let value = Value::new(*b"a value that is secret").unwrap();
    let write = Write::put(key(1), Entry { value, end: at(60), group: None });
    assert_eq!(memory.write(write, NOW).await, Ok(Applied::Done));
    let (uses, takes) = ([once(1, 60)], [key(1)]);
    let taken = Redemption { takes: &takes, ..Redemption::of(&uses) };
    assert!(matches!(memory.redeem(taken, NOW).await.unwrap().outcome, Outcome::Done(_)));
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("secret"));
    }
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("used");
    let memory = Memory::open(&path, NOW).unwrap();
    let writable = memory.state().log.as_mut().unwrap().make_read_only(&path);
    assert_eq!(claim(&memory, once(1, 60), NOW).await, Err(Unavailable::Full));
    memory.state().log.as_mut().unwrap().make_writable(writable);
    assert_eq!(claim(&memory, once(1, 60), NOW).await, Ok(FirstUse::Yes));
}

#[tokio::test]
async fn memory_shrinks_again() {
    let memory = Memory::default();
    for n in 0..5_000 {
        let (end, now) = (i64::from(n), at(i64::from(n) - 10));
        assert_eq!(claim(&memory, once(n, end), now).await, Ok(FirstUse::Yes));
        let group = Some(Group::new(&super::super::tests::hash_key(), &[&n.to_be_bytes()]));
        let entry = Entry { value: Value::marker(), end: at(end), group };
        assert_eq!(memory.write(Write::put(key(n), entry), now).await, Ok(Applied::Done));
    }
    let state = memory.state();
    assert!(state.ids.held() < 20 && state.entries.len() < 2_200);
}

#[tokio::test]
async fn groups_that_ended_or_whose_entries_were_taken_are_dropped_when_they_expire() {
    let (ended, taken) = (Memory::default(), Memory::default());
    for n in 0..5_000_u32 {
        let (end, now) = (at(i64::from(n)), at(i64::from(n) - 10));
        let group = Group::new(&super::super::tests::hash_key(), &[&n.to_be_bytes()]);
        assert_eq!(ended.end_group(group, end, now).await, Ok(()));
        let entry = Entry { value: Value::marker(), end, group: Some(group) };
        assert_eq!(taken.write(Write::put(key(n), entry), now).await, Ok(Applied::Done));
        assert!(taken.take(key(n), now).await.unwrap().is_some());
    }
    for memory in [ended, taken] {
        let held = memory.state().entries.len();
        assert!(held < 2_200, "{held}");
    }
}

#[tokio::test]
async fn what_has_ended_may_be_claimed_again() {
    let memory = Memory::default();
    assert_eq!(claim(&memory, once(1, 60), NOW).await, Ok(FirstUse::Yes));
    assert_eq!(claim(&memory, once(1, 120), at(59)).await, Ok(FirstUse::No));
    assert_eq!(claim(&memory, once(1, 120), at(65)).await, Ok(FirstUse::Yes));
}

#[tokio::test]
async fn a_process_that_starts_while_the_clock_is_ahead_knows_what_it_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("used");
    let memory = Memory::open(&path, NOW).unwrap();
    assert_eq!(claim(&memory, once(1, 71), NOW).await, Ok(FirstUse::Yes));
    drop(memory);
    let ahead = Memory::open(&path, at(86_400)).unwrap();
    assert_eq!(claim(&ahead, once(1, 71), at(1)).await, Err(Unavailable::Forgotten));
    assert_eq!(claim(&ahead, once(2, 90), at(20)).await, Ok(FirstUse::Yes));
}

#[tokio::test]
async fn a_clock_that_goes_forward_and_back_makes_nothing_new() {
    let memory = Memory::default();
    let uses = [once(1, 71), once(2, 90)];
    assert_eq!(redeem(&memory, &uses).await, Ok(Outcome::Done(vec![])));
    assert_eq!(claim(&memory, once(3, 371), at(300)).await, Ok(FirstUse::Yes));
    let again = memory.redeem(Redemption::of(&uses), at(1)).await;
    assert_eq!(again, Err(Unavailable::Forgotten));
    assert_eq!(claim(&memory, once(2, 90), at(1)).await, Err(Unavailable::Forgotten));
    // A refusal for what was forgotten uses up nothing that came with it.
    let with_new = [once(4, 371), once(1, 71)];
    assert_eq!(memory.redeem(Redemption::of(&with_new), at(300)).await, Err(Unavailable::Forgotten));
    assert_eq!(claim(&memory, once(4, 371), at(300)).await, Ok(FirstUse::Yes));
}

#[tokio::test]
async fn begun_logins_fill_a_half_at_most_and_the_rest_stays_for_those_that_go_on() {
    let memory = Memory::default();
    let named =
        |namespace, n: u32| Key::new(&super::super::tests::hash_key(), namespace, &[&n.to_be_bytes()]);
    let put = |namespace, n, end, now| {
        let value = Value::new(vec![0; Value::MAX_BYTES]).unwrap();
        let entry = Entry { value, end: at(end), group: None };
        memory.write(Write::put(named(namespace, n), entry), at(now))
    };
    let most = 2048;
    for n in 0..most {
        assert_eq!(put(Namespace::PushedRequest, n, 60, 0).await, Ok(Applied::Done), "{n}");
    }
    assert_eq!(put(Namespace::PushedRequest, most, 60, 0).await, Err(Unavailable::Full));
    assert_eq!(put(Namespace::Interaction, 0, 60, 0).await, Err(Unavailable::Full));
    assert_eq!(put(Namespace::AuthorizationCode, 0, 60, 0).await, Ok(Applied::Done));
    // One that is answered makes room for another, and all of them when they have ended.
    assert!(memory.take(named(Namespace::PushedRequest, 0), at(0)).await.unwrap().is_some());
    assert_eq!(put(Namespace::PushedRequest, most, 60, 0).await, Ok(Applied::Done));
    assert_eq!(put(Namespace::PushedRequest, most + 1, 60, 0).await, Err(Unavailable::Full));
    assert_eq!(put(Namespace::PushedRequest, most + 1, 120, 60).await, Ok(Applied::Done));
}
