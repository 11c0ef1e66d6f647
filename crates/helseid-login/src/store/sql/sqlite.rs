//! Sessions in one SQLite file.

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};

use super::Sql;
use super::driver::{driver, failed};
use super::migrations::migrator;
use super::statement::{Database, Statement, Transaction};
use crate::store::{SessionStore, StoreError, Stored};

/// A SQLite file.
#[derive(Debug)]
pub(super) struct Sqlite(SqlitePool);

/// Connections of one process: readers do not wait for the one that writes.
const CONNECTIONS: u32 = 4;

/// How long a request waits for a connection.
const WAIT: Duration = Duration::from_secs(15);

/// How long a write waits for another's end, once there is a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Each version of the tables, from the first on. One that was released is never changed.
const MIGRATIONS: &[(&str, &str)] =
    &[("sessions", include_str!("../../../migrations/sqlite/0001_sessions.sql"))];

/// Sessions in a SQLite file, which several processes of one machine may share. Brings its tables up to date; they have names of
/// their own, so that an app's may be beside them. A file that is not there is made; nobody else may read it then.
///
/// A process has at most 4 connections. A request waits at most 15 s for one, and each of its writes at most 5 s for those of other
/// processes; then it is told that the store is away. Requests of the same session at the same time are one read.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::path::Path;
///
/// let store = helseid_login::store::sqlite(Path::new("/var/lib/my-app/sessions.db")).await?;
/// # drop(store);
/// # Ok(()) }
/// ```
pub async fn sqlite(file: &Path) -> Result<impl SessionStore + use<>, StoreError> {
    own_file(file).map_err(|why| StoreError::Unusable(format!("{}: {why}", file.display())))?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(PATIENCE)
        .journal_mode(SqliteJournalMode::Wal)
        // What was answered is there after a power loss, too: a logout is not undone.
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(WAIT);
    let pool = pool.connect_with(options).await.map_err(failed)?;
    migrator(MIGRATIONS).run(&pool).await.map_err(|why| StoreError::Unusable(why.to_string()))?;
    Sql::open(Sqlite(pool)).await
}

/// Makes the file if it is not there, for its owner alone.
fn own_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

impl Database for Sqlite {
    type Row = SqliteRow;
    type Transaction = sqlx::Transaction<'static, sqlx::Sqlite>;

    fn run(&self, statement: Statement) -> Stored<'_, u64> {
        Box::pin(async {
            let done = query(statement).execute(&self.0).await;
            done.map(|done| done.rows_affected()).map_err(failed)
        })
    }

    fn rows(&self, statement: Statement) -> Stored<'_, Vec<SqliteRow>> {
        Box::pin(async { query(statement).fetch_all(&self.0).await.map_err(failed) })
    }

    /// There is one writer at a time, whatever it writes.
    fn write<'a>(&'a self, _: &'a [String]) -> Stored<'a, Self::Transaction> {
        Box::pin(async { self.0.begin_with("BEGIN IMMEDIATE").await.map_err(failed) })
    }
}

impl Transaction for sqlx::Transaction<'static, sqlx::Sqlite> {
    fn run(&mut self, statement: Statement) -> Stored<'_, u64> {
        Box::pin(async move {
            let done = query(statement).execute(&mut **self).await;
            done.map(|done| done.rows_affected()).map_err(failed)
        })
    }

    fn commit(self) -> Stored<'static, ()> {
        Box::pin(async { Self::commit(self).await.map_err(failed) })
    }

    fn undo(self) -> Stored<'static, ()> {
        Box::pin(async { self.rollback().await.map_err(failed) })
    }
}

driver!(sqlx::Sqlite, SqliteArguments, SqliteRow);
