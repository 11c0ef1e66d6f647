//! Replicas over real servers.

use helseid_test_services::Redis as Server;

use super::*;
use crate::session::tests::sealed::{holds_none, secrets};
use crate::session::tests::waiting::{is_kept_and_ended_once, is_refreshed_once};
use crate::store::{postgres, redis};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_requests_at_two_replicas_one_refreshes_over_postgres() {
    let url = crate::store::tests::database().await;
    let (one, other) = (postgres(&url).await.unwrap(), postgres(&url).await.unwrap());
    let world = World::over([Arc::new(one), Arc::new(other)]);
    is_refreshed_once(&world).await;
    is_kept_and_ended_once(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_requests_at_two_replicas_one_refreshes_over_redis() {
    let server = Server::start().unwrap();
    let open = || -> Arc<dyn SessionStore> { Arc::new(redis(&server.url()).unwrap()) };
    let world = World::over([open(), open()]);
    is_refreshed_once(&world).await;
    is_kept_and_ended_once(&world).await;
}

#[tokio::test]
async fn the_tables_of_postgres_have_nothing_to_use() {
    let url = crate::store::tests::database().await;
    let store: Arc<dyn SessionStore> = Arc::new(postgres(&url).await.unwrap());
    let world = World::over([store.clone(), store]);
    let session = world.begin().await;
    world.clock.forward(Duration::from_secs(700));
    let granted = world.sessions().token(&session, &Wanted::default()).await.unwrap();
    let form = world.authority.logout_form("another session", |jwt| jwt);
    let token = world.login.logout_token(Some("application/x-www-form-urlencoded"), form.as_bytes()).await;
    world.sessions().log_out(&token.unwrap()).await.unwrap();
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    for table in ["session", "logout", "used", "epoch"] {
        let rows = sqlx::AssertSqlSafe(format!("SELECT t::text FROM helseid_{table} t"));
        let rows: Vec<(String,)> = sqlx::query_as(rows).fetch_all(&pool).await.unwrap();
        assert!(!rows.is_empty(), "{table}");
        for (row,) in rows {
            holds_none(row.as_bytes(), &secrets(&session));
            holds_none(row.as_bytes(), &secrets(&granted.session));
        }
    }
    let sealed = "SELECT sealed FROM helseid_session";
    let sealed: Vec<(Vec<u8>,)> = sqlx::query_as(sealed).fetch_all(&pool).await.unwrap();
    assert_eq!(sealed.len(), 1);
    holds_none(&sealed[0].0, &secrets(&session));
    holds_none(&sealed[0].0, &secrets(&granted.session));
}

#[tokio::test]
async fn a_dump_of_redis_has_nothing_to_use() {
    let server = Server::start().unwrap();
    let store: Arc<dyn SessionStore> = Arc::new(redis(&server.url()).unwrap());
    let world = World::over([store.clone(), store]);
    let session = world.begin().await;
    world.clock.forward(Duration::from_secs(700));
    let granted = world.sessions().token(&session, &Wanted::default()).await.unwrap();
    let form = world.authority.logout_form("another session", |jwt| jwt);
    let token = world.login.logout_token(Some("application/x-www-form-urlencoded"), form.as_bytes()).await;
    world.sessions().log_out(&token.unwrap()).await.unwrap();
    let client = ::redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let names: Vec<String> = ::redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    assert!(names.len() >= 5, "{}", names.len());
    for name in names {
        holds_none(name.as_bytes(), &secrets(&session));
        let kind: String = ::redis::cmd("TYPE").arg(&name).query_async(&mut connection).await.unwrap();
        let read = match kind.as_str() {
            "hash" => "HGETALL",
            "set" => "SMEMBERS",
            _ => "GET",
        };
        let parts: ::redis::Value = ::redis::cmd(read).arg(&name).query_async(&mut connection).await.unwrap();
        for session in [&session, &granted.session] {
            for part in flat(&parts) {
                holds_none(part, &secrets(session));
            }
        }
    }
}

fn flat(value: &::redis::Value) -> Vec<&[u8]> {
    match value {
        ::redis::Value::BulkString(bytes) => vec![bytes],
        ::redis::Value::Array(all) | ::redis::Value::Set(all) => all.iter().flat_map(flat).collect(),
        _ => Vec::new(),
    }
}
