//! Rows of the registry as values.

use std::time::Duration;

use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::endpoint::admin::{
    AccessKeyEntry, ApiResource, AuditEntry, Delegation, KeyOrigin, OrganisationEntry,
};
use helseid_protocol::jose::PublicJwk;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::PrivateKeyText;
use helseid_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::StoreError;
use super::sqlite::database;
use crate::change::{Kind, Subject};
use crate::model::{AccessKey, Client, Key, StoredSigningKey};

pub(super) fn client(row: &SqliteRow) -> Result<Client, StoreError> {
    let bad = |why: String| StoreError::Unreadable { what: "client", why };
    let parse_scopes = |text: String| ScopeSet::parse(&text).map_err(|why| bad(why.to_string()));
    let parent: Option<String> = row.try_get("org_parent").map_err(database)?;
    let profile: Option<String> = row.try_get("profile").map_err(database)?;
    let lifetime: i64 = row.try_get("token_lifetime").map_err(database)?;
    Ok(Client {
        id: text(row, "id")?.parse().map_err(|why| bad(format!("{why}")))?,
        name: text(row, "name")?,
        tenancy: text(row, "tenancy")?.parse().map_err(bad)?,
        org_parent: parent.map(|number| number.parse()).transpose().map_err(|why| bad(format!("{why}")))?,
        org_children: numbers(row, "org_children")?,
        scopes: parse_scopes(text(row, "scopes")?)?,
        keys: Vec::new(),
        profile: profile.map(|profile| profile.parse()).transpose().map_err(bad)?,
        token_lifetime: Duration::from_secs(lifetime.try_into().unwrap_or(0)),
        enabled: row.try_get("enabled").map_err(database)?,
        approved: row.try_get("approved").map_err(database)?,
        pending_scopes: parse_scopes(text(row, "pending_scopes")?)?,
        api_claims: serde_json::from_str(&text(row, "api_claims")?).map_err(|why| bad(why.to_string()))?,
    })
}

pub(super) fn key(row: &SqliteRow) -> Result<Key, StoreError> {
    let jwk = PublicJwk::read(text(row, "jwk")?.as_bytes());
    let expires: Option<i64> = row.try_get("expires").map_err(database)?;
    Ok(Key {
        jwk: jwk.map_err(|why| StoreError::Unreadable { what: "client key", why: why.to_string() })?,
        expires: expires.map(Timestamp::from_seconds),
        origin: if text(row, "origin")? == KeyOrigin::Api.name() { KeyOrigin::Api } else { KeyOrigin::Gui },
    })
}

pub(super) fn api(row: &SqliteRow) -> Result<ApiResource, StoreError> {
    let bad = |why: String| StoreError::Unreadable { what: "API", why };
    Ok(ApiResource {
        audience: text(row, "audience")?.parse().map_err(|why| bad(format!("{why}")))?,
        scopes: ScopeSet::parse(&text(row, "scopes")?).map_err(|why| bad(why.to_string()))?,
        claims: text(row, "claims")?.split_whitespace().map(str::to_owned).collect(),
        approval: row.try_get("approval").map_err(database)?,
    })
}

pub(super) fn organisation(row: &SqliteRow) -> Result<OrganisationEntry, StoreError> {
    Ok(OrganisationEntry {
        number: number(&text(row, "number")?)?,
        name: text(row, "name")?,
        children: numbers(row, "children")?,
    })
}

pub(super) fn delegation(row: &SqliteRow) -> Result<Delegation, StoreError> {
    Ok(Delegation { parent: number(&text(row, "parent")?)?, supplier: number(&text(row, "supplier")?)? })
}

pub(super) fn signing_key(row: &SqliteRow) -> Result<StoredSigningKey, StoreError> {
    Ok(StoredSigningKey {
        kid: text(row, "kid")?,
        jwk: PrivateKeyText::new(text(row, "jwk")?),
        created: seconds(row, "created")?,
        active_from: seconds(row, "active_from")?,
        retires: row.try_get::<Option<i64>, _>("retires").map_err(database)?.map(Timestamp::from_seconds),
    })
}

pub(super) fn access_key(row: &SqliteRow) -> Result<AccessKey, StoreError> {
    let bad = |why| StoreError::Unreadable { what: "access key", why };
    let entry = AccessKeyEntry {
        id: text(row, "id")?,
        purpose: text(row, "purpose")?.parse().map_err(bad)?,
        name: text(row, "name")?,
        created: seconds(row, "created")?,
    };
    Ok(AccessKey { entry, hash: text(row, "hash")? })
}

pub(super) fn subject(row: &SqliteRow) -> Result<Subject, StoreError> {
    let name = text(row, "kind")?;
    let kind = Kind::SEEDED.into_iter().find(|kind| kind.name() == name);
    let bad = || StoreError::Unreadable { what: "mark of a seed file", why: format!("no kind {name}") };
    Ok(Subject { kind: kind.ok_or_else(bad)?, id: text(row, "id")? })
}

pub(super) fn audit_entry(row: &SqliteRow) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        seq: row.try_get("seq").map_err(database)?,
        at: seconds(row, "at")?,
        actor: text(row, "actor")?,
        action: text(row, "action")?,
        kind: text(row, "kind")?,
        id: text(row, "id")?,
    })
}

fn seconds(row: &SqliteRow, column: &str) -> Result<Timestamp, StoreError> {
    row.try_get(column).map(Timestamp::from_seconds).map_err(database)
}

pub(super) fn text(row: &SqliteRow, column: &str) -> Result<String, StoreError> {
    row.try_get(column).map_err(database)
}

fn number(text: &str) -> Result<OrganisationNumber, StoreError> {
    let bad = |why| StoreError::Unreadable { what: "organisation number", why: format!("{why}") };
    OrganisationNumber::parse(text).map_err(bad)
}

fn numbers(row: &SqliteRow, column: &str) -> Result<Vec<OrganisationNumber>, StoreError> {
    text(row, column)?.split_whitespace().map(number).collect()
}
