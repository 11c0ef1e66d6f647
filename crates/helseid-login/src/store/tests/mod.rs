//! What every store promises, for all of them.

mod contract;
mod logout;
#[cfg(feature = "service-tests")]
mod services;
#[cfg(feature = "service-tests")]
mod silent;
#[cfg(feature = "service-tests")]
pub(crate) use services::database;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::sync::Arc;

use helseid_protocol::bounded::Bounded;
use helseid_protocol::jose::crypto::sha256;
use helseid_protocol::time::Timestamp;

use super::*;

pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
const HOUR: i64 = 3600;

pub(super) const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW.seconds() + seconds)
}

pub(super) fn id(name: &str) -> RowId {
    RowId::from_bytes(*sha256(name.as_bytes()).first_chunk().unwrap())
}

/// The names of something under two keys, of which the second is the older.
pub(super) fn names(name: &str) -> Names {
    let under = |key: &str| IndexKey::from_bytes(sha256(format!("{key} {name}").as_bytes()));
    Names::new(under("new key"), Bounded::of([under("old key")]).unwrap())
}

/// The same at a replica that has the older key alone.
pub(super) fn old_names(name: &str) -> Names {
    let all: Vec<_> = names(name).all().copied().collect();
    Names::new(all[1], Bounded::default())
}

pub(super) fn sealed(text: &str) -> Sealed {
    Sealed::new(text.as_bytes().to_vec()).unwrap()
}

/// A row of this name, of a session and a person of this name.
pub(super) fn row(name: &str) -> NewRow {
    NewRow {
        id: id(name),
        sealed: sealed(name),
        session: Some(names(&format!("session {name}"))),
        person: names(&format!("person {name}")),
        authenticated: NOW,
        used: NOW,
        ends: at(8 * HOUR),
    }
}

/// Two replicas over one store; the first is asked unless said otherwise.
pub(super) struct Desk([Arc<dyn SessionStore>; 2]);

impl Desk {
    pub(super) fn store(&self) -> &dyn SessionStore {
        &*self.0[0]
    }

    pub(super) fn other(&self) -> &dyn SessionStore {
        &*self.0[1]
    }

    pub(super) async fn insert(&self, row: &NewRow) -> Inserted {
        self.store().insert(row, Replaces::Nothing, NOW).await.unwrap()
    }

    /// Puts a row of this name.
    pub(super) async fn put(&self, name: &str) -> NewRow {
        let row = row(name);
        assert_eq!(self.insert(&row).await, Inserted::Done, "{name}");
        row
    }

    /// Whether the row of this name is there, for both.
    pub(super) async fn lives(&self, name: &str) -> bool {
        let one = self.store().find(&id(name)).await.unwrap();
        assert_eq!(one, self.other().find(&id(name)).await.unwrap(), "both see the same");
        one.is_some()
    }
}

/// Holds a store, as two replicas have it, to everything.
pub(super) async fn keeps_its_promises(replicas: [Arc<dyn SessionStore>; 2]) {
    let desk = Desk(replicas);
    contract::rows_come_and_go(&desk).await;
    contract::writes_know_what_they_replace(&desk).await;
    contract::no_write_brings_a_row_back(&desk).await;
    contract::a_row_takes_the_place_of_another_in_one_step(&desk).await;
    contract::one_has_the_lease(&desk).await;
    contract::an_id_is_used_once(&desk).await;
    contract::what_has_ended_is_swept(&desk).await;
    logout::a_logout_ends_a_session_at_all_keys(&desk).await;
    logout::a_logout_of_a_person_ends_what_began_before(&desk).await;
    logout::a_login_that_a_logout_overtook_is_none(&desk).await;
    logout::a_login_and_a_logout_do_not_pass_each_other(&desk).await;
    logout::a_token_ends_sessions_once(&desk).await;
    contract::another_epoch_is_seen_by_all(&desk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_keeps_its_promises() {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
    keeps_its_promises([store.clone(), store]).await;
}

#[tokio::test]
async fn a_full_memory_takes_nobody_in_until_somebody_has_ended() {
    let store = MemoryStore::new(2);
    let insert =
        async |name: &str, replaces: Replaces<'_>, now| store.insert(&row(name), replaces, now).await;
    for name in ["one", "two"] {
        assert_eq!(insert(name, Replaces::Nothing, NOW).await, Ok(Inserted::Done));
    }
    assert_eq!(insert("three", Replaces::Nothing, NOW).await, Err(StoreError::Full));
    assert_eq!(insert("three", Replaces::Any(&id("one")), NOW).await, Ok(Inserted::Done));
    assert_eq!(insert("four", Replaces::Nothing, at(8 * HOUR)).await, Ok(Inserted::Done));
    for n in 0..20 {
        assert_eq!(store.claim(&names(&n.to_string()), at(HOUR), NOW).await, Ok(FirstUse::Yes));
    }
    assert_eq!(store.claim(&names("more"), at(HOUR), NOW).await, Err(StoreError::Full));
    assert_eq!(store.claim(&names("more"), at(2 * HOUR), at(HOUR)).await, Ok(FirstUse::Yes));
}

/// What strangers use up is apart from logouts; and where a logout cannot be remembered, its sessions have ended all the same.
#[tokio::test]
async fn a_full_memory_still_logs_people_out() {
    let store = MemoryStore::new(2);
    let logout = |name: &str| Logout {
        of: LogoutOf::Session(names(&format!("session {name}"))),
        remembered: at(2 * HOUR),
        token: Some((names(&format!("token of {name}")), at(HOUR))),
    };
    for n in 0..20 {
        assert_eq!(store.claim(&names(&n.to_string()), at(HOUR), NOW).await, Ok(FirstUse::Yes));
    }
    assert_eq!(store.insert(&row("one"), Replaces::Nothing, NOW).await, Ok(Inserted::Done));
    assert_eq!(store.log_out(&logout("one"), NOW).await, Ok(FirstUse::Yes));
    assert_eq!(store.find(&id("one")).await, Ok(None));
    assert_eq!(store.insert(&row("last"), Replaces::Nothing, NOW).await, Ok(Inserted::Done));
    let mut others = 0;
    while store.log_out(&logout(&others.to_string()), NOW).await.is_ok() {
        others += 1;
        assert!(others < 20, "there is an end to what is remembered");
    }
    assert_eq!(store.log_out(&logout("last"), NOW).await, Err(StoreError::Full));
    assert_eq!(store.find(&id("last")).await, Ok(None));
}
