//! What is registered, read row by row: a row that cannot be read costs its own entry, and nothing else.

use std::collections::{HashMap, HashSet};

use super::columns::{columns, select};
use super::statement::{InvalidRow, Row, Statement, Transaction};
use super::{Broken, Rest, StoreError, Version, rows};
use crate::domain::change::{Kind, Subject};
use crate::domain::model::{Client, ClientKeys};

/// Entries, and those that cannot be read.
pub(super) type Read<T> = (Vec<T>, Vec<Broken>);

/// What was touched since: the clients among it, whether there was anything else, and whether signing keys were.
pub(super) struct Touched {
    pub(super) clients: HashSet<String>,
    pub(super) rest: bool,
    pub(super) signing_keys: bool,
}

/// What signing keys are called among what was touched.
pub(super) const SIGNING_KEY: &str = "signing key";

pub(super) async fn touched(all: &mut impl Transaction, since: Version) -> Result<Touched, StoreError> {
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

/// These clients and their keys. A key that cannot be read costs its client.
pub(super) async fn clients(
    all: &mut impl Transaction,
    [clients, keys]: [Statement; 2],
) -> Result<Read<Client>, StoreError> {
    let mut keys_of: HashMap<String, Result<ClientKeys, InvalidRow>> = HashMap::new();
    for row in all.rows(keys).await? {
        // Whose owner cannot be read has an owner that cannot be read.
        let Ok(owner) = row.text("client") else { continue };
        let keys = keys_of.entry(owner).or_insert_with(|| Ok(ClientKeys::default()));
        if let Ok(known) = keys
            && let Err(why) = rows::key(&row).and_then(|key| known.push(key).map_err(InvalidRow::of))
        {
            *keys = Err(why);
        }
    }
    let found = all.rows(clients).await?;
    Ok(each(&found, Kind::Client, "id", |row| {
        let client = rows::client(row)?;
        let keys = keys_of.remove(client.id.as_str()).unwrap_or_else(|| Ok(ClientKeys::default()))?;
        Ok(Client { keys, ..client })
    }))
}

pub(super) fn all_clients() -> [Statement; 2] {
    [select!(client), select!(client_key "ORDER BY client, place")].map(Statement::new)
}

pub(super) fn one_client(id: &str) -> [Statement; 2] {
    [select!(client "WHERE id = $1"), select!(client_key "WHERE client = $1 ORDER BY place")]
        .map(|sql| Statement::new(sql).text(id))
}

pub(super) fn clients_since(since: Version) -> [Statement; 2] {
    [
        select!(client "WHERE id IN (SELECT id FROM touched WHERE kind = 'client' AND version > $1)"),
        select!(client_key "WHERE client IN (SELECT id FROM touched WHERE kind = 'client' AND version > $1)
                            ORDER BY client, place"),
    ]
    .map(|sql| Statement::new(sql).integer(since))
}

/// All but the clients.
pub(super) async fn rest(all: &mut impl Transaction) -> Result<Rest, StoreError> {
    let mut every = async |sql| all.rows(Statement::new(sql)).await;
    let apis = each(&every(select!(api)).await?, Kind::Api, "audience", rows::api);
    let organisations = every(select!(organisation)).await?;
    let organisations = each(&organisations, Kind::Organisation, "number", rows::organisation);
    let delegations = every(concat!(
        "SELECT ",
        columns!(delegation),
        ", parent || ' ' || supplier AS name FROM delegation"
    ))
    .await?;
    let delegations = each(&delegations, Kind::Delegation, "name", rows::delegation);
    let persons = each(&every(select!(person)).await?, Kind::Person, "short_name", rows::person);
    let access_keys = each(&every(select!(access_key)).await?, Kind::AccessKey, "id", rows::access_key);
    let marks =
        every(concat!("SELECT ", columns!(managed), ", kind || ' ' || id AS name FROM managed")).await?;
    let marks = each(&marks, Kind::Mark, "name", rows::subject);
    let broken = [apis.1, organisations.1, delegations.1, persons.1, access_keys.1, marks.1];
    Ok(Rest {
        apis: apis.0,
        organisations: organisations.0,
        delegations: delegations.0,
        persons: persons.0,
        access_keys: access_keys.0,
        managed: marks.0,
        broken: broken.into_iter().flatten().collect(),
    })
}

/// Reads each row; one that cannot be read is broken, by the name in this column.
fn each<R: Row, T>(
    rows: &[R],
    kind: Kind,
    name: &str,
    mut read: impl FnMut(&R) -> Result<T, InvalidRow>,
) -> Read<T> {
    let (mut entries, mut broken) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match read(row) {
            Ok(entry) => entries.push(entry),
            Err(why) => {
                let subject = Subject { kind, id: row.text(name).unwrap_or_default() };
                broken.push(Broken { subject, why: why.to_string() });
            }
        }
    }
    (entries, broken)
}
