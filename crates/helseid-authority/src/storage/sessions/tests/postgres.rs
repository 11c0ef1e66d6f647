//! A real PostgreSQL, which `cargo xtask test` starts; each test has a database of its own.

use sqlx::PgPool;

use super::*;
use crate::storage::registry::statement::{Database as _, Purpose, Statement, Transaction as _};
use crate::storage::registry::tests::postgres::{OTHER, SECRET, database, open};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_its_promises() {
    keeps_its_promises(Arc::new(open(&database().await, SECRET).await.unwrap())).await;
}

#[tokio::test]
async fn a_refresh_waits_for_no_change_of_the_registry() {
    let store = Arc::new(open(&database().await, SECRET).await.unwrap());
    let desk = Desk(store.clone());
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
    let store = Desk(Arc::new(open(&url, OTHER).await.unwrap()));
    let live = Liveness { now: NOW, idle: HOUR, tolerance: Duration::ZERO };
    assert_eq!(store.0.find_session(&session("one").cookie, live).await.unwrap(), Some(session("one")));
    assert_eq!(store.present("two", "first", "second", GRACE, NOW).await, Rotation::Accepted(new.family));
}
