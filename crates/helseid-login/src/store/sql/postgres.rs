//! Sessions in PostgreSQL, which any number of replicas share.

use std::str::FromStr as _;
use std::time::Duration;

use helseid_protocol::id::is_loopback_host;
use helseid_protocol::jose::crypto::sha256;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow, PgSslMode};
use url::Url;

use super::Sql;
use super::driver::failed;
use super::migrations::migrator;
use super::statement::{Database, Statement, Transaction as _};
use super::taken::Taken;
use crate::store::{SessionStore, StoreError, Stored};

/// A PostgreSQL database.
#[derive(Debug)]
pub(super) struct Postgres {
    pool: PgPool,
    limits: Limits,
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Limits {
    /// How long a request waits for a connection, behind others or while the database is away.
    pub(in crate::store) wait: Duration,
    /// How long the database may take for one statement, once there is a connection.
    pub(in crate::store) patience: Duration,
    /// How long its answer may be on its way beyond that.
    pub(in crate::store) way: Duration,
}

/// The most connections of one replica.
const CONNECTIONS: u32 = 8;

const LIMITS: Limits =
    Limits { wait: Duration::from_secs(15), patience: Duration::from_secs(5), way: Duration::from_secs(2) };

/// Each version of the tables, from the first on. One that was released is never changed.
const MIGRATIONS: &[(&str, &str)] =
    &[("sessions", include_str!("../../../migrations/postgres/0001_sessions.sql"))];

/// Sessions in PostgreSQL, at `postgres://user:password@host/database`. Connects, and brings the tables up to date; they have
/// names of their own, so that an app's may be beside them.
///
/// Off this machine the server's certificate must be good and for its name (`sslmode=verify-full`), unless the address names a
/// weaker mode.
///
/// A replica has at most 8 connections. A request waits at most 15 s for one, and each of its statements takes at most 5 s; then
/// it is told that the store is away. That holds too where the server falls silent: whatever has no answer 2 s later is cut off, and
/// its connection closed. Requests of the same session at the same time are one read.
///
/// ```no_run
/// # async fn example(config: helseid_client::Config) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_login::{Login, SealingKeys, store};
///
/// let login = Login::builder(config)
///     .store(store::postgres(&std::env::var("DATABASE_URL")?).await?)
///     .keys(SealingKeys::from_file("/run/secrets/login-keys")?)
///     .build()?;
/// # drop(login);
/// # Ok(()) }
/// ```
pub async fn postgres(url: &str) -> Result<impl SessionStore + use<>, StoreError> {
    within(url, LIMITS).await
}

/// The same, with limits of its own.
pub(in crate::store) async fn within(
    url: &str,
    limits: Limits,
) -> Result<impl SessionStore + use<>, StoreError> {
    // A dead replica must not hold the others' requests.
    let patience = limits.patience.as_millis().to_string();
    let options = options(url)?.application_name("helseid-login").options([
        ("statement_timeout", patience.as_str()),
        ("lock_timeout", patience.as_str()),
        ("idle_in_transaction_session_timeout", patience.as_str()),
    ]);
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(limits.wait);
    let pool = pool.connect_with(options).await.map_err(failed)?;
    migrator(MIGRATIONS).run(&pool).await.map_err(|why| StoreError::Unusable(why.to_string()))?;
    Sql::open(Postgres { pool, limits }).await
}

/// Reads the address. Nothing of it is shown: it may hold a password.
fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let unreadable = |_| StoreError::Unusable("its address is none of a PostgreSQL".to_owned());
    let options = PgConnectOptions::from_str(url).map_err(unreadable)?;
    let host = options.get_host();
    let is_here = options.get_socket().is_some() || host.starts_with('/') || is_loopback_host(host);
    // Not that of PGSSLMODE, which is for other programs.
    let is_named = Url::parse(url)
        .is_ok_and(|url| url.query_pairs().any(|(name, _)| name == "sslmode" || name == "ssl-mode"));
    if is_here || matches!(options.get_ssl_mode(), PgSslMode::VerifyFull) {
        return Ok(options);
    }
    if is_named {
        tracing::warn!(
            host,
            "anyone on the network to PostgreSQL can read or change what is stored; sslmode=verify-full prevents that"
        );
        return Ok(options);
    }
    Ok(options.ssl_mode(PgSslMode::VerifyFull))
}

impl Postgres {
    async fn take(&self) -> Result<Taken, StoreError> {
        let connection = self.pool.acquire().await.map_err(failed)?;
        Ok(Taken::new(connection, self.limits.patience + self.limits.way))
    }
}

impl Database for Postgres {
    type Row = PgRow;
    type Transaction = Taken;

    fn run(&self, statement: Statement) -> Stored<'_, u64> {
        Box::pin(async { self.take().await?.execute(statement).await })
    }

    fn rows(&self, statement: Statement) -> Stored<'_, Vec<PgRow>> {
        Box::pin(async { self.take().await?.fetch(statement).await })
    }

    /// The locks end with the transaction. They are taken in one order, so that no two wait for each other.
    fn write<'a>(&'a self, names: &'a [String]) -> Stored<'a, Taken> {
        Box::pin(async {
            let mut all = self.take().await?.begin().await?;
            let mut locks: Vec<i64> = names.iter().map(|name| lock(name)).collect();
            locks.sort_unstable();
            locks.dedup();
            for lock in locks {
                all.run(Statement::new("SELECT pg_advisory_xact_lock($1)").integer(lock)).await?;
            }
            Ok(all)
        })
    }
}

/// The number of a lock. Two names that have the same wait for each other in vain, and no more.
fn lock(name: &str) -> i64 {
    let hash = sha256(format!("helseid login {name}").as_bytes());
    i64::from_be_bytes(*hash.first_chunk().unwrap_or(&[0; 8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_this_machine_a_weaker_mode_than_verify_full_must_be_named() {
        let mode = |address: &str| format!("{:?}", options(address).unwrap().get_ssl_mode());
        for host in ["db.example", "10.0.0.1", "0.0.0.0", "localhost.example"] {
            assert_eq!(mode(&format!("postgres://me:secret@{host}/app")), "VerifyFull", "{host}");
            assert_eq!(mode(&format!("postgres://{host}/app?sslmode=require")), "Require", "{host}");
        }
        for here in ["localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(mode(&format!("postgres://me:secret@{here}/app")), "Prefer", "{here}");
        }
        let refused = options("postgres://me:secret@db.example/app?sslmode=verify").unwrap_err().to_string();
        assert!(!refused.contains("secret"), "{refused}");
    }
}
