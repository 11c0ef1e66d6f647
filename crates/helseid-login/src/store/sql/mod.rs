//! Sessions in a database: SQLite or PostgreSQL, by the same statements.

mod driver;
mod migrations;
#[cfg(feature = "postgres")]
mod postgres;
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;
#[cfg(feature = "postgres")]
mod taken;

use helseid_protocol::random::SystemRandom;
use helseid_protocol::time::Timestamp;

use super::{
    Applied, Ending, Epoch, FirstUse, Found, Inserted, Leased, Logout, Names, NewRow, Replaces, RowId,
    Sealed, SessionStore, StoreError, Stored, Version,
};
#[cfg(feature = "postgres")]
pub use postgres::postgres;
#[cfg(all(test, feature = "service-tests"))]
pub(super) use postgres::{Limits, within};
#[cfg(feature = "sqlite")]
pub use sqlite::sqlite;
use statement::{Database, Statement};

/// The store over one of the databases.
struct Sql<D>(D);

impl<D: Database> Sql<D> {
    /// Takes a database whose tables are up to date.
    async fn open(database: D) -> Result<Self, StoreError> {
        let first = "INSERT INTO helseid_epoch (one, epoch) VALUES (1, $1) ON CONFLICT DO NOTHING";
        database.run(Statement::new(first).text(Epoch::new(&SystemRandom).to_text())).await?;
        Ok(Self(database))
    }

    async fn present_epoch(&self) -> Result<Epoch, StoreError> {
        let found = self.0.rows(Statement::new("SELECT epoch FROM helseid_epoch")).await?;
        epoch(found.first().ok_or_else(|| StoreError::Unreadable("there is no epoch".to_owned()))?)
    }

    async fn find_row(&self, id: &RowId) -> Result<Option<Found>, StoreError> {
        let find = "SELECT version, sealed, used, (SELECT epoch FROM helseid_epoch) AS epoch
                    FROM helseid_session WHERE id = $1";
        let found = self.0.rows(Statement::new(find).text(id.to_text())).await?;
        found.first().map(rows::found).transpose()
    }

    async fn change(&self, statement: Statement) -> Result<Applied, StoreError> {
        Ok(if self.0.run(statement).await? == 0 { Applied::Conflict } else { Applied::Done })
    }

    async fn take_lease(&self, id: &RowId, until: Timestamp, now: Timestamp) -> Result<Leased, StoreError> {
        let take = "UPDATE helseid_session SET lease = $2 WHERE id = $1 AND (lease <= $3 OR lease > $4)";
        let take = Statement::new(take)
            .text(id.to_text())
            .integer(until.seconds())
            .integer(now.seconds())
            .integer(now.plus(super::MAX_LEASE).seconds());
        if self.0.run(take).await? > 0 {
            return Ok(Leased::Taken);
        }
        Ok(if self.is_there(id).await? { Leased::Held } else { Leased::Gone })
    }

    /// Of many requests at once the first writes; the others find that it has, and no disk is waited for.
    async fn note_use(&self, id: &RowId, used: Timestamp) -> Result<Applied, StoreError> {
        let touch = "UPDATE helseid_session SET used = $2 WHERE id = $1 AND used < $2";
        let touch = Statement::new(touch).text(id.to_text()).integer(used.seconds());
        let is_there = self.0.run(touch).await? > 0 || self.is_there(id).await?;
        Ok(if is_there { Applied::Done } else { Applied::Conflict })
    }

    async fn is_there(&self, id: &RowId) -> Result<bool, StoreError> {
        let there = Statement::new("SELECT id FROM helseid_session WHERE id = $1").text(id.to_text());
        Ok(!self.0.rows(there).await?.is_empty())
    }
}

fn epoch(row: &impl statement::Row) -> Result<Epoch, StoreError> {
    let text = row.text("epoch")?;
    Epoch::from_text(&text).ok_or_else(|| StoreError::Unreadable("the epoch".to_owned()))
}

impl<D: Database> SessionStore for Sql<D> {
    fn epoch(&self) -> Stored<'_, Epoch> {
        Box::pin(self.present_epoch())
    }

    fn raise_epoch(&self) -> Stored<'_, ()> {
        let raise = Statement::new("UPDATE helseid_epoch SET epoch = $1");
        let raise = raise.text(Epoch::new(&SystemRandom).to_text());
        Box::pin(async move { self.0.run(raise).await.map(drop) })
    }

    fn insert<'a>(&'a self, new: &'a NewRow, replaces: Replaces<'a>, now: Timestamp) -> Stored<'a, Inserted> {
        Box::pin(self.insert_row(new, replaces, now))
    }

    fn find<'a>(&'a self, id: &'a RowId) -> Stored<'a, Option<Found>> {
        Box::pin(self.find_row(id))
    }

    fn update<'a>(&'a self, id: &'a RowId, version: Version, sealed: &'a Sealed) -> Stored<'a, Applied> {
        let update = "UPDATE helseid_session SET version = $3, sealed = $4 WHERE id = $1 AND version = $2";
        let update = Statement::new(update)
            .text(id.to_text())
            .integer(version.number().into())
            .integer(version.next().number().into())
            .bytes(sealed.as_bytes());
        Box::pin(self.change(update))
    }

    fn touch<'a>(&'a self, id: &'a RowId, used: Timestamp) -> Stored<'a, Applied> {
        Box::pin(self.note_use(id, used))
    }

    fn lease<'a>(&'a self, id: &'a RowId, until: Timestamp, now: Timestamp) -> Stored<'a, Leased> {
        Box::pin(self.take_lease(id, until, now))
    }

    fn release<'a>(&'a self, id: &'a RowId, until: Timestamp) -> Stored<'a, ()> {
        let release = "UPDATE helseid_session SET lease = 0 WHERE id = $1 AND lease = $2";
        let release = Statement::new(release).text(id.to_text()).integer(until.seconds());
        Box::pin(async move { self.0.run(release).await.map(drop) })
    }

    fn end<'a>(&'a self, what: Ending<'a>) -> Stored<'a, ()> {
        Box::pin(self.end_rows(what))
    }

    fn log_out<'a>(&'a self, logout: &'a Logout, now: Timestamp) -> Stored<'a, FirstUse> {
        Box::pin(self.log_out_all(logout, now))
    }

    fn claim<'a>(&'a self, id: &'a Names, ends: Timestamp, now: Timestamp) -> Stored<'a, FirstUse> {
        Box::pin(self.claim_id(id, ends, now))
    }

    fn sweep(&self, idle_since: Timestamp, now: Timestamp) -> Stored<'_, bool> {
        Box::pin(self.sweep_some(idle_since, now))
    }
}
