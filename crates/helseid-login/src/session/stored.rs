//! A record as it is written.

use helseid_protocol::bounded::Bounded;
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_protocol::id::Audience;
use helseid_protocol::id_token::IdTokenClaims;
use helseid_protocol::jose::json::Object;
use helseid_protocol::person::HealthPersonnel;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::{AccessToken, IdToken, RefreshToken};
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::kept_key::KeptKey;
use super::record::{ApiToken, Described, MAX_TOKENS, Record};
use crate::flow::{AccessGrant, RefreshGrant};
use crate::store::{Epoch, Version};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    epoch: String,
    began: Timestamp,
    ends: Timestamp,
    claims: Object,
    id_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    health_personnel: Option<(HealthPersonnel, Timestamp)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisation: Option<StoredOrganisation>,
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh: Option<(String, Option<Timestamp>)>,
    refreshes: u32,
    access: Bounded<StoredToken, MAX_TOKENS>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attests_for: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredToken {
    token: String,
    expires: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisation: Option<StoredOrganisation>,
}

/// Parent and child.
#[derive(Serialize, Deserialize)]
struct StoredOrganisation(Option<String>, Option<String>);

/// The bytes of a record, for whoever seals them.
pub(super) fn write(record: &Record) -> Zeroizing<Vec<u8>> {
    let token = |token: &ApiToken| StoredToken {
        token: token.grant.token.expose().to_owned(),
        expires: token.grant.expires,
        scope: token.grant.scope.as_ref().map(ToString::to_string),
        resource: token.grant.resource.as_ref().map(|api| api.as_str().to_owned()),
        organisation: token.organisation.as_ref().map(written),
    };
    let refresh = |grant: &RefreshGrant| (grant.token.expose().to_owned(), grant.expires);
    let stored = Stored {
        version: record.version.number(),
        epoch: record.epoch.to_text(),
        began: record.began,
        ends: record.ends,
        claims: record.claims.all().clone(),
        id_token: record.id_token.expose().to_owned(),
        level: record.level.map(|level| level.name().to_owned()),
        health_personnel: record.health_personnel.clone().map(|described| (described.details, described.at)),
        organisation: record.organisation.as_ref().map(written),
        key: record.key.to_text(),
        refresh: record.refresh.as_ref().map(refresh),
        refreshes: record.refreshes,
        // As many as there were.
        access: Bounded::of(record.access.iter().map(token)).unwrap_or_default(),
        app: record.app.clone(),
        attests_for: record.attests_for.clone(),
    };
    // Texts, numbers and JSON always have a form in JSON; what has none would open to nothing.
    Zeroizing::new(serde_json::to_vec(&stored).unwrap_or_default())
}

/// Reads a record as [`write()`] writes it; none if it is anything else.
pub(super) fn read(bytes: &[u8]) -> Option<Record> {
    let stored: Stored = serde_json::from_slice(bytes).ok()?;
    let access: Option<Vec<_>> = stored.access.into_iter().map(token).collect();
    let refresh = |(token, expires): (String, _)| RefreshGrant { token: RefreshToken::new(token), expires };
    Some(Record {
        version: Version::new(stored.version),
        epoch: Epoch::from_text(&stored.epoch)?,
        began: stored.began,
        ends: stored.ends,
        claims: IdTokenClaims::from_sealed(stored.claims)?,
        id_token: IdToken::new(stored.id_token),
        level: optional(stored.level, |text| level(&text))?,
        health_personnel: stored.health_personnel.map(|(details, at)| Described { details, at }),
        organisation: optional(stored.organisation, organisation)?,
        key: KeptKey::read(&Zeroizing::new(stored.key))?,
        refresh: stored.refresh.map(refresh),
        refreshes: stored.refreshes,
        access: Bounded::of(access?).ok()?,
        app: stored.app,
        attests_for: stored.attests_for,
    })
}

/// What is there must be readable.
fn optional<T, U>(value: Option<T>, read: impl FnOnce(T) -> Option<U>) -> Option<Option<U>> {
    match value {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}

fn token(stored: StoredToken) -> Option<ApiToken> {
    let grant = AccessGrant {
        token: AccessToken::new(stored.token),
        expires: stored.expires,
        scope: optional(stored.scope, |text| ScopeSet::parse(&text).ok())?,
        resource: optional(stored.resource, |text| Audience::parse(&text).ok())?,
    };
    Some(ApiToken { grant, organisation: optional(stored.organisation, organisation)? })
}

fn level(text: &str) -> Option<SecurityLevel> {
    let levels = [SecurityLevel::Low, SecurityLevel::Substantial, SecurityLevel::High];
    levels.into_iter().find(|level| level.name() == text)
}

fn written(organisation: &Organisation) -> StoredOrganisation {
    let text = |number: &OrganisationNumber| number.as_str().to_owned();
    match organisation {
        Organisation::Child(child) => StoredOrganisation(None, Some(text(child))),
        Organisation::Parent { parent, child } => {
            StoredOrganisation(Some(text(parent)), child.as_ref().map(text))
        }
    }
}

fn organisation(StoredOrganisation(parent, child): StoredOrganisation) -> Option<Organisation> {
    let number = |text: String| OrganisationNumber::parse(&text).ok();
    let child = optional(child, number)?;
    match parent {
        None => child.map(Organisation::Child),
        Some(parent) => Some(Organisation::Parent { parent: number(parent)?, child }),
    }
}
