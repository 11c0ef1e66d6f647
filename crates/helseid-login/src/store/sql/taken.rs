//! A connection to PostgreSQL in use. A server can fall silent in the middle of an answer, and no setting of its own helps then: each
//! statement has its time here too. A connection whose statement was cut off is closed, since the pool would wait for that answer
//! before it gives the connection's place to another.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use tokio::runtime::Handle;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::driver::{driver, failed};
use super::statement::{Statement, Transaction};
use crate::store::{StoreError, Stored};

/// A connection, until it is dropped.
pub(super) struct Taken {
    connection: PoolConnection<sqlx::Postgres>,
    patience: Duration,
    /// Whether every statement was answered to its end, and nothing is left open.
    is_whole: bool,
}

impl Taken {
    pub(super) const fn new(connection: PoolConnection<sqlx::Postgres>, patience: Duration) -> Self {
        Self { connection, patience, is_whole: true }
    }

    /// Begins a transaction.
    pub(super) async fn begin(mut self) -> Result<Self, StoreError> {
        self.execute(Statement::new("BEGIN")).await?;
        self.is_whole = false;
        Ok(self)
    }

    /// How many rows a statement changed.
    pub(super) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        let was_whole = std::mem::replace(&mut self.is_whole, false);
        let done = timeout(self.patience, query(statement).execute(&mut *self.connection)).await;
        self.answered(done, was_whole).map(|done| done.rows_affected())
    }

    /// The rows that a statement gives.
    pub(super) async fn fetch(&mut self, statement: Statement) -> Result<Vec<PgRow>, StoreError> {
        let was_whole = std::mem::replace(&mut self.is_whole, false);
        let rows = timeout(self.patience, query(statement).fetch_all(&mut *self.connection)).await;
        self.answered(rows, was_whole)
    }

    fn answered<T>(
        &mut self,
        done: Result<sqlx::Result<T>, Elapsed>,
        was_whole: bool,
    ) -> Result<T, StoreError> {
        let done = done.map_err(|_| StoreError::Away("the database has not answered in time".to_owned()))?;
        self.is_whole = was_whole;
        done.map_err(failed)
    }

    /// Ends the transaction.
    async fn end(mut self, statement: &'static str) -> Result<(), StoreError> {
        self.execute(Statement::new(statement)).await?;
        self.is_whole = true;
        Ok(())
    }
}

impl Transaction for Taken {
    fn run(&mut self, statement: Statement) -> Stored<'_, u64> {
        Box::pin(self.execute(statement))
    }

    fn commit(self) -> Stored<'static, ()> {
        Box::pin(self.end("COMMIT"))
    }

    fn undo(self) -> Stored<'static, ()> {
        Box::pin(self.end("ROLLBACK"))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        match Handle::try_current() {
            // The pool asks the server whether the connection is still good: that has its time too.
            Ok(runtime) if self.is_whole => {
                drop(runtime.spawn(timeout(self.patience, self.connection.return_to_pool())));
            }
            _ => self.connection.close_on_drop(),
        }
    }
}

driver!(sqlx::Postgres, PgArguments, PgRow);
