//! A real PostgreSQL, which `cargo xtask test` starts; each test has a database of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use helseid_protocol::jose::base64url;
use sqlx::PgPool;

use super::broken;
use super::contract::{author, client, keeps_its_promises};
use super::migrations::holds_the_rows;
use crate::domain::change::Change;
use crate::storage::registry::migrations::migrator;
use crate::storage::registry::postgres::MIGRATIONS;
use crate::storage::registry::sql::Sql;
use crate::storage::registry::{Applied, Postgres, Store, StoreError};
use crate::storage::sealing::SharedSecret;

pub(in crate::storage) const SECRET: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
pub(in crate::storage) const OTHER: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

/// Rows as each version wrote them, sealed with the first secret; a new version adds a file.
const ROWS: &[&str] = &[
    include_str!("../../../../tests/data/postgres_1.sql"),
    include_str!("../../../../tests/data/postgres_2.sql"),
    include_str!("../../../../tests/data/postgres_3.sql"),
    include_str!("../../../../tests/data/postgres_4.sql"),
];

/// The address of a new database.
pub(in crate::storage) async fn database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let url =
        std::env::var("HELSEID_TEST_POSTGRES").expect("a PostgreSQL: run the tests with cargo xtask test");
    let name = format!("store_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let pool = PgPool::connect(&url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

pub(in crate::storage) async fn open(url: &str, secrets: &str) -> Result<Sql<Postgres>, StoreError> {
    Postgres::open(url, SharedSecret::parse(secrets).unwrap().sealer()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_its_promises() {
    keeps_its_promises(Arc::new(open(&database().await, SECRET).await.unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_postgres_what_cannot_be_read_costs_itself_alone() {
    broken::what_cannot_be_read_costs_itself_alone(open(&database().await, SECRET).await.unwrap()).await;
}

#[tokio::test]
async fn in_postgres_what_does_not_read_back_is_not_committed() {
    broken::what_does_not_read_back_is_not_committed(&open(&database().await, SECRET).await.unwrap()).await;
}

#[tokio::test]
async fn in_postgres_the_log_has_an_end() {
    broken::the_log_has_an_end(open(&database().await, SECRET).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_older_version_is_brought_up_to_date_by_replicas_that_come_together() {
    assert_eq!(ROWS.len(), MIGRATIONS.len(), "a version without rows of its own");
    for (version, rows) in (1..).zip(ROWS) {
        let url = database().await;
        let old = PgPool::connect(&url).await.unwrap();
        migrator(&MIGRATIONS[..version]).run(&old).await.unwrap();
        sqlx::raw_sql(*rows).execute(&old).await.unwrap();
        let (one, two) = tokio::join!(open(&url, SECRET), open(&url, SECRET));
        for store in [one.unwrap(), two.unwrap()] {
            holds_the_rows(&store, (version, ROWS.len())).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_replicas_that_start_together_one_makes_the_tables() {
    let url = database().await;
    let mut replicas = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let url = url.clone();
        replicas.spawn(async move { open(&url, SECRET).await.unwrap() });
    }
    let stores = replicas.join_all().await;
    let pool = PgPool::connect(&url).await.unwrap();
    let made: Vec<bool> =
        sqlx::query_scalar("SELECT success FROM _sqlx_migrations").fetch_all(&pool).await.unwrap();
    assert_eq!(made, vec![true; MIGRATIONS.len()], "each migration ran once");
    // They are the tables of all of them.
    let change = [Change::PutClient(Box::new(client("of-all", 1)))];
    assert_eq!(stores[0].apply(&change, &author(), None).await.unwrap(), Applied::Done);
    for store in stores {
        let clients = store.delta(None).await.unwrap().unwrap().clients;
        assert_eq!(clients.iter().map(|client| client.id.as_str()).collect::<Vec<_>>(), ["of-all"]);
    }
}

#[tokio::test]
async fn what_is_secret_is_sealed_and_a_secret_is_changed_in_steps() {
    let url = database().await;
    let store = open(&url, SECRET).await.unwrap();
    store.put_setting("name", "a secret setting").await.unwrap();
    let pool = PgPool::connect(&url).await.unwrap();
    let raw: String = sqlx::query_scalar("SELECT value FROM setting").fetch_one(&pool).await.unwrap();
    for text in [raw.as_bytes(), &base64url::decode(&raw).unwrap()] {
        let shown = String::from_utf8_lossy(text);
        assert!(!shown.contains("secret"), "{shown}");
    }

    let refused = open(&url, OTHER).await.err();
    assert!(matches!(refused, Some(StoreError::Sealed)), "{refused:?}");
    let both = open(&url, &format!("{OTHER}\n{SECRET}")).await.unwrap();
    assert_eq!(both.setting("name").await.unwrap().as_deref(), Some("a secret setting"));
    let new = open(&url, OTHER).await.unwrap();
    assert_eq!(new.setting("name").await.unwrap().as_deref(), Some("a secret setting"), "resealed");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let url = database().await;
    open(&url, SECRET).await.unwrap();
    let pool = PgPool::connect(&url).await.unwrap();
    let row = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
               VALUES (999, 'later', true, ''::bytea, 0)";
    sqlx::raw_sql(row).execute(&pool).await.unwrap();
    let refused = open(&url, SECRET).await.err();
    assert!(matches!(refused, Some(StoreError::Migration(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_comes_back_with_its_server() {
    let mut server = helseid_test_services::Postgres::start().unwrap();
    let store = open(&server.url(), SECRET).await.unwrap();
    let change = |id| [Change::PutClient(Box::new(client(id, 1)))];
    assert_eq!(store.apply(&change("before"), &author(), None).await.unwrap(), Applied::Done);
    server.stop(helseid_test_services::Stop::Kill);
    assert!(matches!(store.apply(&change("away"), &author(), None).await, Err(StoreError::Database(_))));
    server.start_again().unwrap();
    assert_eq!(store.apply(&change("after"), &author(), None).await.unwrap(), Applied::Done);
    let clients = store.delta(None).await.unwrap().unwrap().clients;
    let mut ids: Vec<_> = clients.iter().map(|client| client.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["after", "before"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_tls_a_server_is_believed_by_its_ca_and_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let ca = |name| helseid_test_services::TestCa::new(folder.path(), name).unwrap();
    let (right, wrong) = (ca("right"), ca("wrong"));
    let shown = right.certificate("localhost").unwrap();
    let server = helseid_test_services::Postgres::start_with_tls(&shown).unwrap();
    let url = |host: &str, ca: &helseid_test_services::TestCa| {
        let url = server.url().replace("127.0.0.1", host);
        format!("{url}?sslmode=verify-full&sslrootcert={}", ca.file().display())
    };
    open(&url("localhost", &right), SECRET).await.unwrap();
    for (host, ca) in [("localhost", &wrong), ("127.0.0.1", &right)] {
        let refused = open(&url(host, ca), SECRET).await.err();
        assert!(matches!(refused, Some(StoreError::Tls(_))), "{host}: {refused:?}");
    }
}
