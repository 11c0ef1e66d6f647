//! The registry in one SQLite file.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use helseid_files::{Readers, append_to, create};
use sqlx::SqlitePool;
use sqlx::migrate::{Migrate as _, MigrateError};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePoolOptions, SqliteRow, SqliteSynchronous};

use super::driver::{driver, failed};
use super::migrations::migrator;
use super::sql::Sql;
use super::statement::{Database, Purpose};
use super::{Folder, StoreError, Stored};

/// The registry in SQLite.
#[derive(Debug)]
pub(crate) struct Sqlite(pub(super) SqlitePool);

/// The file in the data folder.
const FILE_NAME: &str = "registry.sqlite";

/// Changes go to a log beside the file.
const LOGGED: &str = "PRAGMA journal_mode = WAL";

/// The same, and nothing waits for the disk until [`Store::make_durable`](super::Store::make_durable): a new registry has answered
/// nothing. Nor is anything moved from the log into the file before that, so that a power loss cuts the log short after a whole
/// transaction, as the end of the process does, and leaves the file as it is.
const UNANSWERED: &str = "PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_mode = WAL";

/// From then on each change is on the disk before it is answered, and the log is moved into the file as SQLite does by itself.
const ANSWERED: &str = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000";

/// SQLite's own size of a page, in bytes.
const PAGE_BYTES: u64 = 4096;

impl Sqlite {
    /// Opens the file in the folder, and brings it up to date. With `max_bytes` it grows no larger.
    pub(crate) async fn open(folder: &Folder, max_bytes: Option<u64>) -> Result<Sql<Self>, StoreError> {
        let file = folder.file(FILE_NAME);
        let is_new = !file.exists();
        append_to(&file)?;
        let mut options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            // What was answered is there after a power loss, too.
            .synchronous(SqliteSynchronous::Full);
        if let Some(bytes) = max_bytes {
            options = options.pragma("max_page_count", (bytes / PAGE_BYTES).max(1).to_string());
        }
        let pool = Self::pool(options).await?;
        let begin = if is_new { UNANSWERED } else { LOGGED };
        sqlx::raw_sql(begin).execute(&pool).await.map_err(failed)?;
        Self::up_to_date(pool).await
    }

    /// A registry that ends with the process.
    pub(crate) async fn in_memory() -> Result<Sql<Self>, StoreError> {
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        Self::up_to_date(Self::pool(options).await?).await
    }

    /// One that ends with what holds it, and grows no larger than this.
    pub(crate) async fn in_memory_within(max_bytes: u64) -> Result<Sql<Self>, StoreError> {
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let options = options.pragma("max_page_count", (max_bytes / PAGE_BYTES).max(1).to_string());
        Self::up_to_date(Self::pool(options).await?).await
    }

    /// Copies the registry of a data folder, whole and at one moment, into a new file; an authority may be using it.
    pub(crate) async fn backup(folder: &Path, into: &Path) -> Result<(), StoreError> {
        let unusable = |path: &Path, why: &dyn std::fmt::Display| StoreError::Folder {
            folder: path.display().to_string(),
            why: why.to_string(),
        };
        let from = folder.join(FILE_NAME);
        if !from.is_file() {
            return Err(unusable(&from, &"there is no such file"));
        }
        let target = into.to_str().ok_or_else(|| unusable(into, &"its name is not UTF-8"))?;
        // Made by us first, so that nobody else can read it at any time, and nothing that is there is written to, also
        // where a link leads; SQLite takes an empty file for a new one.
        create(into, b"", Readers::Owner).map_err(|why| match why.kind() {
            Some(ErrorKind::AlreadyExists) => unusable(into, &"it is there already"),
            _ => why.into(),
        })?;
        let copied = Self::copy(&from, target).await;
        if copied.is_err() {
            let _ = std::fs::remove_file(into);
        }
        copied
    }

    async fn copy(from: &Path, target: &str) -> Result<(), StoreError> {
        let options = SqliteConnectOptions::new().filename(from).busy_timeout(Duration::from_secs(5));
        let pool = Self::pool(options).await?;
        let copied = sqlx::query("VACUUM INTO ?").bind(target).execute(&pool).await.map_err(failed);
        pool.close().await;
        copied.map(drop)
    }

    /// One connection: the hot path never comes here, and SQLite has one writer anyway.
    async fn pool(options: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
        let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        pool.connect_with(options).await.map_err(failed)
    }

    async fn up_to_date(pool: SqlitePool) -> Result<Sql<Self>, StoreError> {
        let empty = sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)");
        match empty.fetch_one(&pool).await.map_err(failed)? {
            true => make_newest(&pool).await?,
            false => migrator(MIGRATIONS).run(&pool).await.map_err(not_migrated)?,
        }
        Ok(Sql::new(Self(pool), None))
    }
}

/// Makes all tables of an empty database at once, or none. Version by version, SQLite does three times as much work.
async fn make_newest(pool: &SqlitePool) -> Result<(), StoreError> {
    let mut made = pool.begin().await.map_err(failed)?;
    sqlx::raw_sql(NEWEST).execute(&mut *made).await.map_err(failed)?;
    let migrator = migrator(MIGRATIONS);
    made.ensure_migrations_table(&migrator.table_name).await.map_err(not_migrated)?;
    for version in migrator.iter() {
        made.skip(&migrator.table_name, version).await.map_err(not_migrated)?;
    }
    made.commit().await.map_err(failed)
}

fn not_migrated(why: MigrateError) -> StoreError {
    match why {
        MigrateError::Execute(why) => failed(why),
        why => StoreError::Migration(why.to_string()),
    }
}

/// What all of [`MIGRATIONS`] make.
const NEWEST: &str = include_str!("../../../migrations/sqlite/newest.sql");

/// Each version of the tables, from the first on. One that was released is never changed; what a new one changes is in
/// [`NEWEST`], too.
pub(super) const MIGRATIONS: &[(&str, &str)] = &[
    ("registry", include_str!("../../../migrations/sqlite/0001_registry.sql")),
    ("administration", include_str!("../../../migrations/sqlite/0002_administration.sql")),
    ("versions", include_str!("../../../migrations/sqlite/0003_versions.sql")),
    ("login", include_str!("../../../migrations/sqlite/0004_login.sql")),
    ("persons", include_str!("../../../migrations/sqlite/0005_persons.sql")),
    ("login ending", include_str!("../../../migrations/sqlite/0006_login_ending.sql")),
];

impl Database for Sqlite {
    type Transaction = sqlx::Transaction<'static, sqlx::Sqlite>;

    fn begin(&self, _: Purpose) -> Stored<'_, Self::Transaction> {
        Box::pin(async { self.0.begin().await.map_err(failed) })
    }

    fn make_durable(&self) -> Stored<'_, ()> {
        Box::pin(async {
            let synchronous = sqlx::query_scalar::<_, i64>("PRAGMA synchronous");
            let is_new = synchronous.fetch_one(&self.0).await.map_err(failed)? == 0;
            sqlx::raw_sql(ANSWERED).execute(&self.0).await.map_err(failed)?;
            // That of a registry which is not new is on the disk already, in the log, and need not wait for who reads the file.
            let checkpoint =
                if is_new { "PRAGMA wal_checkpoint(FULL)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
            let (busy, logged, moved): (i64, i64, i64) =
                sqlx::query_as(checkpoint).fetch_one(&self.0).await.map_err(failed)?;
            match is_new && (busy != 0 || logged != moved) {
                true => Err(StoreError::Database(
                    "the new registry is being read, and could not be written to its file".into(),
                )),
                false => Ok(()),
            }
        })
    }
}

// One connection: a transaction is alone anyway.
driver!(sqlx::Sqlite, SqliteArguments, SqliteRow, |_| None);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::registry::Store as _;

    async fn synchronous(store: &Sql<Sqlite>) -> i64 {
        sqlx::query_scalar("PRAGMA synchronous").fetch_one(&store.database.0).await.unwrap()
    }

    /// After so many pages the log is moved into the file.
    async fn moves_by_itself(store: &Sql<Sqlite>) -> i64 {
        sqlx::query_scalar("PRAGMA wal_autocheckpoint").fetch_one(&store.database.0).await.unwrap()
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_copy_follows_no_link_overwrites_nothing_and_is_whole_or_not_there() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("data")).unwrap();
        // Closed, so that nothing is left in a journal beside the file.
        Sqlite::open(&folder, None).await.unwrap().database.0.close().await;
        let (copy, elsewhere) = (place.path().join("copy"), place.path().join("elsewhere"));
        std::os::unix::fs::symlink(&elsewhere, &copy).unwrap();
        let refused = Sqlite::backup(&place.path().join("data"), &copy).await.unwrap_err().to_string();
        assert!(refused.contains("it is there already"), "{refused}");
        assert!(!elsewhere.exists());
        std::fs::remove_file(&copy).unwrap();
        std::fs::write(folder.file("broken"), "no database").unwrap();
        std::fs::rename(folder.file(FILE_NAME), folder.file("whole")).unwrap();
        std::fs::rename(folder.file("broken"), folder.file(FILE_NAME)).unwrap();
        Sqlite::backup(&place.path().join("data"), &copy).await.unwrap_err();
        assert!(!copy.exists());
    }

    #[tokio::test]
    async fn a_new_registry_waits_for_the_disk_once_it_is_made_durable_and_a_used_one_always() {
        const OFF: i64 = 0;
        const FULL: i64 = 2;
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let new = Sqlite::open(&folder, None).await.unwrap();
        assert_eq!((synchronous(&new).await, moves_by_itself(&new).await), (OFF, 0));
        new.make_durable().await.unwrap();
        assert_eq!((synchronous(&new).await, moves_by_itself(&new).await), (FULL, 1000));
        let used = Sqlite::open(&folder, None).await.unwrap();
        assert_eq!(synchronous(&used).await, FULL);
    }
}
