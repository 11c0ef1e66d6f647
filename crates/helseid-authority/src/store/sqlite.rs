//! The registry in one SQLite file.

use std::borrow::Cow;
use std::time::Duration;

use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::endpoint::admin::{ApiResource, Delegation, KeyOrigin, OrganisationEntry};
use helseid_protocol::id::{Audience, ClientId};
use helseid_protocol::jose::PublicJwk;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::PrivateKeyText;
use helseid_protocol::time::Timestamp;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row as _, SqlSafeStr as _, SqlitePool};

use super::folder::{Open, private_file};
use super::{Contents, Folder, Store, StoreError, Stored};
use crate::model::{Client, Key, StoredSigningKey};

/// The registry in SQLite.
#[derive(Debug)]
pub(crate) struct Sqlite(SqlitePool);

impl Sqlite {
    /// Opens the file in the folder, and brings it up to date.
    pub(crate) async fn open(folder: &Folder) -> Result<Self, StoreError> {
        let file = folder.file("registry.sqlite");
        private_file(&file, Open::Append)
            .map_err(|why| StoreError::Folder { folder: file.display().to_string(), why: why.to_string() })?;
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .journal_mode(SqliteJournalMode::Wal)
            // What was answered is there after a power loss, too.
            .synchronous(SqliteSynchronous::Full);
        Self::connect(options).await
    }

    /// A registry that ends with the process.
    pub(crate) async fn in_memory() -> Result<Self, StoreError> {
        Self::connect(SqliteConnectOptions::new().in_memory(true).foreign_keys(true)).await
    }

    /// One connection: the hot path never comes here, and SQLite has one writer anyway.
    async fn connect(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = pool.connect_with(options).await.map_err(database)?;
        migrator().run(&pool).await.map_err(|why| StoreError::Migration(why.to_string()))?;
        Ok(Self(pool))
    }

    async fn write(
        &self,
        query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<(), StoreError> {
        query.execute(&self.0).await.map_err(database).map(drop)
    }

    async fn rows(&self, sql: &'static str) -> Result<Vec<SqliteRow>, StoreError> {
        sqlx::query(sql).fetch_all(&self.0).await.map_err(database)
    }
}

fn migrator() -> Migrator {
    let sql = include_str!("../../migrations/0001_registry.sql").into_sql_str();
    let first = Migration::new(1, Cow::Borrowed("registry"), MigrationType::Simple, sql, false);
    Migrator::with_migrations(vec![first])
}

fn database(error: sqlx::Error) -> StoreError {
    StoreError::Database(error.to_string())
}

impl Store for Sqlite {
    fn contents(&self) -> Stored<'_, Contents> {
        Box::pin(async {
            let mut clients = Vec::new();
            for row in self.rows("SELECT * FROM client ORDER BY id").await? {
                clients.push(client(&row)?);
            }
            let mut keys =
                self.rows("SELECT * FROM client_key ORDER BY client, place").await?.into_iter().peekable();
            for owner in &mut clients {
                while let Some(row) =
                    keys.next_if(|row| text(row, "client").is_ok_and(|id| id == owner.id.as_str()))
                {
                    owner.keys.push(key(&row)?);
                }
            }
            let apis = self.rows("SELECT * FROM api ORDER BY audience").await?;
            let organisations = self.rows("SELECT * FROM organisation ORDER BY number").await?;
            let delegations = self.rows("SELECT * FROM delegation ORDER BY parent, supplier").await?;
            Ok(Contents {
                clients,
                apis: apis.iter().map(api).collect::<Result<_, _>>()?,
                organisations: organisations.iter().map(organisation).collect::<Result<_, _>>()?,
                delegations: delegations.iter().map(delegation).collect::<Result<_, _>>()?,
            })
        })
    }

    fn put_client<'a>(&'a self, client: &'a Client) -> Stored<'a, ()> {
        Box::pin(async {
            let mut all = self.0.begin().await.map_err(database)?;
            let put = sqlx::query(
                "INSERT INTO client (id, name, tenancy, org_parent, org_children, scopes, profile, token_lifetime, enabled)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, tenancy = excluded.tenancy,
                     org_parent = excluded.org_parent, org_children = excluded.org_children, scopes = excluded.scopes,
                     profile = excluded.profile, token_lifetime = excluded.token_lifetime, enabled = excluded.enabled",
            );
            put.bind(client.id.as_str())
                .bind(&client.name)
                .bind(client.tenancy.name())
                .bind(client.org_parent.as_ref().map(OrganisationNumber::as_str))
                .bind(joined(&client.org_children))
                .bind(client.scopes.to_string())
                .bind(client.profile.map(|profile| profile.name()))
                .bind(i64::try_from(client.token_lifetime.as_secs()).unwrap_or(i64::MAX))
                .bind(client.enabled)
                .execute(&mut *all)
                .await
                .map_err(database)?;
            let old = sqlx::query("DELETE FROM client_key WHERE client = ?").bind(client.id.as_str());
            old.execute(&mut *all).await.map_err(database)?;
            for (place, key) in (0_i64..).zip(&client.keys) {
                let put = sqlx::query(
                    "INSERT INTO client_key (client, thumbprint, place, jwk, expires, origin) VALUES (?, ?, ?, ?, ?, ?)",
                );
                put.bind(client.id.as_str())
                    .bind(key.jwk.thumbprint().to_string())
                    .bind(place)
                    .bind(key.jwk.to_json())
                    .bind(key.expires.map(Timestamp::seconds))
                    .bind(key.origin.name())
                    .execute(&mut *all)
                    .await
                    .map_err(database)?;
            }
            all.commit().await.map_err(database)
        })
    }

    fn remove_client<'a>(&'a self, id: &'a ClientId) -> Stored<'a, ()> {
        Box::pin(self.write(sqlx::query("DELETE FROM client WHERE id = ?").bind(id.as_str())))
    }

    fn put_api<'a>(&'a self, api: &'a ApiResource) -> Stored<'a, ()> {
        let put = sqlx::query("INSERT OR REPLACE INTO api (audience, scopes) VALUES (?, ?)");
        Box::pin(self.write(put.bind(api.audience.as_str()).bind(api.scopes.to_string())))
    }

    fn remove_api<'a>(&'a self, audience: &'a Audience) -> Stored<'a, ()> {
        Box::pin(self.write(sqlx::query("DELETE FROM api WHERE audience = ?").bind(audience.as_str())))
    }

    fn put_organisation<'a>(&'a self, organisation: &'a OrganisationEntry) -> Stored<'a, ()> {
        let put =
            sqlx::query("INSERT OR REPLACE INTO organisation (number, name, children) VALUES (?, ?, ?)")
                .bind(organisation.number.as_str())
                .bind(&organisation.name)
                .bind(joined(&organisation.children));
        Box::pin(self.write(put))
    }

    fn remove_organisation<'a>(&'a self, number: &'a OrganisationNumber) -> Stored<'a, ()> {
        Box::pin(self.write(sqlx::query("DELETE FROM organisation WHERE number = ?").bind(number.as_str())))
    }

    fn put_delegation<'a>(&'a self, delegation: &'a Delegation) -> Stored<'a, ()> {
        let put = sqlx::query("INSERT OR IGNORE INTO delegation (parent, supplier) VALUES (?, ?)");
        Box::pin(self.write(put.bind(delegation.parent.as_str()).bind(delegation.supplier.as_str())))
    }

    fn remove_delegation<'a>(&'a self, delegation: &'a Delegation) -> Stored<'a, ()> {
        let remove = sqlx::query("DELETE FROM delegation WHERE parent = ? AND supplier = ?");
        Box::pin(self.write(remove.bind(delegation.parent.as_str()).bind(delegation.supplier.as_str())))
    }

    fn signing_keys(&self) -> Stored<'_, Vec<StoredSigningKey>> {
        Box::pin(async {
            let rows = self.rows("SELECT * FROM signing_key ORDER BY created DESC, kid").await?;
            rows.iter().map(signing_key).collect()
        })
    }

    fn put_signing_key<'a>(&'a self, key: &'a StoredSigningKey) -> Stored<'a, ()> {
        let put = sqlx::query("INSERT INTO signing_key (kid, jwk, created) VALUES (?, ?, ?)");
        Box::pin(self.write(put.bind(&key.kid).bind(key.jwk.expose()).bind(key.created.seconds())))
    }

    fn setting<'a>(&'a self, name: &'a str) -> Stored<'a, Option<String>> {
        Box::pin(async move {
            let row = sqlx::query("SELECT value FROM setting WHERE name = ?").bind(name);
            let row = row.fetch_optional(&self.0).await.map_err(database)?;
            row.map(|row| text(&row, "value")).transpose()
        })
    }

    fn put_setting<'a>(&'a self, name: &'a str, value: &'a str) -> Stored<'a, ()> {
        let put = sqlx::query("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)");
        Box::pin(self.write(put.bind(name).bind(value)))
    }
}

fn client(row: &SqliteRow) -> Result<Client, StoreError> {
    let bad = |why: String| StoreError::Unreadable { what: "client", why };
    let parse_scopes = |text: String| ScopeSet::parse(&text).map_err(|why| bad(why.to_string()));
    let parent: Option<String> = row.try_get("org_parent").map_err(database)?;
    let profile: Option<String> = row.try_get("profile").map_err(database)?;
    let lifetime: i64 = row.try_get("token_lifetime").map_err(database)?;
    Ok(Client {
        id: text(row, "id")?.parse().map_err(|why| bad(format!("{why}")))?,
        name: text(row, "name")?,
        tenancy: text(row, "tenancy")?.parse().map_err(bad)?,
        org_parent: parent.map(|number| number.parse()).transpose().map_err(|why| bad(format!("{why}")))?,
        org_children: numbers(row, "org_children")?,
        scopes: parse_scopes(text(row, "scopes")?)?,
        keys: Vec::new(),
        profile: profile.map(|profile| profile.parse()).transpose().map_err(bad)?,
        token_lifetime: Duration::from_secs(lifetime.try_into().unwrap_or(0)),
        enabled: row.try_get("enabled").map_err(database)?,
    })
}

fn key(row: &SqliteRow) -> Result<Key, StoreError> {
    let jwk = PublicJwk::read(text(row, "jwk")?.as_bytes());
    let expires: Option<i64> = row.try_get("expires").map_err(database)?;
    Ok(Key {
        jwk: jwk.map_err(|why| StoreError::Unreadable { what: "client key", why: why.to_string() })?,
        expires: expires.map(Timestamp::from_seconds),
        origin: if text(row, "origin")? == KeyOrigin::Api.name() { KeyOrigin::Api } else { KeyOrigin::Gui },
    })
}

fn api(row: &SqliteRow) -> Result<ApiResource, StoreError> {
    let bad = |why: String| StoreError::Unreadable { what: "API", why };
    Ok(ApiResource {
        audience: text(row, "audience")?.parse().map_err(|why| bad(format!("{why}")))?,
        scopes: ScopeSet::parse(&text(row, "scopes")?).map_err(|why| bad(why.to_string()))?,
    })
}

fn organisation(row: &SqliteRow) -> Result<OrganisationEntry, StoreError> {
    Ok(OrganisationEntry {
        number: number(&text(row, "number")?)?,
        name: text(row, "name")?,
        children: numbers(row, "children")?,
    })
}

fn delegation(row: &SqliteRow) -> Result<Delegation, StoreError> {
    Ok(Delegation { parent: number(&text(row, "parent")?)?, supplier: number(&text(row, "supplier")?)? })
}

fn signing_key(row: &SqliteRow) -> Result<StoredSigningKey, StoreError> {
    Ok(StoredSigningKey {
        kid: text(row, "kid")?,
        jwk: PrivateKeyText::new(text(row, "jwk")?),
        created: Timestamp::from_seconds(row.try_get("created").map_err(database)?),
    })
}

fn text(row: &SqliteRow, column: &str) -> Result<String, StoreError> {
    row.try_get(column).map_err(database)
}

fn number(text: &str) -> Result<OrganisationNumber, StoreError> {
    let bad = |why| StoreError::Unreadable { what: "organisation number", why: format!("{why}") };
    OrganisationNumber::parse(text).map_err(bad)
}

fn numbers(row: &SqliteRow, column: &str) -> Result<Vec<OrganisationNumber>, StoreError> {
    text(row, column)?.split_whitespace().map(number).collect()
}

fn joined(numbers: &[OrganisationNumber]) -> String {
    numbers.iter().map(OrganisationNumber::as_str).collect::<Vec<_>>().join(" ")
}
