//! The store in a database: what the trait promises, in statements that both databases run.

use std::collections::{BTreeSet, HashMap, HashSet};

use helseid_protocol::endpoint::admin::AuditEntry;
use helseid_protocol::id::ClientId;
use helseid_protocol::secret::PrivateKeyText;

use super::statement::{Database, Purpose, Row, Statement, Transaction};
use super::{Applied, Author, News, Premise, Rest, Store, StoreError, Stored, Version, changes, rows};
use crate::change::{Change, Kind};
use crate::model::{Client, Key, StoredSigningKey};
use crate::secret::Sealer;

/// The store in a database.
#[derive(Debug)]
pub(crate) struct Sql<D> {
    pub(super) database: D,
    /// Seals signing keys and settings, where others can read the database.
    sealer: Option<Sealer>,
}

/// What signing keys are called among what was touched.
const SIGNING_KEY: &str = "signing key";

/// For so many changes it is known what they touched; who is further behind reads everything.
const REMEMBERED: Version = 100_000;

impl<D: Database> Sql<D> {
    pub(super) const fn new(database: D, sealer: Option<Sealer>) -> Self {
        Self { database, sealer }
    }

    /// Seals anew what an older secret has sealed, so that this one may go.
    pub(super) async fn seal_anew(&self) -> Result<(), StoreError> {
        let Some(sealer) = &self.sealer else { return Ok(()) };
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
                    let anew = sealer.seal(&place, &sealer.open(&place, &sealed)?);
                    all.run(Statement::new(update).text(place).text(anew)).await?;
                }
            }
        }
        all.commit().await
    }

    fn sealed(&self, place: &str, text: &str) -> String {
        self.sealer.as_ref().map_or_else(|| text.to_owned(), |sealer| sealer.seal(place, text))
    }

    fn opened(&self, place: &str, text: String) -> Result<String, StoreError> {
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
async fn lock(all: &mut impl Transaction) -> Result<(), StoreError> {
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
    rows.first().ok_or_else(bad)?.integer("n")
}

async fn touch(all: &mut impl Transaction, kind: &str, id: &str, version: Version) -> Result<(), StoreError> {
    let put = "INSERT INTO touched (kind, id, version) VALUES ($1, $2, $3)
               ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version";
    all.run(Statement::new(put).text(kind).text(id).integer(version)).await
}

/// Whether nothing has touched the subject since.
async fn holds(all: &mut impl Transaction, premise: &Premise<'_>, now: Version) -> Result<bool, StoreError> {
    if now - premise.since > REMEMBERED {
        return Ok(false);
    }
    let newer = "SELECT version FROM touched WHERE kind = $1 AND id = $2 AND version > $3";
    let newer = Statement::new(newer).text(premise.subject.kind.name()).text(&premise.subject.id);
    Ok(all.rows(newer.integer(premise.since)).await?.is_empty())
}

/// What was touched since: the clients among it, whether there was anything else, and whether signing keys were.
struct Touched {
    clients: HashSet<String>,
    rest: bool,
    signing_keys: bool,
}

async fn touched(all: &mut impl Transaction, since: Version) -> Result<Touched, StoreError> {
    let newer = Statement::new("SELECT kind, id FROM touched WHERE version > $1").integer(since);
    let mut touched = Touched { clients: HashSet::new(), rest: false, signing_keys: false };
    for row in all.rows(newer).await? {
        match row.text("kind")? {
            kind if kind == Kind::Client.name() => {
                touched.clients.insert(row.text("id")?);
            }
            kind if kind == SIGNING_KEY => touched.signing_keys = true,
            _ => touched.rest = true,
        }
    }
    Ok(touched)
}

/// These clients and their keys.
async fn clients(
    all: &mut impl Transaction,
    [clients, keys]: [Statement; 2],
) -> Result<Vec<Client>, StoreError> {
    let mut keys_of: HashMap<String, Vec<Key>> = HashMap::new();
    for row in all.rows(keys).await? {
        keys_of.entry(row.text("client")?).or_default().push(rows::key(&row)?);
    }
    let mut found = Vec::new();
    for row in all.rows(clients).await? {
        let client = rows::client(&row)?;
        let keys = keys_of.remove(client.id.as_str()).unwrap_or_default();
        found.push(Client { keys, ..client });
    }
    Ok(found)
}

fn all_clients() -> [Statement; 2] {
    ["SELECT * FROM client", "SELECT * FROM client_key ORDER BY client, place"].map(Statement::new)
}

fn clients_since(since: Version) -> [Statement; 2] {
    [
        "SELECT client.* FROM client JOIN touched ON touched.kind = 'client' AND touched.id = client.id
         WHERE touched.version > $1",
        "SELECT client_key.* FROM client_key JOIN touched ON touched.kind = 'client' AND touched.id = client_key.client
         WHERE touched.version > $1 ORDER BY client, place",
    ]
    .map(|sql| Statement::new(sql).integer(since))
}

async fn rest(all: &mut impl Transaction) -> Result<Rest, StoreError> {
    let mut every = async |sql| all.rows(Statement::new(sql)).await;
    Ok(Rest {
        apis: every("SELECT * FROM api").await?.iter().map(rows::api).collect::<Result<_, _>>()?,
        organisations: every("SELECT * FROM organisation")
            .await?
            .iter()
            .map(rows::organisation)
            .collect::<Result<_, _>>()?,
        delegations: every("SELECT * FROM delegation")
            .await?
            .iter()
            .map(rows::delegation)
            .collect::<Result<_, _>>()?,
        access_keys: every("SELECT * FROM access_key")
            .await?
            .iter()
            .map(rows::access_key)
            .collect::<Result<_, _>>()?,
        managed: every("SELECT * FROM managed").await?.iter().map(rows::subject).collect::<Result<_, _>>()?,
    })
}

impl<D: Database> Store for Sql<D> {
    fn news(&self, since: Option<Version>) -> Stored<'_, Option<News>> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Read).await?;
            let version = version(&mut all).await?;
            let known = match since {
                Some(since) if since == version => return all.commit().await.map(|()| None),
                Some(since) if since < version && version - since <= REMEMBERED => Some(since),
                _ => None,
            };
            let news = match known {
                Some(since) => {
                    let mut touched = touched(&mut all, since).await?;
                    let clients = clients(&mut all, clients_since(since)).await?;
                    for client in &clients {
                        touched.clients.remove(client.id.as_str());
                    }
                    let gone = touched.clients.iter().filter_map(|id| ClientId::parse(id).ok()).collect();
                    let rest = if touched.rest { Some(rest(&mut all).await?) } else { None };
                    News { version, whole: false, clients, gone, rest, signing_keys: touched.signing_keys }
                }
                None => {
                    let clients = clients(&mut all, all_clients()).await?;
                    let rest = Some(rest(&mut all).await?);
                    News { version, whole: true, clients, gone: Vec::new(), rest, signing_keys: true }
                }
            };
            all.commit().await.map(|()| Some(news))
        })
    }

    fn apply<'a>(
        &'a self,
        changes: &'a [Change],
        author: &'a Author,
        premise: Option<Premise<'a>>,
    ) -> Stored<'a, Applied> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Write).await?;
            let version = next_version(&mut all).await?;
            if let Some(premise) = &premise
                && !holds(&mut all, premise, version).await?
            {
                return Ok(Applied::Overtaken);
            }
            for change in changes {
                for statement in changes::statements(change)? {
                    all.run(statement).await?;
                }
                let (kind, id) = changes::touched(change);
                touch(&mut all, kind, &id, version).await?;
                if let Some(action) = change.audited() {
                    let log = "INSERT INTO audit (at, actor, action, kind, id) VALUES ($1, $2, $3, $4, $5)";
                    let subject = change.subject();
                    let log = Statement::new(log).integer(author.at.seconds()).text(author.actor.to_string());
                    all.run(log.text(action).text(subject.kind.name()).text(subject.id)).await?;
                }
            }
            let forget = Statement::new("DELETE FROM touched WHERE version < $1");
            all.run(forget.integer(version - REMEMBERED)).await?;
            all.commit().await.map(|()| Applied::Done)
        })
    }

    fn settle(&self) -> Stored<'_, ()> {
        self.database.settle()
    }

    fn audit(&self, before: Option<i64>, limit: u32) -> Stored<'_, Vec<AuditEntry>> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Read).await?;
            let page = Statement::new("SELECT * FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2");
            let found = all.rows(page.integer(before.unwrap_or(i64::MAX)).integer(limit.into())).await?;
            all.commit().await?;
            found.iter().map(rows::audit_entry).collect()
        })
    }

    fn signing_keys(&self) -> Stored<'_, Vec<StoredSigningKey>> {
        Box::pin(async {
            let mut all = self.database.begin(Purpose::Read).await?;
            let found = all.rows(Statement::new("SELECT * FROM signing_key ORDER BY kid")).await?;
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
                return Ok(Applied::Overtaken);
            }
            for key in keys {
                all.run(changes::put_signing_key(key, self.sealed(&key.kid, key.jwk.expose()))).await?;
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

    fn swap_setting<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a str>,
        value: &'a str,
    ) -> Stored<'a, Applied> {
        Box::pin(async move {
            let mut all = self.database.begin(Purpose::Write).await?;
            lock(&mut all).await?;
            if self.read_setting(&mut all, name).await?.as_deref() != expected {
                return Ok(Applied::Overtaken);
            }
            self.write_setting(&mut all, name, value).await?;
            all.commit().await.map(|()| Applied::Done)
        })
    }
}
