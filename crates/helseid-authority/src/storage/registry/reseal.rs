//! Sealing again, with the first secret, what an older one has sealed.

use super::StoreError;
use super::sql::{Sql, lock};
use super::statement::{Database, Purpose, Row, Statement, Transaction};
use crate::storage::sealing::Sealer;

/// So many sessions or families are read at once.
const READ_AT_ONCE: i64 = 200;

/// A table of sessions or families.
struct Table {
    /// The rows after an id, in the order of their ids.
    select: &'static str,
    /// Replaces what a row holds, unless it was changed since it was read.
    update: &'static str,
    /// Removes a row, unless it was changed since it was read.
    remove: &'static str,
    /// Removes what ends with such a row.
    remove_dependents: Option<&'static str>,
}

const TABLES: [Table; 2] = [
    Table {
        select: "SELECT id, 'login session ' || id AS place, data AS sealed FROM login_session
                 WHERE id > $1 ORDER BY id LIMIT $2",
        update: "UPDATE login_session SET data = $3 WHERE id = $1 AND data = $2",
        remove: "DELETE FROM login_session WHERE id = $1 AND data = $2 RETURNING id",
        remove_dependents: Some("DELETE FROM refresh_family WHERE session = $1"),
    },
    Table {
        select: "SELECT id, 'refresh family ' || id AS place, data AS sealed FROM refresh_family
                 WHERE data IS NOT NULL AND id > $1 ORDER BY id LIMIT $2",
        update: "UPDATE refresh_family SET data = $3 WHERE id = $1 AND data = $2",
        remove: "DELETE FROM refresh_family WHERE id = $1 AND data = $2 RETURNING id",
        remove_dependents: None,
    },
];

impl<D: Database> Sql<D> {
    /// Reseals what an older secret has sealed, so that the older secret may go.
    ///
    /// The registry comes first, and all of it must open: with a wrong secret, nothing else is touched. After that, a
    /// session or family that does not open is removed, as it is worth nothing and would fail each request about it.
    pub(super) async fn reseal(&self) -> Result<(), StoreError> {
        let Some(sealer) = &self.sealer else { return Ok(()) };
        self.reseal_registry(sealer).await?;
        let mut removed = 0;
        for table in &TABLES {
            removed += self.reseal_table(sealer, table).await?;
        }
        if removed > 0 {
            tracing::warn!(
                removed,
                "login sessions and refresh families that none of the secrets opens were removed: their owners must log in again"
            );
        }
        Ok(())
    }

    async fn reseal_registry(&self, sealer: &Sealer) -> Result<(), StoreError> {
        let mut all = self.database.begin(Purpose::Write).await?;
        lock(&mut all).await?;
        for (select, update) in [
            (
                "SELECT kid AS place, jwk AS sealed FROM signing_key",
                "UPDATE signing_key SET jwk = $2 WHERE kid = $1",
            ),
            (
                "SELECT name AS place, value AS sealed FROM setting",
                "UPDATE setting SET value = $2 WHERE name = $1",
            ),
        ] {
            for row in all.rows(Statement::new(select)).await? {
                let (place, sealed) = (row.text("place")?, row.text("sealed")?);
                if !sealer.is_own(&place, &sealed) {
                    let resealed = sealer.seal(&place, &sealer.open(&place, &sealed)?);
                    all.run(Statement::new(update).text(place).text(resealed)).await?;
                }
            }
        }
        all.commit().await
    }

    /// Reseals a table row by row, each in a transaction of its own: nobody waits for more than one row. Gives how many rows
    /// were removed.
    async fn reseal_table(&self, sealer: &Sealer, table: &Table) -> Result<usize, StoreError> {
        let (mut removed, mut last) = (0, String::new());
        loop {
            let mut page = self.database.begin(Purpose::Read).await?;
            let rows = Statement::new(table.select).text(&last).integer(READ_AT_ONCE);
            let rows = page.rows(rows).await?;
            page.commit().await?;
            for row in &rows {
                removed += self.reseal_row(sealer, table, row).await?;
            }
            match rows.last() {
                Some(row) => last = row.text("id")?,
                None => return Ok(removed),
            }
        }
    }

    /// Whoever has changed the row since it was read has sealed it, too: that change stays.
    async fn reseal_row(&self, sealer: &Sealer, table: &Table, row: &impl Row) -> Result<usize, StoreError> {
        let (id, place, sealed) = (row.text("id")?, row.text("place")?, row.text("sealed")?);
        if sealer.is_own(&place, &sealed) {
            return Ok(0);
        }
        let mut one = self.database.begin(Purpose::Write).await?;
        let of_row = |sql| Statement::new(sql).text(&id).text(&sealed);
        let removed = if let Ok(text) = sealer.open(&place, &sealed) {
            one.run(of_row(table.update).text(sealer.seal(&place, &text))).await?;
            0
        } else {
            let removed = one.rows(of_row(table.remove)).await?.len();
            if let Some(dependents) = table.remove_dependents.filter(|_| removed > 0) {
                one.run(Statement::new(dependents).text(&id)).await?;
            }
            removed
        };
        one.commit().await.map(|()| removed)
    }
}
