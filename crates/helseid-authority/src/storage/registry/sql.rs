//! The store in a database: what the trait promises, in statements that both databases run.

use std::collections::BTreeSet;

use helseid_admin_api::AuditEntry;
use helseid_protocol::secret::PrivateKeyText;
use helseid_protocol::time::Timestamp;

use super::audit::AuditBounds;
use super::columns::select;
use super::contents::SIGNING_KEY;
use super::statement::{Database, Purpose, Row, Statement, Transaction};
use super::{Applied, Author, Delta, Precondition, Store, StoreError, Stored, Untouched, Version};
use super::{audit, changes, contents, read_back, rows};
use crate::domain::change::Change;
use crate::domain::model::StoredSigningKey;
use crate::storage::sealing::Sealer;

/// The store in a database.
#[derive(Debug)]
pub(crate) struct Sql<D> {
    pub(in crate::storage) database: D,
    /// Seals signing keys and settings, where others can read the database.
    pub(super) sealer: Option<Sealer>,
    pub(super) audit_bounds: AuditBounds,
}

/// So many changes are made between two looks at the end of the audit log.
const TRIMMED_EVERY: Version = 100;

/// For so many changes it is known what they touched; who is further behind reads everything.
const REMEMBERED: Version = 100_000;

impl<D: Database> Sql<D> {
    pub(super) const fn new(database: D, sealer: Option<Sealer>) -> Self {
        Self { database, sealer, audit_bounds: AuditBounds::USUAL }
    }

    pub(in crate::storage) fn sealed(&self, place: &str, text: &str) -> String {
        self.sealer.as_ref().map_or_else(|| text.to_owned(), |sealer| sealer.seal(place, text))
    }

    pub(in crate::storage) fn opened(&self, place: &str, text: String) -> Result<String, StoreError> {
        match &self.sealer {
            Some(sealer) => sealer.open(place, &text).map(|text| text.to_string()),
            None => Ok(text),
        }
    }

    fn signing_key(&self, row: &impl Row) -> Result<StoredSigningKey, StoreError> {
        let key = rows::signing_key(row)?;
        let jwk = self.opened(&key.kid, key.jwk.expose().to_owned())?;
        Ok(StoredSigningKey { jwk: PrivateKeyText::new(jwk), ..key })
    }

    /// Nothing is committed that does not read back as it was put.
    async fn reads_back(&self, all: &mut D::Transaction, put: &StoredSigningKey) -> Result<(), StoreError> {
        let row = Statement::new(select!(signing_key "WHERE kid = $1")).text(&put.kid);
        let read = all.rows(row).await?.first().map(|row| self.signing_key(row)).transpose()?;
        let same = |read: &StoredSigningKey| {
            let times = |key: &StoredSigningKey| (key.created, key.active_from, key.retires);
            read.jwk.expose() == put.jwk.expose() && times(read) == times(put)
        };
        let differs = || read_back::refused("signing key", "it differs from what was put");
        if read.as_ref().is_some_and(same) { Ok(()) } else { Err(differs()) }
    }

    async fn read_setting(&self, all: &mut D::Transaction, name: &str) -> Result<Option<String>, StoreError> {
        let found = all.rows(Statement::new("SELECT value FROM setting WHERE name = $1").text(name)).await?;
        found.first().map(|row| self.opened(name, row.text("value")?)).transpose()
    }

    async fn write_setting(
        &self,
        all: &mut D::Transaction,
        name: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        let put = "INSERT INTO setting (name, value) VALUES ($1, $2)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        all.run(Statement::new(put).text(name).text(self.sealed(name, value))).await
    }
}

/// Lets nobody else change anything until this transaction ends.
pub(super) async fn lock(all: &mut impl Transaction) -> Result<(), StoreError> {
    all.run(Statement::new("UPDATE version SET n = n")).await
}

/// The same, and gives this change its number.
async fn next_version(all: &mut impl Transaction) -> Result<Version, StoreError> {
    let next = all.rows(Statement::new("UPDATE version SET n = n + 1 RETURNING n")).await?;
    only_number(&next)
}

async fn version(all: &mut impl Transaction) -> Result<Version, StoreError> {
    only_number(&all.rows(Statement::new("SELECT n FROM version")).await?)
}

fn only_number(rows: &[impl Row]) -> Result<Version, StoreError> {
    let bad = || StoreError::Unreadable { what: "version", why: "there is none".to_owned() };
    Ok(rows.first().ok_or_else(bad)?.integer("n")?)
}

async fn touch(all: &mut impl Transaction, kind: &str, id: &str, version: Version) -> Result<(), StoreError> {
    let put = "INSERT INTO touched (kind, id, version) VALUES ($1, $2, $3)
               ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version";
    all.run(Statement::new(put).text(kind).text(id).integer(version)).await
}

/// Whether the precondition of a change holds, which has the number `now`.
async fn holds(all: &mut impl Transaction, wanted: &Precondition, now: Version) -> Result<bool, StoreError> {
    if now - wanted.since > REMEMBERED {
        return Ok(false);
    }
    for untouched in &wanted.untouched {
        let newer = match untouched {
            Untouched::Subject(subject) => Statement::new(
                "SELECT version FROM touched WHERE version > $1 AND kind = $2 AND id = $3 LIMIT 1",
            )
            .integer(wanted.since)
            .text(subject.kind.name())
            .text(&subject.id),
            Untouched::Kind(kind) => {
                Statement::new("SELECT version FROM touched WHERE version > $1 AND kind = $2 LIMIT 1")
                    .integer(wanted.since)
                    .text(kind.name())
            }
        };
        if !all.rows(newer).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

impl<D: Database> Store for Sql<D> {
    fn delta(&self, since: Option<Version>) -> Stored<'_, Option<Delta>> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Read).await?;
            let version = version(&mut all).await?;
            let known = match since {
                Some(since) if since == version => return all.commit().await.map(|()| None),
                Some(since) if since < version && version - since <= REMEMBERED => Some(since),
                _ => None,
            };
            let delta = match known {
                Some(since) => {
                    let mut touched = contents::touched(&mut all, since).await?;
                    let (clients, broken) =
                        contents::clients(&mut all, contents::clients_since(since)).await?;
                    let there = clients.iter().map(|client| client.id.as_str());
                    for id in there.chain(broken.iter().map(|broken| broken.subject.id.as_str())) {
                        touched.clients.remove(id);
                    }
                    let gone = touched.clients.into_iter().collect();
                    let rest = if touched.rest { Some(contents::rest(&mut all).await?) } else { None };
                    let signing_keys = touched.signing_keys;
                    Delta { version, whole: false, clients, broken, gone, rest, signing_keys }
                }
                None => {
                    let (clients, broken) = contents::clients(&mut all, contents::all_clients()).await?;
                    let (gone, rest) = (Vec::new(), Some(contents::rest(&mut all).await?));
                    Delta { version, whole: true, clients, broken, gone, rest, signing_keys: true }
                }
            };
            all.commit().await.map(|()| Some(delta))
        })
    }

    fn apply<'a>(
        &'a self,
        changes: &'a [Change],
        author: &'a Author,
        precondition: Option<&'a Precondition>,
    ) -> Stored<'a, Applied> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Write).await?;
            let version = next_version(&mut all).await?;
            if let Some(precondition) = precondition
                && !holds(&mut all, precondition, version).await?
            {
                return Ok(Applied::Conflict);
            }
            for change in changes {
                for statement in changes::statements(change)? {
                    all.run(statement).await?;
                }
                read_back::check(&mut all, change).await?;
                let (kind, id) = changes::touched(change);
                touch(&mut all, kind, &id, version).await?;
                audit::write(&mut all, change, author).await?;
            }
            // Often enough that the log stays within its bounds, and so seldom that no change is slower for it.
            if version % TRIMMED_EVERY == 0 {
                audit::trim(&mut all, self.audit_bounds, author.at).await?;
            }
            let forget = Statement::new("DELETE FROM touched WHERE version < $1");
            all.run(forget.integer(version - REMEMBERED)).await?;
            all.commit().await.map(|()| Applied::Done)
        })
    }

    fn make_durable(&self) -> Stored<'_, ()> {
        self.database.make_durable()
    }

    fn audit(&self, before: Option<i64>, limit: u32) -> Stored<'_, Vec<AuditEntry>> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Read).await?;
            let page = audit::page(&mut all, before, limit).await?;
            all.commit().await.map(|()| page)
        })
    }

    fn trim_audit(&self, now: Timestamp) -> Stored<'_, bool> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Write).await?;
            lock(&mut all).await?;
            let more = audit::trim(&mut all, self.audit_bounds, now).await?;
            all.commit().await.map(|()| more)
        })
    }

    fn signing_keys(&self) -> Stored<'_, Vec<StoredSigningKey>> {
        Box::pin(async {
            let mut all = self.database.begin(Purpose::Read).await?;
            let found = all.rows(Statement::new(select!(signing_key "ORDER BY kid"))).await?;
            all.commit().await?;
            found.iter().map(|row| self.signing_key(row)).collect()
        })
    }

    fn put_signing_keys<'a>(
        &'a self,
        keys: &'a [StoredSigningKey],
        known: &'a BTreeSet<String>,
    ) -> Stored<'a, Applied> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Write).await?;
            let version = next_version(&mut all).await?;
            let there = all.rows(Statement::new("SELECT kid FROM signing_key")).await?;
            let there = there.iter().map(|row| row.text("kid")).collect::<Result<BTreeSet<_>, _>>()?;
            if there != *known {
                return Ok(Applied::Conflict);
            }
            for key in keys {
                all.run(changes::put_signing_key(key, self.sealed(&key.kid, key.jwk.expose()))).await?;
                self.reads_back(&mut all, key).await?;
            }
            touch(&mut all, SIGNING_KEY, "", version).await?;
            all.commit().await.map(|()| Applied::Done)
        })
    }

    fn setting<'a>(&'a self, name: &'a str) -> Stored<'a, Option<String>> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Read).await?;
            let found = self.read_setting(&mut all, name).await?;
            all.commit().await.map(|()| found)
        })
    }

    fn put_setting<'a>(&'a self, name: &'a str, value: &'a str) -> Stored<'a, ()> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Write).await?;
            lock(&mut all).await?;
            self.write_setting(&mut all, name, value).await?;
            all.commit().await
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a str>,
        value: &'a str,
    ) -> Stored<'a, Applied> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Write).await?;
            lock(&mut all).await?;
            if self.read_setting(&mut all, name).await?.as_deref() != expected {
                return Ok(Applied::Conflict);
            }
            self.write_setting(&mut all, name, value).await?;
            all.commit().await.map(|()| Applied::Done)
        })
    }
}
