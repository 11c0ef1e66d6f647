//! Refresh families in a database.

use helseid_protocol::bounded::Bounded;
use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;

use super::endings::Owner;
use super::family::{Standing, Tokens};
use super::{Data, Family, FamilyId, NewFamily, Presented, Rotation, SecretHash, Subject};
use crate::storage::registry::columns::{columns, select};
use crate::storage::registry::sql::Sql;
use crate::storage::registry::statement::{Database, InvalidRow, Purpose, Row, Statement, Transaction};
use crate::storage::registry::{Applied, StoreError};

/// So many families are ended before it is looked which others there are.
const AT_ONCE: i64 = 200;

/// What the data of a family is sealed for.
fn place(id: &str) -> String {
    format!("refresh family {id}")
}

impl<D: Database> Sql<D> {
    pub(super) async fn insert_family(&self, new: &NewFamily, now: Timestamp) -> Result<Applied, StoreError> {
        let family = &new.family;
        let mut all = self.database.begin(Purpose::Write).await?;
        if !new.granted_at.are_the_newest(family, &mut all).await? {
            return Ok(Applied::Conflict);
        }
        if let Some(session) = &new.begins
            && self.put_session(&mut all, session).await? == Applied::Conflict
        {
            return Ok(Applied::Conflict);
        }
        if let Some(session) = &family.session {
            // Locks the session, so that it cannot end before the family is there to end with it.
            let live = "UPDATE login_session SET version = version
                        WHERE id = $1 AND ended IS NULL AND expires > $2 RETURNING id";
            let live = Statement::new(live).text(session.as_str()).integer(now.seconds());
            if all.rows(live).await?.is_empty() {
                return Ok(Applied::Conflict);
            }
        }
        let put = Statement::new(concat!(
            "INSERT INTO refresh_family (id, session, client, subject, data, token, expires, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 1) ON CONFLICT (id) DO NOTHING RETURNING ",
            columns!(refresh_family)
        ))
        .text(family.id.as_str())
        .optional_text(family.session.as_ref().map(super::SessionId::as_str))
        .text(family.client.as_str())
        .text(family.subject.as_str())
        .text(self.sealed(&place(family.id.as_str()), family.data.as_str()))
        .text(new.token.as_str())
        .integer(family.expires.seconds());
        let Some(row) = all.rows(put).await?.into_iter().next() else { return Ok(Applied::Conflict) };
        if self.family(&row)? != *family {
            return Err(StoreError::NotReadBack { what: "refresh family", why: "it differs".to_owned() });
        }
        all.commit().await.map(|()| Applied::Done)
    }

    pub(super) async fn acceptable(&self, presented: &Presented<'_>) -> Result<Option<Family>, StoreError> {
        let mut all = self.database.begin(Purpose::Read).await?;
        let row = Statement::new(select!(refresh_family "WHERE id = $1")).text(presented.family.as_str());
        let row = all.rows(row).await?.into_iter().next();
        let Some(row) = row.filter(|row| is_live(row, presented)) else { return Ok(None) };
        let tokens = tokens(&mut all, &row, presented.family).await?;
        all.commit().await?;
        match tokens.standing(presented.token, presented.reuse, presented.now) {
            Standing::Current | Standing::Successor => self.family(&row).map(Some),
            Standing::Used => Ok(None),
        }
    }

    pub(super) async fn accept(
        &self,
        presented: &Presented<'_>,
        successor: Option<&SecretHash>,
    ) -> Result<Rotation, StoreError> {
        let (id, now) = (presented.family.as_str(), presented.now.seconds());
        let mut all = self.database.begin(Purpose::Write).await?;
        // Locks the family: of many that present its tokens, each sees what the one before it has changed.
        let row = concat!(
            "UPDATE refresh_family SET version = version + 1 WHERE id = $1 RETURNING ",
            columns!(refresh_family)
        );
        let row = all.rows(Statement::new(row).text(id)).await?.into_iter().next();
        let Some(row) = row.filter(|row| is_live(row, presented)) else { return Ok(Rotation::Refused) };
        let tokens = tokens(&mut all, &row, presented.family).await?;
        match tokens.standing(presented.token, presented.reuse, presented.now) {
            Standing::Used => {
                end(&mut all, EndBy::Id(id), presented.now).await?;
                return all.commit().await.map(|()| Rotation::Reused);
            }
            Standing::Current if successor.is_some() && tokens.successors.is_full() => {
                return Ok(Rotation::TooMany);
            }
            Standing::Current => {
                let first = "UPDATE refresh_family SET presented = coalesce(presented, $2) WHERE id = $1";
                all.run(Statement::new(first).text(id).integer(now)).await?;
            }
            Standing::Successor => {
                let next = "UPDATE refresh_family SET token = $2, presented = $3 WHERE id = $1";
                all.run(Statement::new(next).text(id).text(presented.token.as_str()).integer(now)).await?;
                all.run(Statement::new("DELETE FROM refresh_successor WHERE family = $1").text(id)).await?;
            }
        }
        if let Some(successor) = successor {
            let put = "INSERT INTO refresh_successor (family, token) VALUES ($1, $2)";
            all.run(Statement::new(put).text(id).text(successor.as_str())).await?;
        }
        let family = self.family(&row)?;
        all.commit().await.map(|()| Rotation::Accepted(family))
    }

    /// Ends a family, and leaves a tombstone where there is none.
    pub(super) async fn end_family(
        &self,
        id: &FamilyId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut all = self.database.begin(Purpose::Write).await?;
        let tombstone = "INSERT INTO refresh_family (id, expires, ended, version) VALUES ($1, $2, $3, 1)
                         ON CONFLICT (id) DO NOTHING";
        let tombstone = Statement::new(tombstone).text(id.as_str());
        all.run(tombstone.integer(until.seconds()).integer(now.seconds())).await?;
        end(&mut all, EndBy::Id(id.as_str()), now).await?;
        all.commit().await
    }

    /// Ends the families of this owner, each by itself: whoever holds one of them is waited for, and waits for nobody.
    pub(super) async fn end_families(&self, owner: Owner<'_>, now: Timestamp) -> Result<(), StoreError> {
        let families = match owner {
            Owner::Client(_) => "SELECT id FROM refresh_family WHERE client = $1 AND ended IS NULL LIMIT $2",
            Owner::Subject(_) => {
                "SELECT id FROM refresh_family WHERE subject = $1 AND ended IS NULL LIMIT $2"
            }
        };
        loop {
            let mut all = self.database.begin(Purpose::Read).await?;
            let found = Statement::new(families).text(owner.id()).integer(AT_ONCE);
            let found = all.rows(found).await?;
            all.commit().await?;
            for row in &found {
                let mut all = self.database.begin(Purpose::Write).await?;
                end(&mut all, EndBy::Id(&row.text("id")?), now).await?;
                all.commit().await?;
            }
            if found.is_empty() {
                return Ok(());
            }
        }
    }

    pub(super) fn family(&self, row: &impl Row) -> Result<Family, StoreError> {
        let id = row.text("id")?;
        let data = self.opened(&place(&id), row.text("data")?)?;
        let session = row.optional_text("session")?;
        Ok(Family {
            id: parsed(&id)?,
            session: session.map(|session| parsed(&session)).transpose()?,
            client: ClientId::parse(&row.text("client")?).map_err(InvalidRow::of)?,
            subject: parsed::<Subject>(&row.text("subject")?)?,
            data: Data::new(data).map_err(InvalidRow::of)?,
            expires: Timestamp::from_seconds(row.integer("expires")?),
        })
    }
}

/// Which families are ended in one statement.
#[derive(Debug, Clone, Copy)]
pub(super) enum EndBy<'a> {
    Id(&'a str),
    Session(&'a str),
}

/// Ends families in the transaction of the caller, and removes their successors.
pub(super) async fn end(all: &mut impl Transaction, by: EndBy<'_>, now: Timestamp) -> Result<(), StoreError> {
    let (ended, successors, value) = match by {
        EndBy::Session(session) => (
            "UPDATE refresh_family SET ended = $2, version = version + 1 WHERE session = $1 AND ended IS NULL",
            "DELETE FROM refresh_successor WHERE family IN (SELECT id FROM refresh_family WHERE session = $1)",
            session,
        ),
        EndBy::Id(id) => (
            "UPDATE refresh_family SET ended = $2, version = version + 1 WHERE id = $1 AND ended IS NULL",
            "DELETE FROM refresh_successor WHERE family = $1",
            id,
        ),
    };
    all.run(Statement::new(ended).text(value).integer(now.seconds())).await?;
    all.run(Statement::new(successors).text(value)).await
}

/// Whether it is this client's, and has neither ended nor expired.
fn is_live(row: &impl Row, presented: &Presented<'_>) -> bool {
    let is_of_client =
        row.optional_text("client").is_ok_and(|id| id.as_deref() == Some(presented.client.as_str()));
    let has_ended = !row.optional_integer("ended").is_ok_and(|ended| ended.is_none());
    let expires = row.integer("expires").map(Timestamp::from_seconds);
    is_of_client && !has_ended && expires.is_ok_and(|expires| expires > presented.now)
}

async fn tokens(all: &mut impl Transaction, row: &impl Row, family: &FamilyId) -> Result<Tokens, StoreError> {
    let found = Statement::new("SELECT token FROM refresh_successor WHERE family = $1").text(family.as_str());
    let mut successors = Bounded::default();
    for row in all.rows(found).await? {
        successors.push(SecretHash(row.text("token")?.into())).map_err(InvalidRow::of)?;
    }
    Ok(Tokens {
        current: SecretHash(row.text("token")?.into()),
        presented: row.optional_integer("presented")?.map(Timestamp::from_seconds),
        successors,
    })
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, InvalidRow> {
    text.parse().map_err(InvalidRow::of)
}
