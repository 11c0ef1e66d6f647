//! Sessions in a database, and the store as a whole.

use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;

use super::ended::KEPT;
use super::endings::Owner;
use super::families::{EndBy, end};
use super::{
    Data, Ending, Endings, Family, FamilyId, KnownFamily, Liveness, NewFamily, Presented, Rotation,
    SecretHash, Session, SessionId, SessionStore, Subject,
};
use crate::storage::registry::columns::{columns, select};
use crate::storage::registry::sql::Sql;
use crate::storage::registry::statement::{Database, Hold, InvalidRow, Purpose, Row, Statement, Transaction};
use crate::storage::registry::{Applied, StoreError, Stored};

/// So many rows of each table are removed at once.
const TRIMMED_AT_ONCE: i64 = 500;

/// So many sessions of a person are listed at once.
pub(super) const LISTED_AT_ONCE: i64 = 200;

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
        match self.put_session(&mut all, session).await? {
            Applied::Done => all.commit().await.map(|()| Applied::Done),
            Applied::Conflict => Ok(Applied::Conflict),
        }
    }

    /// Adds a session in the transaction of the caller.
    pub(super) async fn put_session(
        &self,
        all: &mut impl Transaction,
        session: &Session,
    ) -> Result<Applied, StoreError> {
        Owner::Subject(&session.subject).hold(Hold::WithOthers, all).await?;
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
        Ok(Applied::Done)
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

    async fn some_sessions_of(&self, subject: &Subject) -> Result<Vec<SessionId>, StoreError> {
        let mut all = self.database.begin(Purpose::Read).await?;
        let found = "SELECT id FROM login_session WHERE subject = $1 AND ended IS NULL LIMIT $2";
        let found = all.rows(Statement::new(found).text(subject.as_str()).integer(LISTED_AT_ONCE)).await?;
        all.commit().await?;
        let mut ids = Vec::with_capacity(found.len());
        for row in &found {
            ids.push(row.text("id")?.parse().map_err(InvalidRow::of)?);
        }
        Ok(ids)
    }

    async fn end_sessions_of(&self, subject: &Subject, now: Timestamp) -> Result<(), StoreError> {
        loop {
            let found = self.some_sessions_of(subject).await?;
            for id in &found {
                self.end_session(id.as_str(), now).await?;
            }
            if found.is_empty() {
                return Ok(());
            }
        }
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

    fn endings<'a>(&'a self, client: &'a ClientId, subject: &'a Subject) -> Stored<'a, Endings> {
        Box::pin(self.endings_now(client, subject))
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
                Ending::Client(client) => {
                    self.count_ending(Owner::Client(client), now).await?;
                    self.end_families(Owner::Client(client), now).await
                }
                Ending::Subject(subject) => {
                    self.count_ending(Owner::Subject(subject), now).await?;
                    self.end_sessions_of(subject, now).await?;
                    self.end_families(Owner::Subject(subject), now).await
                }
            }
        })
    }

    fn count_ending_of<'a>(&'a self, subject: &'a Subject, now: Timestamp) -> Stored<'a, ()> {
        Box::pin(self.count_ending(Owner::Subject(subject), now))
    }

    fn sessions_of<'a>(&'a self, subject: &'a Subject) -> Stored<'a, Vec<SessionId>> {
        Box::pin(self.some_sessions_of(subject))
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
                "DELETE FROM login_ending WHERE (kind, owner) IN
                     (SELECT kind, owner FROM login_ending WHERE ended <= $1 ORDER BY ended LIMIT $2) RETURNING kind",
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
