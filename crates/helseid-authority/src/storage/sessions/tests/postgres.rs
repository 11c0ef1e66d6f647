//! A real PostgreSQL, which `cargo xtask test` starts; each test has a database of its own.

use sqlx::PgPool;
use tokio::task::JoinHandle;

use super::*;
use crate::storage::registry::statement::{Database as _, Purpose, Statement, Transaction as _};
use crate::storage::registry::tests::postgres::{OTHER, SECRET, database, open};
use crate::storage::registry::{Store as _, StoreError};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_its_promises() {
    keeps_its_promises(Arc::new(open(&database().await, SECRET).await.unwrap())).await;
}

#[tokio::test]
async fn a_refresh_waits_for_no_change_of_the_registry() {
    let store = Arc::new(open(&database().await, SECRET).await.unwrap());
    let desk = Desk(store.clone(), Trims::FiveHundred);
    assert_eq!(desk.create(&family("own", None)).await, Applied::Done);
    let mut change = store.database.begin(Purpose::Write).await.unwrap();
    change.run(Statement::new("UPDATE version SET n = n + 1")).await.unwrap();
    assert!(desk.is_accepted("own", "first", "second").await);
    change.commit().await.unwrap();
}

#[tokio::test]
async fn what_a_session_and_a_family_hold_is_sealed_and_sealed_again_with_a_new_secret() {
    let url = database().await;
    let store = open(&url, SECRET).await.unwrap();
    assert_eq!(store.create_session(&session("one")).await.unwrap(), Applied::Done);
    let new = family("two", Some("one"));
    assert_eq!(store.create_family(&new, NOW).await.unwrap(), Applied::Done);
    let pool = PgPool::connect(&url).await.unwrap();
    let all = "SELECT login_session::text || refresh_family::text FROM login_session, refresh_family";
    let raw: String = sqlx::query_scalar(all).fetch_one(&pool).await.unwrap();
    assert!(raw.contains("one") && raw.contains("two"));
    for hidden in ["data of", "cookie of", "first"] {
        assert!(!raw.contains(hidden), "{raw}");
    }

    drop(open(&url, &format!("{OTHER}\n{SECRET}")).await.unwrap());
    let store = Desk(Arc::new(open(&url, OTHER).await.unwrap()), Trims::FiveHundred);
    let live = Liveness { now: NOW, idle: HOUR, tolerance: Duration::ZERO };
    assert_eq!(store.0.find_session(&session("one").cookie, live).await.unwrap(), Some(session("one")));
    assert_eq!(store.present("two", "first", "second", GRACE, NOW).await, Rotation::Accepted(new.family));
}

#[tokio::test]
async fn a_session_or_family_that_does_not_open_costs_itself_alone() {
    let url = database().await;
    let store = open(&url, SECRET).await.unwrap();
    store.put_setting("name", "value").await.unwrap();
    for id in ["one", "two"] {
        assert_eq!(store.create_session(&session(id)).await.unwrap(), Applied::Done);
    }
    for (id, session) in [("of-one", Some("one")), ("of-two", Some("two")), ("own", None), ("lost", None)] {
        assert_eq!(store.create_family(&family(id, session), NOW).await.unwrap(), Applied::Done);
    }
    let pool = PgPool::connect(&url).await.unwrap();
    for damage in [
        "UPDATE login_session SET data = 'made up' WHERE id = 'one'",
        "UPDATE refresh_family SET data = 'made up' WHERE id = 'lost'",
    ] {
        sqlx::raw_sql(damage).execute(&pool).await.unwrap();
    }

    // A secret that is none of the registry's touches none of them.
    assert!(matches!(open(&url, OTHER).await.err(), Some(StoreError::Sealed)));
    let count = "SELECT (SELECT count(*) FROM login_session) + (SELECT count(*) FROM refresh_family)";
    assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(&pool).await.unwrap(), 6);

    let desk = Desk(Arc::new(open(&url, &format!("{OTHER}\n{SECRET}")).await.unwrap()), Trims::FiveHundred);
    let live = Liveness { now: NOW, idle: HOUR, tolerance: Duration::ZERO };
    for (id, expected) in [("one", None), ("two", Some(session("two")))] {
        assert_eq!(desk.0.find_session(&session(id).cookie, live).await.unwrap(), expected, "{id}");
    }
    for (id, expected) in [("of-one", false), ("of-two", true), ("own", true), ("lost", false)] {
        assert_eq!(desk.lives(id).await, expected, "{id}");
    }
}

/// Until a lock of this database is waited for, by this task.
async fn until_it_waits<T>(task: &JoinHandle<T>, pool: &PgPool) {
    let waits = "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let wait = async {
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(pool).await.unwrap() == 0 {
            assert!(!task.is_finished(), "it waits for nobody");
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ending_waits_for_families_that_were_granted_before_and_are_being_added() {
    let url = database().await;
    let store = Arc::new(open(&url, SECRET).await.unwrap());
    let pool = PgPool::connect(&url).await.unwrap();
    let Family { client: app, subject: person, .. } = family("added", None).family;
    for of_client in [true, false] {
        let granted_at = store.endings(&app, &person).await.unwrap();
        let mut adding = store.database.begin(Purpose::Write).await.unwrap();
        assert!(granted_at.are_the_newest(&family("added", None).family, &mut adding).await.unwrap());
        let (store, app, person) = (store.clone(), app.clone(), person.clone());
        let ended = tokio::spawn(async move {
            let what = if of_client { Ending::Client(&app) } else { Ending::Subject(&person) };
            store.end(what, NOW).await.unwrap();
        });
        until_it_waits(&ended, &pool).await;
        adding.commit().await.unwrap();
        ended.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resealing_a_session_loses_no_change_of_it_and_holds_up_no_change_of_the_registry() {
    let url = database().await;
    let store = open(&url, SECRET).await.unwrap();
    assert_eq!(store.create_session(&session("one")).await.unwrap(), Applied::Done);
    let pool = PgPool::connect(&url).await.unwrap();
    // A change that another replica makes, and that is not committed yet.
    let mut change = pool.begin().await.unwrap();
    sqlx::query("UPDATE login_session SET data = $1, version = version + 1")
        .bind(store.sealed("login session one", "newer data"))
        .execute(&mut *change)
        .await
        .unwrap();
    let both = format!("{OTHER}\n{SECRET}");
    let opened = tokio::spawn(async move { open(&url, &both).await });
    until_it_waits(&opened, &pool).await;
    store.put_setting("name", "value").await.unwrap();
    change.commit().await.unwrap();

    let opened = opened.await.unwrap().unwrap();
    let live = Liveness { now: NOW, idle: HOUR, tolerance: Duration::ZERO };
    let found = opened.find_session(&session("one").cookie, live).await.unwrap().unwrap();
    assert_eq!(found.data.as_str(), "newer data");
}
