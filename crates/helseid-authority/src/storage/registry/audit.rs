//! The log of changes, which has an end: in rows and in age.

use std::time::Duration;

use helseid_admin_api::AuditEntry;
use helseid_protocol::time::Timestamp;

use super::columns::select;
use super::statement::{Row, Statement, Transaction};
use super::{Author, StoreError, rows};
use crate::domain::change::Change;

/// How much of the log is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuditBounds {
    /// The most entries.
    pub(crate) entries: i64,
    /// How old the oldest may be.
    pub(crate) age: Duration,
}

impl AuditBounds {
    /// 100,000 entries, each for 400 days: a year and a month.
    pub(super) const USUAL: Self = Self { entries: 100_000, age: Duration::from_secs(400 * 86_400) };
}

/// So many entries are dropped at once, so that no change waits long for an old log to be cut.
const AT_ONCE: i64 = 1_000;

/// The newest entries, those before `before` if that is given.
pub(super) async fn page(
    all: &mut impl Transaction,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditEntry>, StoreError> {
    let page = Statement::new(select!(audit "WHERE seq < $1 ORDER BY seq DESC LIMIT $2"));
    let found = all.rows(page.integer(before.unwrap_or(i64::MAX)).integer(limit.into())).await?;
    Ok(found.iter().map(rows::audit_entry).collect::<Result<_, _>>()?)
}

/// Writes a change into the log, unless it is one that the log leaves out.
pub(super) async fn write(
    all: &mut impl Transaction,
    change: &Change,
    author: &Author,
) -> Result<(), StoreError> {
    let Some(action) = change.audited() else { return Ok(()) };
    let log = "INSERT INTO audit (at, actor, action, kind, id) VALUES ($1, $2, $3, $4, $5)";
    let log = Statement::new(log).integer(author.at.seconds()).text(author.actor.to_string());
    let subject = change.subject();
    all.run(log.text(action).text(subject.kind.name()).text(subject.id)).await
}

/// Drops the oldest entries beyond the bounds, some at once; tells whether more of them may be left.
pub(super) async fn trim(
    all: &mut impl Transaction,
    bounds: AuditBounds,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let newest = all.rows(Statement::new("SELECT coalesce(max(seq), 0) AS newest FROM audit")).await?;
    let newest = newest.first().map_or(Ok(0), |row| row.integer("newest"))?;
    let (last, oldest) = (newest.saturating_sub(bounds.entries), now.minus(bounds.age).seconds());
    // Places in the log grow with time, so that what is too old is at its end as well.
    let dropped = "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit ORDER BY seq LIMIT $1) AND (seq <= $2 OR at < $3)
                   RETURNING seq";
    let dropped = Statement::new(dropped).integer(AT_ONCE).integer(last).integer(oldest);
    Ok(all.rows(dropped).await?.len() >= usize::try_from(AT_ONCE).unwrap_or(usize::MAX))
}
