//! The registry in PostgreSQL, which any number of replicas share.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};

use super::driver::{driver, failed};
use super::migrations::migrator;
use super::sql::Sql;
use super::statement::{Database, Purpose};
use super::{StoreError, Stored};
use crate::secret::Sealer;

/// The registry in PostgreSQL.
#[derive(Debug)]
pub(crate) struct Postgres(PgPool);

/// The most connections of one replica. The hot path has none.
const CONNECTIONS: u32 = 8;

/// How long a change waits for a connection, and for the database's answer.
const PATIENCE: Duration = Duration::from_secs(5);

impl Postgres {
    /// Connects, brings the tables up to date, and seals anew what an older secret has sealed.
    pub(crate) async fn open(url: &str, sealer: Sealer) -> Result<Sql<Self>, StoreError> {
        let options = options(url)?;
        // A server that is gone without a word must not hold a change, nor a dead replica the others'.
        let patience = PATIENCE.as_millis().to_string();
        let options = options.application_name("helseid-authority").options([
            ("statement_timeout", patience.as_str()),
            ("lock_timeout", patience.as_str()),
            ("idle_in_transaction_session_timeout", patience.as_str()),
        ]);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
        let pool = pool.connect_with(options).await.map_err(failed)?;
        migrator(MIGRATIONS).run(&pool).await.map_err(|why| StoreError::Migration(why.to_string()))?;
        let store = Sql::new(Self(pool), Some(sealer));
        store.seal_anew().await?;
        Ok(store)
    }
}

/// Reads the address. Nothing of it is shown: it may hold a password.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    PgConnectOptions::from_str(url).map_err(|_| StoreError::Database("its address cannot be read".to_owned()))
}

/// Each version of the tables, from the first on. One that was released is never changed.
pub(super) const MIGRATIONS: &[(&str, &str)] =
    &[("registry", include_str!("../../migrations/postgres/0001_registry.sql"))];

impl Database for Postgres {
    type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

    fn begin(&self, purpose: Purpose) -> Stored<'_, Self::Transaction> {
        let begin = match purpose {
            Purpose::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            // What waits for the row of versions then sees what was committed meanwhile.
            Purpose::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        };
        Box::pin(async move { self.0.begin_with(begin).await.map_err(failed) })
    }

    /// Its commits last from the first on, as its own configuration has it.
    fn settle(&self) -> Stored<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

driver!(sqlx::Postgres, PgArguments, PgRow);
