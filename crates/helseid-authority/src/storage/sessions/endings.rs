//! All logins at a client, or of a person, are ended at once, and none that was granted before slips through.
//!
//! An ending is counted before it is looked which sessions and families there are. Whoever adds one holds the name of its owner
//! meanwhile, with others, and whoever counts holds it alone: what is added is either seen, or knows of the ending. A family is
//! granted by a code, which may be redeemed much later: it brings the count that it was granted at.

use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Family, Subject};
use crate::storage::registry::StoreError;
use crate::storage::registry::sql::Sql;
use crate::storage::registry::statement::{Database, Hold, Purpose, Row as _, Statement, Transaction};

/// How often all logins at a client, and all of a person, were ended. A count is forgotten after a day, long after the last code of
/// before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Endings {
    pub(super) client: i64,
    pub(super) subject: i64,
}

/// Whose logins are ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Owner<'a> {
    Client(&'a ClientId),
    Subject(&'a Subject),
}

impl Owner<'_> {
    const fn kind(self) -> &'static str {
        match self {
            Self::Client(_) => "client",
            Self::Subject(_) => "subject",
        }
    }

    pub(super) fn id(&self) -> &str {
        match self {
            Self::Client(id) => id.as_str(),
            Self::Subject(subject) => subject.as_str(),
        }
    }

    /// Keeps its logins from being ended until the end of the transaction, or others from being added.
    pub(super) async fn hold(self, hold: Hold, all: &mut impl Transaction) -> Result<(), StoreError> {
        all.hold(hold, &format!("logins of {} {}", self.kind(), self.id())).await
    }

    async fn count(self, all: &mut impl Transaction) -> Result<i64, StoreError> {
        let found = Statement::new("SELECT times FROM login_ending WHERE kind = $1 AND owner = $2");
        let found = all.rows(found.text(self.kind()).text(self.id())).await?;
        Ok(found.first().map(|row| row.integer("times")).transpose()?.unwrap_or_default())
    }
}

impl Endings {
    async fn read(
        client: &ClientId,
        subject: &Subject,
        all: &mut impl Transaction,
    ) -> Result<Self, StoreError> {
        let (client, subject) = (Owner::Client(client), Owner::Subject(subject));
        Ok(Self { client: client.count(all).await?, subject: subject.count(all).await? })
    }

    /// Whether nothing was ended since for the owners of this family, nor is until the end of the transaction.
    pub(super) async fn are_the_newest(
        self,
        family: &Family,
        all: &mut impl Transaction,
    ) -> Result<bool, StoreError> {
        Owner::Client(&family.client).hold(Hold::WithOthers, all).await?;
        Owner::Subject(&family.subject).hold(Hold::WithOthers, all).await?;
        Ok(Self::read(&family.client, &family.subject, all).await? == self)
    }
}

impl<D: Database> Sql<D> {
    pub(super) async fn endings_now(
        &self,
        client: &ClientId,
        subject: &Subject,
    ) -> Result<Endings, StoreError> {
        let mut all = self.database.begin(Purpose::Read).await?;
        let endings = Endings::read(client, subject, &mut all).await?;
        all.commit().await?;
        Ok(endings)
    }

    /// Counts an ending: what was granted before is added no more, and what was added is there to be found.
    pub(super) async fn count_ending(&self, owner: Owner<'_>, now: Timestamp) -> Result<(), StoreError> {
        let mut all = self.database.begin(Purpose::Write).await?;
        owner.hold(Hold::Alone, &mut all).await?;
        let count = "INSERT INTO login_ending (kind, owner, times, ended) VALUES ($1, $2, 1, $3)
                     ON CONFLICT (kind, owner) DO UPDATE SET times = login_ending.times + 1, ended = $3";
        all.run(Statement::new(count).text(owner.kind()).text(owner.id()).integer(now.seconds())).await?;
        all.commit().await
    }
}
