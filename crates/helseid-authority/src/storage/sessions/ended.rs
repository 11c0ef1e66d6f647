//! What was ended, and for how long that is known.

use std::time::Duration;

use super::{Family, FamilyId, SessionId};
use crate::storage::registry::StoreError;
use crate::storage::registry::columns::select;
use crate::storage::registry::sql::Sql;
use crate::storage::registry::statement::{Database, Purpose, Row as _, Statement, Transaction as _};

/// How long a tombstone is kept beyond the end of what it stands for: as long as the longest access token lives.
pub(super) const KEPT: Duration = Duration::from_secs(86_400);

/// A family, and whether it was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownFamily {
    pub(crate) family: Family,
    pub(crate) has_ended: bool,
}

impl<D: Database> Sql<D> {
    pub(super) async fn session_was_ended(&self, id: &SessionId) -> Result<bool, StoreError> {
        let mut all = self.database.begin(Purpose::Read).await?;
        let ended = Statement::new("SELECT id FROM login_session WHERE id = $1 AND ended IS NOT NULL");
        let ended = all.rows(ended.text(id.as_str())).await?;
        all.commit().await?;
        Ok(!ended.is_empty())
    }

    pub(super) async fn known_family(&self, id: &FamilyId) -> Result<Option<KnownFamily>, StoreError> {
        let mut all = self.database.begin(Purpose::Read).await?;
        let found = Statement::new(select!(refresh_family "WHERE id = $1 AND client IS NOT NULL"));
        let found = all.rows(found.text(id.as_str())).await?;
        all.commit().await?;
        let Some(row) = found.first() else { return Ok(None) };
        let has_ended = row.optional_integer("ended")?.is_some();
        Ok(Some(KnownFamily { family: self.family(row)?, has_ended }))
    }
}
