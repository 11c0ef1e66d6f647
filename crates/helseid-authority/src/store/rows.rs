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

use super::StoreError;
use super::statement::Row;
use crate::change::{Kind, Subject};
use crate::model::{AccessKey, Client, Key, StoredSigningKey};

pub(super) fn client(row: &impl Row) -> Result<Client, StoreError> {
    let bad = |why: String| StoreError::Unreadable { what: "client", why };
    let parse_scopes = |text: String| ScopeSet::parse(&text).map_err(|why| bad(why.to_string()));
    let parent = row.optional_text("org_parent")?;
    let profile = row.optional_text("profile")?;
    let lifetime = row.integer("token_lifetime")?;
    Ok(Client {
        id: row.text("id")?.parse().map_err(|why| bad(format!("{why}")))?,
        name: row.text("name")?,
        tenancy: row.text("tenancy")?.parse().map_err(bad)?,
        org_parent: parent.map(|number| number.parse()).transpose().map_err(|why| bad(format!("{why}")))?,
        org_children: numbers(row, "org_children")?,
        scopes: parse_scopes(row.text("scopes")?)?,
        keys: Vec::new(),
        profile: profile.map(|profile| profile.parse()).transpose().map_err(bad)?,
        token_lifetime: Duration::from_secs(lifetime.try_into().unwrap_or(0)),
        enabled: row.flag("enabled")?,
        approved: row.flag("approved")?,
        pending_scopes: parse_scopes(row.text("pending_scopes")?)?,
        api_claims: serde_json::from_str(&row.text("api_claims")?).map_err(|why| bad(why.to_string()))?,
    })
}

pub(super) fn key(row: &impl Row) -> Result<Key, StoreError> {
    let jwk = PublicJwk::read(row.text("jwk")?.as_bytes());
    let expires = row.optional_integer("expires")?;
    Ok(Key {
        jwk: jwk.map_err(|why| StoreError::Unreadable { what: "client key", why: why.to_string() })?,
        expires: expires.map(Timestamp::from_seconds),
        origin: if row.text("origin")? == KeyOrigin::Api.name() { KeyOrigin::Api } else { KeyOrigin::Gui },
    })
}

pub(super) fn api(row: &impl Row) -> Result<ApiResource, StoreError> {
    let bad = |why: String| StoreError::Unreadable { what: "API", why };
    Ok(ApiResource {
        audience: row.text("audience")?.parse().map_err(|why| bad(format!("{why}")))?,
        scopes: ScopeSet::parse(&row.text("scopes")?).map_err(|why| bad(why.to_string()))?,
        claims: row.text("claims")?.split_whitespace().map(str::to_owned).collect(),
        approval: row.flag("approval")?,
    })
}

pub(super) fn organisation(row: &impl Row) -> Result<OrganisationEntry, StoreError> {
    Ok(OrganisationEntry {
        number: number(&row.text("number")?)?,
        name: row.text("name")?,
        children: numbers(row, "children")?,
    })
}

pub(super) fn delegation(row: &impl Row) -> Result<Delegation, StoreError> {
    Ok(Delegation { parent: number(&row.text("parent")?)?, supplier: number(&row.text("supplier")?)? })
}

pub(super) fn signing_key(row: &impl Row) -> Result<StoredSigningKey, StoreError> {
    Ok(StoredSigningKey {
        kid: row.text("kid")?,
        jwk: PrivateKeyText::new(row.text("jwk")?),
        created: seconds(row, "created")?,
        active_from: seconds(row, "active_from")?,
        retires: row.optional_integer("retires")?.map(Timestamp::from_seconds),
    })
}

pub(super) fn access_key(row: &impl Row) -> Result<AccessKey, StoreError> {
    let bad = |why| StoreError::Unreadable { what: "access key", why };
    let entry = AccessKeyEntry {
        id: row.text("id")?,
        purpose: row.text("purpose")?.parse().map_err(bad)?,
        name: row.text("name")?,
        created: seconds(row, "created")?,
    };
    Ok(AccessKey { entry, hash: row.text("hash")? })
}

pub(super) fn subject(row: &impl Row) -> Result<Subject, StoreError> {
    let name = row.text("kind")?;
    let kind = Kind::SEEDED.into_iter().find(|kind| kind.name() == name);
    let bad = || StoreError::Unreadable { what: "mark of a seed file", why: format!("no kind {name}") };
    Ok(Subject { kind: kind.ok_or_else(bad)?, id: row.text("id")? })
}

pub(super) fn audit_entry(row: &impl Row) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        seq: row.integer("seq")?,
        at: seconds(row, "at")?,
        actor: row.text("actor")?,
        action: row.text("action")?,
        kind: row.text("kind")?,
        id: row.text("id")?,
    })
}

fn seconds(row: &impl Row, column: &str) -> Result<Timestamp, StoreError> {
    row.integer(column).map(Timestamp::from_seconds)
}

fn number(text: &str) -> Result<OrganisationNumber, StoreError> {
    let bad = |why| StoreError::Unreadable { what: "organisation number", why: format!("{why}") };
    OrganisationNumber::parse(text).map_err(bad)
}

fn numbers(row: &impl Row, column: &str) -> Result<Vec<OrganisationNumber>, StoreError> {
    row.text(column)?.split_whitespace().map(number).collect()
}
