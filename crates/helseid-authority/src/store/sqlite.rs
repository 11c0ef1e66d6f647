//! The registry in one SQLite file.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::endpoint::admin::AuditEntry;
use helseid_protocol::time::Timestamp;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{SqlSafeStr as _, SqliteConnection, SqlitePool};

use super::folder::{Open, private_file};
use super::{Author, Contents, Folder, Store, StoreError, Stored, rows};
use crate::change::Change;
use crate::model::{Client, StoredSigningKey};

/// The registry in SQLite.
#[derive(Debug)]
pub(crate) struct Sqlite(SqlitePool);

/// The file in the data folder.
const FILE_NAME: &str = "registry.sqlite";

/// SQLite's own size of a page, in bytes.
const PAGE_BYTES: u64 = 4096;

impl Sqlite {
    /// Opens the file in the folder, and brings it up to date. With `max_bytes` it grows no larger.
    pub(crate) async fn open(folder: &Folder, max_bytes: Option<u64>) -> Result<Self, StoreError> {
        let file = folder.file(FILE_NAME);
        private_file(&file, Open::Append)
            .map_err(|why| StoreError::Folder { folder: file.display().to_string(), why: why.to_string() })?;
        let mut options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .journal_mode(SqliteJournalMode::Wal)
            // What was answered is there after a power loss, too.
            .synchronous(SqliteSynchronous::Full);
        if let Some(bytes) = max_bytes {
            options = options.pragma("max_page_count", (bytes / PAGE_BYTES).max(1).to_string());
        }
        Self::connect(options).await
    }

    /// A registry that ends with the process.
    pub(crate) async fn in_memory() -> Result<Self, StoreError> {
        Self::connect(SqliteConnectOptions::new().in_memory(true).foreign_keys(true)).await
    }

    /// Copies the registry of a data folder, whole and at one moment, into a new file; an authority may be using it.
    pub(crate) async fn backup(folder: &Path, into: &Path) -> Result<(), StoreError> {
        let failed = |path: &Path, why: &dyn std::fmt::Display| StoreError::Folder {
            folder: path.display().to_string(),
            why: why.to_string(),
        };
        let from = folder.join(FILE_NAME);
        if !from.is_file() {
            return Err(failed(&from, &"there is no such file"));
        }
        if into.exists() {
            return Err(failed(into, &"it is there already"));
        }
        // Made by us first, so that nobody else can read it at any time; SQLite takes an empty file for a new one.
        private_file(into, Open::Append).map_err(|why| failed(into, &why))?;
        let options = SqliteConnectOptions::new().filename(&from).busy_timeout(Duration::from_secs(5));
        let pool =
            SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(database)?;
        let target = into.to_str().ok_or_else(|| failed(into, &"its name is not UTF-8"))?;
        sqlx::query("VACUUM INTO ?").bind(target).execute(&pool).await.map_err(database)?;
        pool.close().await;
        Ok(())
    }

    /// One connection: the hot path never comes here, and SQLite has one writer anyway.
    async fn connect(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = pool.connect_with(options).await.map_err(database)?;
        migrator(MIGRATIONS).run(&pool).await.map_err(|why| StoreError::Migration(why.to_string()))?;
        Ok(Self(pool))
    }

    async fn rows(&self, sql: &'static str) -> Result<Vec<SqliteRow>, StoreError> {
        sqlx::query(sql).fetch_all(&self.0).await.map_err(database)
    }

    async fn all<T>(
        &self,
        sql: &'static str,
        read: fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.rows(sql).await?.iter().map(read).collect()
    }
}

/// Each version of the tables, from the first on. One that was released is never changed.
pub(super) const MIGRATIONS: &[(&str, &str)] = &[
    ("registry", include_str!("../../migrations/0001_registry.sql")),
    ("administration", include_str!("../../migrations/0002_administration.sql")),
];

pub(super) fn migrator(migrations: &[(&'static str, &'static str)]) -> Migrator {
    let numbered = (1..).zip(migrations).map(|(number, (name, sql))| {
        Migration::new(number, Cow::Borrowed(*name), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(numbered.collect())
}

/// SQLITE_FULL.
const FULL: &str = "13";

pub(super) fn database(error: sqlx::Error) -> StoreError {
    match error.as_database_error().and_then(|error| error.code()) {
        Some(code) if code == FULL => StoreError::Full,
        _ => StoreError::Database(error.to_string()),
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>;

async fn run(connection: &mut SqliteConnection, query: Query<'_>) -> Result<(), StoreError> {
    query.execute(connection).await.map_err(database).map(drop)
}

impl Store for Sqlite {
    fn contents(&self) -> Stored<'_, Contents> {
        Box::pin(async {
            let mut clients = self.all("SELECT * FROM client ORDER BY id", rows::client).await?;
            let keys = self.rows("SELECT * FROM client_key ORDER BY client, place").await?;
            let mut keys = keys.into_iter().peekable();
            for owner in &mut clients {
                let own = |row: &SqliteRow| rows::text(row, "client").is_ok_and(|id| id == owner.id.as_str());
                while let Some(row) = keys.next_if(own) {
                    owner.keys.push(rows::key(&row)?);
                }
            }
            Ok(Contents {
                clients,
                apis: self.all("SELECT * FROM api", rows::api).await?,
                organisations: self.all("SELECT * FROM organisation", rows::organisation).await?,
                delegations: self.all("SELECT * FROM delegation", rows::delegation).await?,
                access_keys: self.all("SELECT * FROM access_key", rows::access_key).await?,
                managed: self.all("SELECT * FROM managed", rows::subject).await?,
            })
        })
    }

    fn apply<'a>(&'a self, changes: &'a [Change], author: &'a Author) -> Stored<'a, ()> {
        Box::pin(async move {
            let mut all = self.0.begin().await.map_err(database)?;
            for change in changes {
                apply(&mut all, change).await?;
                if let Some((action, subject)) = change.audited() {
                    let log =
                        sqlx::query("INSERT INTO audit (at, actor, action, kind, id) VALUES (?, ?, ?, ?, ?)")
                            .bind(author.at.seconds())
                            .bind(author.actor.to_string())
                            .bind(action)
                            .bind(subject.kind.name())
                            .bind(subject.id);
                    run(&mut all, log).await?;
                }
            }
            all.commit().await.map_err(database)
        })
    }

    fn audit(&self, before: Option<i64>, limit: u32) -> Stored<'_, Vec<AuditEntry>> {
        Box::pin(async move {
            let found = sqlx::query("SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?")
                .bind(before.unwrap_or(i64::MAX))
                .bind(limit)
                .fetch_all(&self.0)
                .await
                .map_err(database)?;
            found.iter().map(rows::audit_entry).collect()
        })
    }

    fn signing_keys(&self) -> Stored<'_, Vec<StoredSigningKey>> {
        Box::pin(self.all("SELECT * FROM signing_key ORDER BY kid", rows::signing_key))
    }

    fn put_signing_keys<'a>(&'a self, keys: &'a [StoredSigningKey]) -> Stored<'a, ()> {
        Box::pin(async move {
            let mut all = self.0.begin().await.map_err(database)?;
            for key in keys {
                let put = sqlx::query(
                    "INSERT OR REPLACE INTO signing_key (kid, jwk, created, active_from, retires) VALUES (?, ?, ?, ?, ?)",
                );
                let put = put
                    .bind(&key.kid)
                    .bind(key.jwk.expose())
                    .bind(key.created.seconds())
                    .bind(key.active_from.seconds())
                    .bind(key.retires.map(Timestamp::seconds));
                run(&mut all, put).await?;
            }
            all.commit().await.map_err(database)
        })
    }

    fn setting<'a>(&'a self, name: &'a str) -> Stored<'a, Option<String>> {
        Box::pin(async move {
            let row = sqlx::query("SELECT value FROM setting WHERE name = ?").bind(name);
            let row = row.fetch_optional(&self.0).await.map_err(database)?;
            row.map(|row| rows::text(&row, "value")).transpose()
        })
    }

    fn put_setting<'a>(&'a self, name: &'a str, value: &'a str) -> Stored<'a, ()> {
        Box::pin(async move {
            let put = sqlx::query("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)");
            put.bind(name).bind(value).execute(&self.0).await.map_err(database).map(drop)
        })
    }
}

async fn apply(all: &mut SqliteConnection, change: &Change) -> Result<(), StoreError> {
    let query = match change {
        Change::PutClient(client) => return put_client(all, client).await,
        Change::RemoveClient(id) => sqlx::query("DELETE FROM client WHERE id = ?").bind(id.as_str()),
        Change::PutApi(api) => {
            sqlx::query("INSERT OR REPLACE INTO api (audience, scopes, claims, approval) VALUES (?, ?, ?, ?)")
                .bind(api.audience.as_str())
                .bind(api.scopes.to_string())
                .bind(api.claims.join(" "))
                .bind(api.approval)
        }
        Change::RemoveApi(audience) => {
            sqlx::query("DELETE FROM api WHERE audience = ?").bind(audience.as_str())
        }
        Change::PutOrganisation(entry) => {
            sqlx::query("INSERT OR REPLACE INTO organisation (number, name, children) VALUES (?, ?, ?)")
                .bind(entry.number.as_str())
                .bind(&entry.name)
                .bind(joined(&entry.children))
        }
        Change::RemoveOrganisation(number) => {
            sqlx::query("DELETE FROM organisation WHERE number = ?").bind(number.as_str())
        }
        Change::PutDelegation(delegation) => {
            sqlx::query("INSERT OR IGNORE INTO delegation (parent, supplier) VALUES (?, ?)")
                .bind(delegation.parent.as_str())
                .bind(delegation.supplier.as_str())
        }
        Change::RemoveDelegation(delegation) => {
            sqlx::query("DELETE FROM delegation WHERE parent = ? AND supplier = ?")
                .bind(delegation.parent.as_str())
                .bind(delegation.supplier.as_str())
        }
        Change::PutAccessKey(key) => {
            sqlx::query("INSERT INTO access_key (id, purpose, name, hash, created) VALUES (?, ?, ?, ?, ?)")
                .bind(&key.entry.id)
                .bind(key.entry.purpose.name())
                .bind(&key.entry.name)
                .bind(&key.hash)
                .bind(key.entry.created.seconds())
        }
        Change::RemoveAccessKey(id) => sqlx::query("DELETE FROM access_key WHERE id = ?").bind(id),
        Change::Manage(subject) => sqlx::query("INSERT OR IGNORE INTO managed (kind, id) VALUES (?, ?)")
            .bind(subject.kind.name())
            .bind(&subject.id),
        Change::Release(subject) => sqlx::query("DELETE FROM managed WHERE kind = ? AND id = ?")
            .bind(subject.kind.name())
            .bind(&subject.id),
    };
    run(all, query).await
}

async fn put_client(all: &mut SqliteConnection, client: &Client) -> Result<(), StoreError> {
    let api_claims = serde_json::to_string(&client.api_claims)
        .map_err(|why| StoreError::Unreadable { what: "client", why: why.to_string() })?;
    let put = sqlx::query(
        "INSERT INTO client (id, name, tenancy, org_parent, org_children, scopes, profile, token_lifetime, enabled,
             approved, pending_scopes, api_claims)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, tenancy = excluded.tenancy,
             org_parent = excluded.org_parent, org_children = excluded.org_children, scopes = excluded.scopes,
             profile = excluded.profile, token_lifetime = excluded.token_lifetime, enabled = excluded.enabled,
             approved = excluded.approved, pending_scopes = excluded.pending_scopes, api_claims = excluded.api_claims",
    );
    let put = put
        .bind(client.id.as_str())
        .bind(&client.name)
        .bind(client.tenancy.name())
        .bind(client.org_parent.as_ref().map(OrganisationNumber::as_str))
        .bind(joined(&client.org_children))
        .bind(client.scopes.to_string())
        .bind(client.profile.map(|profile| profile.name()))
        .bind(i64::try_from(client.token_lifetime.as_secs()).unwrap_or(i64::MAX))
        .bind(client.enabled)
        .bind(client.approved)
        .bind(client.pending_scopes.to_string())
        .bind(api_claims);
    run(all, put).await?;
    run(all, sqlx::query("DELETE FROM client_key WHERE client = ?").bind(client.id.as_str())).await?;
    for (place, key) in (0_i64..).zip(&client.keys) {
        let put = sqlx::query(
            "INSERT INTO client_key (client, thumbprint, place, jwk, expires, origin) VALUES (?, ?, ?, ?, ?, ?)",
        );
        let put = put
            .bind(client.id.as_str())
            .bind(key.jwk.thumbprint().to_string())
            .bind(place)
            .bind(key.jwk.to_json())
            .bind(key.expires.map(Timestamp::seconds))
            .bind(key.origin.name());
        run(all, put).await?;
    }
    Ok(())
}

fn joined(numbers: &[OrganisationNumber]) -> String {
    numbers.iter().map(OrganisationNumber::as_str).collect::<Vec<_>>().join(" ")
}
