//! Sessions in a database, and the store as a whole.

use helseid_protocol::time::Timestamp;

use super::ended::KEPT;
use super::families::{EndBy, OwnerColumn, end};
use super::{
    Data, Ending, Family, FamilyId, KnownFamily, Liveness, NewFamily, Presented, Rotation, SecretHash,
    Session, SessionId, SessionStore,
};
use crate::storage::registry::columns::{columns, select};
use crate::storage::registry::sql::Sql;
use crate::storage::registry::statement::{Database, InvalidRow, Purpose, Row, Statement, Transaction as _};
use crate::storage::registry::{Applied, StoreError, Stored};

/// So many rows of each table are removed at once.
const TRIMMED_AT_ONCE: i64 = 500;

/// What the data of a session is sealed for.
fn place(id: &str) -> String {
    format!("login session {id}")
}

impl<D: Database> Sql<D> {
    fn session(&self, row: &impl Row) -> Result<Session, StoreError> {
        let id = row.text("id")?;
        let data = self.opened(&place(&id), row.text("data")?)?;
        let time = |column| row.integer(column).map(Timestamp::from_seconds);
        Ok(Session {
            id: id.parse().map_err(InvalidRow::of)?,
            cookie: SecretHash(row.text("cookie")?.into()),
            subject: row.text("subject")?.parse().map_err(InvalidRow::of)?,
            data: Data::new(data).map_err(InvalidRow::of)?,
            authenticated: time("authenticated")?,
            used: time("used")?,
            expires: time("expires")?,
            version: row.integer("version")?,
        })
    }

    /// Runs one statement that gives the rows that it changed.
    async fn changes_a_row(&self, statement: Statement) -> Result<Applied, StoreError> {
        let mut all = self.database.begin(Purpose::Write).await?;
        let changed = !all.rows(statement).await?.is_empty();
        all.commit().await?;
        Ok(if changed { Applied::Done } else { Applied::Conflict })
    }

    async fn insert_session(&self, session: &Session) -> Result<Applied, StoreError> {
        let mut all = self.database.begin(Purpose::Write).await?;
        let put = Statement::new(concat!(
            "INSERT INTO login_session (id, cookie, subject, data, authenticated, used, expires, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING ",
            columns!(login_session)
        ))
        .text(session.id.as_str())
        .text(session.cookie.as_str())
        .text(session.subject.as_str())
        .text(self.sealed(&place(session.id.as_str()), session.data.as_str()))
        .integer(session.authenticated.seconds())
        .integer(session.used.seconds())
        .integer(session.expires.seconds())
        .integer(session.version);
        let Some(row) = all.rows(put).await?.into_iter().next() else { return Ok(Applied::Conflict) };
        if self.session(&row)? != *session {
            return Err(StoreError::NotReadBack { what: "session", why: "it differs".to_owned() });
        }
        all.commit().await.map(|()| Applied::Done)
    }

    async fn end_session(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut all = self.database.begin(Purpose::Write).await?;
        // The session first, as whoever adds a family to it does.
        let session =
            "UPDATE login_session SET ended = $2, version = version + 1 WHERE id = $1 AND ended IS NULL";
        all.run(Statement::new(session).text(id).integer(now.seconds())).await?;
        end(&mut all, EndBy::Session(id), now).await?;
        all.commit().await
    }

    async fn end_sessions_of(&self, subject: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut all = self.database.begin(Purpose::Read).await?;
        let found = "SELECT id FROM login_session WHERE subject = $1 AND ended IS NULL";
        let found = all.rows(Statement::new(found).text(subject)).await?;
        all.commit().await?;
        for row in &found {
            self.end_session(&row.text("id")?, now).await?;
        }
        Ok(())
    }
}

impl<D: Database> SessionStore for Sql<D> {
    fn create_session<'a>(&'a self, session: &'a Session) -> Stored<'a, Applied> {
        Box::pin(self.insert_session(session))
    }

    fn find_session<'a>(&'a self, cookie: &'a SecretHash, live: Liveness) -> Stored<'a, Option<Session>> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Read).await?;
            let found = select!(login_session
                "WHERE cookie = $1 AND ended IS NULL AND expires > $2 AND used >= $3 AND used <= $4");
            let found = Statement::new(found)
                .text(cookie.as_str())
                .integer(live.now.seconds())
                .integer(live.now.minus(live.idle).seconds())
                .integer(live.now.plus(live.tolerance).seconds());
            let found = all.rows(found).await?;
            all.commit().await?;
            found.first().map(|row| self.session(row)).transpose()
        })
    }

    fn touch_session<'a>(&'a self, id: &'a SessionId, now: Timestamp) -> Stored<'a, Applied> {
        // A clock that is behind takes no use back.
        let touch = "UPDATE login_session SET used = CASE WHEN used > $2 THEN used ELSE $2 END
                     WHERE id = $1 AND ended IS NULL RETURNING id";
        Box::pin(self.changes_a_row(Statement::new(touch).text(id.as_str()).integer(now.seconds())))
    }

    fn update_session<'a>(&'a self, id: &'a SessionId, version: i64, data: &'a Data) -> Stored<'a, Applied> {
        let update = "UPDATE login_session SET data = $3, version = version + 1
                      WHERE id = $1 AND version = $2 AND ended IS NULL RETURNING id";
        let sealed = self.sealed(&place(id.as_str()), data.as_str());
        let update = Statement::new(update).text(id.as_str()).integer(version).text(sealed);
        Box::pin(self.changes_a_row(update))
    }

    fn create_family<'a>(&'a self, family: &'a NewFamily, now: Timestamp) -> Stored<'a, Applied> {
        Box::pin(self.insert_family(family, now))
    }

    fn find_family<'a>(&'a self, presented: &'a Presented<'a>) -> Stored<'a, Option<Family>> {
        Box::pin(self.acceptable(presented))
    }

    fn rotate<'a>(
        &'a self,
        presented: &'a Presented<'a>,
        successor: Option<&'a SecretHash>,
    ) -> Stored<'a, Rotation> {
        Box::pin(self.accept(presented, successor))
    }

    fn end<'a>(&'a self, what: Ending<'a>, now: Timestamp) -> Stored<'a, ()> {
        Box::pin(async move {
            match what {
                Ending::Family(id, until) => self.end_family(id, until, now).await,
                Ending::Session(id) => self.end_session(id.as_str(), now).await,
                Ending::Client(client) => self.end_families(OwnerColumn::Client, client.as_str(), now).await,
                Ending::Subject(subject) => {
                    self.end_sessions_of(subject.as_str(), now).await?;
                    self.end_families(OwnerColumn::Subject, subject.as_str(), now).await
                }
            }
        })
    }

    fn look_up_session<'a>(&'a self, id: &'a SessionId) -> Stored<'a, Option<Session>> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Read).await?;
            let found = Statement::new(select!(login_session "WHERE id = $1 AND ended IS NULL"));
            let found = all.rows(found.text(id.as_str())).await?;
            all.commit().await?;
            found.first().map(|row| self.session(row)).transpose()
        })
    }

    fn session_has_ended<'a>(&'a self, id: &'a SessionId) -> Stored<'a, bool> {
        Box::pin(self.session_was_ended(id))
    }

    fn look_up_family<'a>(&'a self, id: &'a FamilyId) -> Stored<'a, Option<KnownFamily>> {
        Box::pin(self.known_family(id))
    }

    fn trim_sessions(&self, now: Timestamp) -> Stored<'_, bool> {
        Box::pin(async move {
            let now = now.minus(KEPT);
            let mut removed = 0;
            for trim in [
                "DELETE FROM refresh_family WHERE id IN
                     (SELECT id FROM refresh_family WHERE expires <= $1 ORDER BY expires LIMIT $2) RETURNING id",
                "DELETE FROM login_session WHERE id IN
                     (SELECT id FROM login_session WHERE expires <= $1 ORDER BY expires LIMIT $2) RETURNING id",
            ] {
                let mut all = self.database.begin(Purpose::Write).await?;
                let trim = Statement::new(trim).integer(now.seconds()).integer(TRIMMED_AT_ONCE);
                removed = removed.max(all.rows(trim).await?.len());
                all.commit().await?;
            }
            Ok(removed >= usize::try_from(TRIMMED_AT_ONCE).unwrap_or(usize::MAX))
        })
    }
}
