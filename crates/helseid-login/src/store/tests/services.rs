//! Real servers, which `cargo xtask test` starts, or the test itself.

use std::sync::atomic::{AtomicU32, Ordering};

use helseid_test_services::{Redis as Server, Stop};
use sqlx::PgPool;

use super::*;

/// A database of its own in the PostgreSQL of the tests.
pub(crate) async fn database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let url =
        std::env::var("HELSEID_TEST_POSTGRES").expect("a PostgreSQL: run the tests with cargo xtask test");
    let name = format!("login_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let pool = PgPool::connect(&url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_its_promises() {
    let url = database().await;
    let (one, other) = (postgres(&url).await.unwrap(), postgres(&url).await.unwrap());
    keeps_its_promises([Arc::new(one), Arc::new(other)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_its_promises() {
    let server = Server::start().unwrap();
    let open = || -> Arc<dyn SessionStore> { Arc::new(redis(&server.url()).unwrap()) };
    keeps_its_promises([open(), open()]).await;
}

#[tokio::test]
async fn a_redis_that_was_restarted_ends_all_sessions() {
    let mut server = Server::start().unwrap();
    let store = redis(&server.url()).unwrap();
    let before = store.epoch().await.unwrap();
    assert_eq!(store.epoch().await.unwrap(), before);
    server.stop(Stop::Kill);
    server.start_again().unwrap();
    let after = loop {
        match store.epoch().await {
            Ok(epoch) => break epoch,
            Err(StoreError::Away(_)) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    };
    assert_ne!(after, before);
}
