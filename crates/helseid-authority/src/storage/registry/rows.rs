//! Rows of the registry as values.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use helseid_admin_api::{
    AccessKeyEntry, ApiResource, AuditEntry, Delegation, KeyOrigin, LoginSettings, OrganisationEntry,
    PersonEntry, RefreshTokenUsage,
};
use helseid_protocol::bounded::Bounded;
use helseid_protocol::jose::PublicJwk;
use helseid_protocol::person::{Person, PersonName, PersonNumber, SyntheticMonth};
use helseid_protocol::secret::PrivateKeyText;
use helseid_protocol::time::Timestamp;

use super::statement::{InvalidRow, Row};
use crate::domain::change::{Kind, Subject};
use crate::domain::model::{AccessKey, Client, ClientKeys, Key, StoredSigningKey};

pub(super) fn client(row: &impl Row) -> Result<Client, InvalidRow> {
    let profile = row.optional_text("profile")?;
    let parent = row.optional_text("org_parent")?;
    Ok(Client {
        id: parsed(row, "id")?,
        name: parsed(row, "name")?,
        tenancy: parsed(row, "tenancy")?,
        org_parent: parent.map(|text| one("org_parent", &text)).transpose()?,
        org_children: words(row, "org_children")?,
        scopes: parsed(row, "scopes")?,
        keys: ClientKeys::default(),
        profile: profile.map(|text| one("profile", &text)).transpose()?,
        token_lifetime: Duration::from_secs(
            seconds_of("token_lifetime", row.integer("token_lifetime")?)?.into(),
        ),
        enabled: row.flag("enabled")?,
        approved: row.flag("approved")?,
        pending_scopes: parsed(row, "pending_scopes")?,
        api_claims: json(row, "api_claims")?,
        grant_types: parsed(row, "grant_types")?,
        login: login(row)?,
        own_audiences: json(row, "own_audiences")?,
        may_be_exchanged_by: json(row, "may_be_exchanged_by")?,
    })
}

fn login(row: &impl Row) -> Result<LoginSettings, InvalidRow> {
    let uri = |column| row.optional_text(column)?.map(|text| one(column, &text)).transpose();
    let lifetime =
        |column| row.optional_integer(column)?.map(|number| seconds_of(column, number)).transpose();
    let usage = row.text("refresh_token_usage")?;
    let usage = [RefreshTokenUsage::OneTime, RefreshTokenUsage::Reusable]
        .into_iter()
        .find(|known| known.name() == usage);
    Ok(LoginSettings {
        redirect_uris: words(row, "redirect_uris")?,
        post_logout_redirect_uris: words(row, "post_logout_redirect_uris")?,
        frontchannel_logout_uri: uri("frontchannel_logout_uri")?,
        backchannel_logout_uri: uri("backchannel_logout_uri")?,
        id_token_lifetime_seconds: lifetime("id_token_lifetime")?,
        refresh_token_lifetime_seconds: lifetime("refresh_token_lifetime")?,
        session_lifetime_seconds: lifetime("session_lifetime")?,
        refresh_token_usage: usage
            .ok_or_else(|| wrong("refresh_token_usage", &"expected one_time or reusable"))?,
        refresh_grace_seconds: lifetime("refresh_grace")?,
        require_par: optional_flag(row, "require_par")?,
        require_dpop: optional_flag(row, "require_dpop")?,
        require_signed_requests: row.flag("require_signed_requests")?,
        identity_providers: words(row, "identity_providers")?,
        insecure_userinfo_by_bearer: row.flag("insecure_userinfo_by_bearer")?,
    })
}

fn optional_flag(row: &impl Row, column: &str) -> Result<Option<bool>, InvalidRow> {
    match row.optional_integer(column)? {
        None => Ok(None),
        Some(0) => Ok(Some(false)),
        Some(1) => Ok(Some(true)),
        Some(_) => Err(wrong(column, &"expected 0 or 1")),
    }
}

pub(super) fn key(row: &impl Row) -> Result<Key, InvalidRow> {
    let jwk = PublicJwk::read(row.text("jwk")?.as_bytes());
    let origin = row.text("origin")?;
    let origin = [KeyOrigin::Api, KeyOrigin::Gui].into_iter().find(|known| known.name() == origin);
    Ok(Key {
        jwk: jwk.map_err(|why| wrong("jwk of a key", &why))?,
        expires: row.optional_integer("expires")?.map(Timestamp::from_seconds),
        origin: origin.ok_or_else(|| wrong("origin of a key", &"expected Gui or Api"))?,
    })
}

pub(super) fn api(row: &impl Row) -> Result<ApiResource, InvalidRow> {
    Ok(ApiResource {
        audience: parsed(row, "audience")?,
        scopes: parsed(row, "scopes")?,
        claims: words(row, "claims")?,
        approval: row.flag("approval")?,
    })
}

pub(super) fn organisation(row: &impl Row) -> Result<OrganisationEntry, InvalidRow> {
    Ok(OrganisationEntry {
        number: parsed(row, "number")?,
        name: parsed(row, "name")?,
        children: words(row, "children")?,
    })
}

pub(super) fn delegation(row: &impl Row) -> Result<Delegation, InvalidRow> {
    Ok(Delegation { parent: parsed(row, "parent")?, supplier: parsed(row, "supplier")? })
}

/// Says nothing of the numbers in it.
pub(super) fn person(row: &impl Row) -> Result<PersonEntry, InvalidRow> {
    let number = PersonNumber::parse(&row.text("number")?, SyntheticMonth::Plus80OrPlus40);
    let (given, middle) = (row.text("given_name")?, row.optional_text("middle_name")?);
    let name = PersonName::new(&given, middle.as_deref(), &row.text("family_name")?);
    let registered = row.optional_text("health_personnel")?.map(|text| serde_json::from_str(&text));
    let level = u8::try_from(row.integer("level")?).map_err(|why| wrong("level", &why))?;
    Ok(PersonEntry {
        short_name: parsed(row, "short_name")?,
        person: Person {
            number: number.map_err(|why| wrong("number", &why))?,
            name: name.map_err(|why| wrong("name", &why))?,
            health_personnel: registered.transpose().map_err(|why| wrong("health_personnel", &why))?,
        },
        level: level.try_into().map_err(|why| wrong("level", &why))?,
        identity_providers: words(row, "identity_providers")?,
    })
}

pub(super) fn signing_key(row: &impl Row) -> Result<StoredSigningKey, InvalidRow> {
    Ok(StoredSigningKey {
        kid: row.text("kid")?,
        jwk: PrivateKeyText::new(row.text("jwk")?),
        created: seconds(row, "created")?,
        active_from: seconds(row, "active_from")?,
        retires: row.optional_integer("retires")?.map(Timestamp::from_seconds),
    })
}

pub(super) fn access_key(row: &impl Row) -> Result<AccessKey, InvalidRow> {
    let entry = AccessKeyEntry {
        id: row.text("id")?,
        purpose: parsed(row, "purpose")?,
        name: row.text("name")?,
        created: seconds(row, "created")?,
    };
    Ok(AccessKey { entry, hash: row.text("hash")? })
}

pub(super) fn subject(row: &impl Row) -> Result<Subject, InvalidRow> {
    let name = row.text("kind")?;
    let kind = Kind::SEEDED.into_iter().find(|kind| kind.name() == name);
    Ok(Subject { kind: kind.ok_or_else(|| wrong("kind", &"no such kind"))?, id: row.text("id")? })
}

pub(super) fn audit_entry(row: &impl Row) -> Result<AuditEntry, InvalidRow> {
    Ok(AuditEntry {
        seq: row.integer("seq")?,
        at: seconds(row, "at")?,
        actor: row.text("actor")?,
        action: row.text("action")?,
        kind: row.text("kind")?,
        id: row.text("id")?,
    })
}

fn seconds(row: &impl Row, column: &str) -> Result<Timestamp, InvalidRow> {
    row.integer(column).map(Timestamp::from_seconds)
}

fn seconds_of(column: &str, number: i64) -> Result<u32, InvalidRow> {
    u32::try_from(number).map_err(|why| wrong(column, &why))
}

fn json<T: serde::de::DeserializeOwned>(row: &impl Row, column: &'static str) -> Result<T, InvalidRow> {
    serde_json::from_str(&row.text(column)?).map_err(|why| wrong(column, &why))
}

fn parsed<T: FromStr<Err: Display>>(row: &impl Row, column: &'static str) -> Result<T, InvalidRow> {
    one(column, &row.text(column)?)
}

fn one<T: FromStr<Err: Display>>(column: &'static str, text: &str) -> Result<T, InvalidRow> {
    text.parse().map_err(|why| wrong(column, &why))
}

/// What stands between spaces.
fn words<T: FromStr<Err: Display>, const MAX: usize>(
    row: &impl Row,
    column: &'static str,
) -> Result<Bounded<T, MAX>, InvalidRow> {
    let text = row.text(column)?;
    let mut list = Bounded::default();
    for word in text.split_whitespace() {
        list.push(one(column, word)?).map_err(|why| wrong(column, &why))?;
    }
    Ok(list)
}

fn wrong(column: &str, why: &dyn Display) -> InvalidRow {
    InvalidRow::of(format_args!("{column}: {why}"))
}
