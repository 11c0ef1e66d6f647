//! Rows, versions, leases, ids, and the epoch.

use tokio::task::JoinSet;

use super::*;

pub(super) async fn rows_come_and_go(desk: &Desk) {
    let row = desk.put("comes").await;
    let found = desk.other().find(&row.id).await.unwrap().unwrap();
    assert_eq!((found.version, found.sealed, found.used), (Version::FIRST, row.sealed, NOW));
    assert_eq!(found.epoch, desk.store().epoch().await.unwrap());
    for (seconds, used) in [(60, 60), (30, 60), (90, 90)] {
        assert_eq!(desk.store().touch(&row.id, at(seconds)).await, Ok(Applied::Done));
        assert_eq!(desk.other().find(&row.id).await.unwrap().unwrap().used, at(used));
    }
    // A session that the issuer has no name for, and what is large.
    let large = NewRow {
        session: None,
        sealed: Sealed::new(vec![0xFF; Sealed::MAX_BYTES]).unwrap(),
        ..super::row("large")
    };
    assert_eq!(desk.insert(&large).await, Inserted::Done);
    assert_eq!(desk.other().find(&large.id).await.unwrap().unwrap().sealed, large.sealed);
    for name in ["comes", "large"] {
        desk.store().end(Ending::Row(&id(name))).await.unwrap();
        assert!(!desk.lives(name).await, "{name}");
        desk.store().end(Ending::Row(&id(name))).await.unwrap();
    }
}

/// Each of many adds its letter; no letter is lost.
pub(super) async fn writes_know_what_they_replace(desk: &Desk) {
    let row = NewRow { sealed: sealed(""), ..row("written") };
    assert_eq!(desk.insert(&row).await, Inserted::Done);
    let mut writers = JoinSet::new();
    for (n, letter) in "abcdefghij".chars().enumerate() {
        let store = desk.0[n % 2].clone();
        writers.spawn(async move {
            loop {
                let found = store.find(&id("written")).await.unwrap().unwrap();
                let text = format!("{}{letter}", str::from_utf8(found.sealed.as_bytes()).unwrap());
                if store.update(&id("written"), found.version, &sealed(&text)).await.unwrap() == Applied::Done
                {
                    return;
                }
            }
        });
    }
    writers.join_all().await;
    let found = desk.store().find(&row.id).await.unwrap().unwrap();
    let mut letters = found.sealed.as_bytes().to_vec();
    letters.sort_unstable();
    assert_eq!((letters.as_slice(), found.version), (b"abcdefghij".as_slice(), Version::new(11)));
}

pub(super) async fn no_write_brings_a_row_back(desk: &Desk) {
    let row = desk.put("gone").await;
    assert_eq!(desk.store().lease(&row.id, at(20), NOW).await, Ok(Leased::Taken));
    desk.other().end(Ending::Row(&row.id)).await.unwrap();
    assert_eq!(desk.store().update(&row.id, Version::FIRST, &row.sealed).await, Ok(Applied::Conflict));
    assert_eq!(desk.store().touch(&row.id, at(1)).await, Ok(Applied::Conflict));
    assert_eq!(desk.store().lease(&row.id, at(20), NOW).await, Ok(Leased::Gone));
    desk.store().release(&row.id, at(20)).await.unwrap();
    let next = super::row("gone next");
    let replaces = Replaces::Live(&row.id, Version::FIRST);
    assert_eq!(desk.store().insert(&next, replaces, NOW).await, Ok(Inserted::Conflict));
    assert!(!desk.lives("gone").await && !desk.lives("gone next").await);
}

pub(super) async fn a_row_takes_the_place_of_another_in_one_step(desk: &Desk) {
    let first = desk.put("first").await;
    let replace =
        async |name: &str, replaces: Replaces<'_>| desk.store().insert(&row(name), replaces, NOW).await;
    assert_eq!(replace("second", Replaces::Live(&first.id, Version::new(2))).await, Ok(Inserted::Conflict));
    assert!(desk.lives("first").await && !desk.lives("second").await);
    assert_eq!(replace("second", Replaces::Live(&first.id, Version::FIRST)).await, Ok(Inserted::Done));
    assert!(!desk.lives("first").await && desk.lives("second").await);
    assert_eq!(replace("third", Replaces::Any(&id("second"))).await, Ok(Inserted::Done));
    assert_eq!(replace("fourth", Replaces::Any(&id("second"))).await, Ok(Inserted::Done));
    assert!(!desk.lives("second").await && desk.lives("third").await && desk.lives("fourth").await);
    // Of many who continue one row, one does.
    let mut racers = JoinSet::new();
    for n in 0..20 {
        let store = desk.0[n % 2].clone();
        racers.spawn(async move {
            let replaces = Replaces::Live(&id("third"), Version::FIRST);
            store.insert(&row(&format!("raced {n}")), replaces, NOW).await.unwrap()
        });
    }
    let outcomes = racers.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Inserted::Done).count(), 1);
}

pub(super) async fn one_has_the_lease(desk: &Desk) {
    let row = desk.put("leased").await;
    let mut racers = JoinSet::new();
    for n in 0..20 {
        let store = desk.0[n % 2].clone();
        racers.spawn(async move { store.lease(&id("leased"), at(20), NOW).await.unwrap() });
    }
    let outcomes = racers.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Leased::Taken).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Leased::Held).count(), 19);
    let lease = async |seconds| desk.other().lease(&row.id, at(seconds + 20), at(seconds)).await.unwrap();
    assert_eq!(lease(19).await, Leased::Held);
    assert_eq!(lease(20).await, Leased::Taken, "the holder is gone");
    // The former holder gives back what it has no more.
    desk.store().release(&row.id, at(20)).await.unwrap();
    assert_eq!(lease(21).await, Leased::Held);
    desk.store().release(&row.id, at(40)).await.unwrap();
    assert_eq!(lease(22).await, Leased::Taken);
    assert_eq!(lease(-HOUR).await, Leased::Taken, "the clock went back: a lease is never so long");
    // A write leaves it as it is.
    let found = desk.store().find(&row.id).await.unwrap().unwrap();
    assert_eq!(desk.store().update(&row.id, found.version, &sealed("new")).await, Ok(Applied::Done));
    assert_eq!(lease(-HOUR).await, Leased::Held);
}

pub(super) async fn an_id_is_used_once(desk: &Desk) {
    let mut racers = JoinSet::new();
    for n in 0..20 {
        let store = desk.0[n % 2].clone();
        racers.spawn(async move { store.claim(&names("once"), at(60), NOW).await.unwrap() });
    }
    let outcomes = racers.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == FirstUse::Yes).count(), 1);
    assert_eq!(desk.store().claim(&names("once"), at(120), at(59)).await, Ok(FirstUse::No));
    assert_eq!(desk.store().claim(&names("once"), at(120), at(60)).await, Ok(FirstUse::Yes));
    // Between replicas of which one has no more than the older key.
    assert_eq!(desk.store().claim(&old_names("keys"), at(60), NOW).await, Ok(FirstUse::Yes));
    assert_eq!(desk.other().claim(&names("keys"), at(60), NOW).await, Ok(FirstUse::No));
}

pub(super) async fn what_has_ended_is_swept(desk: &Desk) {
    for (name, used, ends) in [("past its end", 0, 0), ("idle", -HOUR - 1, HOUR), ("still there", -HOUR, 1)] {
        let row = NewRow { used: at(used), ends: at(ends), ..row(name) };
        assert_eq!(desk.store().insert(&row, Replaces::Nothing, at(-HOUR)).await, Ok(Inserted::Done));
    }
    while desk.store().sweep(at(-HOUR), NOW).await.unwrap() {}
    assert!(desk.lives("still there").await);
}

pub(super) async fn another_epoch_is_seen_by_all(desk: &Desk) {
    let row = desk.put("of an epoch").await;
    let before = desk.other().epoch().await.unwrap();
    desk.store().raise_epoch().await.unwrap();
    let after = desk.other().epoch().await.unwrap();
    assert_ne!(after, before);
    assert_eq!(desk.other().find(&row.id).await.unwrap().unwrap().epoch, after);
}
