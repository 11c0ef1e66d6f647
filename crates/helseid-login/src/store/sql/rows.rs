//! Rows, and the steps that change several of them.

use helseid_protocol::time::Timestamp;

use super::statement::{Database, Row, Statement, Transaction};
use super::{Sql, epoch};
use crate::store::{
    Ending, FirstUse, Found, IndexKey, Inserted, Logout, LogoutOf, Names, NewRow, Replaces, RowId, Sealed,
    StoreError, Version,
};

/// So many rows of each table are removed in one sweep.
const SWEPT_AT_ONCE: i64 = 500;

pub(super) fn found(row: &impl Row) -> Result<Found, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("{what} of a session"));
    let version = u32::try_from(row.integer("version")?).map_err(|_| unreadable("the version"))?;
    Ok(Found {
        version: Version::new(version),
        sealed: Sealed::new(row.bytes("sealed")?).map_err(|_| unreadable("the record"))?,
        used: Timestamp::from_seconds(row.integer("used")?),
        epoch: epoch(row)?,
    })
}

/// The names in the order in which all take their locks.
fn texts<'a>(names: impl IntoIterator<Item = &'a Names>) -> Vec<String> {
    names.into_iter().flat_map(Names::all).map(|name| IndexKey::to_text(*name)).collect()
}

impl<D: Database> Sql<D> {
    pub(super) async fn insert_row(
        &self,
        new: &NewRow,
        replaces: Replaces<'_>,
        now: Timestamp,
    ) -> Result<Inserted, StoreError> {
        let names = texts(new.session.iter().chain([&new.person]));
        let mut all = self.0.write(&names).await?;
        match replaces {
            Replaces::Nothing => {}
            Replaces::Any(id) => delete(&mut all, id, None).await.map(drop)?,
            Replaces::Live(id, version) => {
                if delete(&mut all, id, Some(version)).await? == 0 {
                    return all.undo().await.map(|()| Inserted::Conflict);
                }
            }
        }
        for (names, authenticated) in [
            // A session that was ended does not come again, whenever its person authenticated.
            (new.session.as_ref(), i64::MIN),
            (Some(&new.person), new.authenticated.seconds()),
        ] {
            for name in names.into_iter().flat_map(Names::all) {
                // The mark is touched, so that the answer is how many there are.
                let forbids =
                    "UPDATE helseid_logout SET ends = ends WHERE name = $1 AND ends > $2 AND until >= $3";
                let forbids = Statement::new(forbids)
                    .text(name.to_text())
                    .integer(now.seconds())
                    .integer(authenticated);
                if all.run(forbids).await? > 0 {
                    return all.commit().await.map(|()| Inserted::LoggedOut);
                }
            }
        }
        let put =
            "INSERT INTO helseid_session (id, version, sealed, session, person, authenticated, used, ends)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let put = Statement::new(put)
            .text(new.id.to_text())
            .integer(Version::FIRST.number().into())
            .bytes(new.sealed.as_bytes())
            .optional_text(new.session.as_ref().map(|names| names.first().to_text()))
            .text(new.person.first().to_text())
            .integer(new.authenticated.seconds())
            .integer(new.used.seconds())
            .integer(new.ends.seconds());
        all.run(put).await?;
        all.commit().await.map(|()| Inserted::Done)
    }

    pub(super) async fn end_rows(&self, what: Ending<'_>) -> Result<(), StoreError> {
        match what {
            Ending::Row(id) => {
                let end = Statement::new("DELETE FROM helseid_session WHERE id = $1").text(id.to_text());
                self.0.run(end).await.map(drop)
            }
            Ending::Session(names) => {
                let mut all = self.0.write(&texts([names])).await?;
                end_session(&mut all, names).await?;
                all.commit().await
            }
        }
    }

    pub(super) async fn log_out_all(&self, logout: &Logout, now: Timestamp) -> Result<FirstUse, StoreError> {
        let (LogoutOf::Session(names) | LogoutOf::Person(names, _)) = &logout.of;
        let mut all = self
            .0
            .write(&texts([names].into_iter().chain(logout.token.iter().map(|(token, _)| token))))
            .await?;
        if let Some((token, ends)) = &logout.token
            && claim(&mut all, token, *ends, now).await? == FirstUse::No
        {
            return all.undo().await.map(|()| FirstUse::No);
        }
        let until = match &logout.of {
            LogoutOf::Session(_) => {
                end_session(&mut all, names).await?;
                now
            }
            LogoutOf::Person(_, until) => {
                for name in names.all() {
                    let end = "DELETE FROM helseid_session WHERE person = $1 AND authenticated <= $2";
                    all.run(Statement::new(end).text(name.to_text()).integer(until.seconds())).await?;
                }
                *until
            }
        };
        for name in names.all() {
            let mark = "INSERT INTO helseid_logout (name, until, ends) VALUES ($1, $2, $3)
                        ON CONFLICT (name) DO UPDATE SET
                            until = CASE WHEN helseid_logout.until > $2 THEN helseid_logout.until ELSE $2 END,
                            ends = CASE WHEN helseid_logout.ends > $3 THEN helseid_logout.ends ELSE $3 END";
            let mark = Statement::new(mark)
                .text(name.to_text())
                .integer(until.seconds())
                .integer(logout.remembered.seconds());
            all.run(mark).await?;
        }
        all.commit().await.map(|()| FirstUse::Yes)
    }

    pub(super) async fn claim_id(
        &self,
        id: &Names,
        ends: Timestamp,
        now: Timestamp,
    ) -> Result<FirstUse, StoreError> {
        let mut all = self.0.write(&texts([id])).await?;
        let first = claim(&mut all, id, ends, now).await?;
        all.commit().await.map(|()| first)
    }

    pub(super) async fn sweep_some(&self, idle_since: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        let mut most = 0;
        for (sweep, time) in [
            (
                "DELETE FROM helseid_session WHERE id IN
                     (SELECT id FROM helseid_session WHERE ends <= $1 ORDER BY ends LIMIT $2)",
                now,
            ),
            (
                "DELETE FROM helseid_session WHERE id IN
                     (SELECT id FROM helseid_session WHERE used < $1 ORDER BY used LIMIT $2)",
                idle_since,
            ),
            (
                "DELETE FROM helseid_logout WHERE name IN
                     (SELECT name FROM helseid_logout WHERE ends <= $1 ORDER BY ends LIMIT $2)",
                now,
            ),
            (
                "DELETE FROM helseid_used WHERE name IN
                     (SELECT name FROM helseid_used WHERE ends <= $1 ORDER BY ends LIMIT $2)",
                now,
            ),
        ] {
            let sweep = Statement::new(sweep).integer(time.seconds()).integer(SWEPT_AT_ONCE);
            most = most.max(self.0.run(sweep).await?);
        }
        Ok(most >= SWEPT_AT_ONCE.unsigned_abs())
    }
}

async fn delete(all: &mut impl Transaction, id: &RowId, version: Option<Version>) -> Result<u64, StoreError> {
    let statement = match version {
        None => Statement::new("DELETE FROM helseid_session WHERE id = $1").text(id.to_text()),
        Some(version) => Statement::new("DELETE FROM helseid_session WHERE id = $1 AND version = $2")
            .text(id.to_text())
            .integer(version.number().into()),
    };
    all.run(statement).await
}

async fn end_session(all: &mut impl Transaction, names: &Names) -> Result<(), StoreError> {
    for name in names.all() {
        let end = Statement::new("DELETE FROM helseid_session WHERE session = $1").text(name.to_text());
        all.run(end).await?;
    }
    Ok(())
}

/// Records the use of an id in the transaction of the caller, which has its locks: whether it is the first.
async fn claim(
    all: &mut impl Transaction,
    id: &Names,
    ends: Timestamp,
    now: Timestamp,
) -> Result<FirstUse, StoreError> {
    for name in id.all() {
        let known = "UPDATE helseid_used SET ends = ends WHERE name = $1 AND ends > $2";
        if all.run(Statement::new(known).text(name.to_text()).integer(now.seconds())).await? > 0 {
            return Ok(FirstUse::No);
        }
    }
    let put = "INSERT INTO helseid_used (name, ends) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET ends = $2";
    let put = Statement::new(put).text(id.first().to_text()).integer(ends.seconds());
    all.run(put).await.map(|_| FirstUse::Yes)
}
