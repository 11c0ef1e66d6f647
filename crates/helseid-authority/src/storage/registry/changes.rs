//! Changes as statements.

use helseid_admin_api::{LogoutUri, PersonEntry};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::person::Person;
use helseid_protocol::time::Timestamp;

use super::statement::Statement;
use super::{StoreError, read_back};
use crate::domain::change::{Change, Kind};
use crate::domain::model::{Client, StoredSigningKey};

/// What makes a change.
pub(super) fn statements(change: &Change) -> Result<Vec<Statement>, StoreError> {
    let one = match change {
        Change::PutClient(client) => return put_client(client),
        Change::RemoveClient(id) => Statement::new("DELETE FROM client WHERE id = $1").text(id.as_str()),
        Change::PutApi(api) => Statement::new(
            "INSERT INTO api (audience, scopes, claims, approval) VALUES ($1, $2, $3, $4)
             ON CONFLICT (audience) DO UPDATE SET scopes = excluded.scopes, claims = excluded.claims,
                 approval = excluded.approval",
        )
        .text(api.audience.as_str())
        .text(api.scopes.to_string())
        .text(joined(&api.claims))
        .flag(api.approval),
        Change::RemoveApi(audience) => {
            Statement::new("DELETE FROM api WHERE audience = $1").text(audience.as_str())
        }
        Change::PutOrganisation(entry) => Statement::new(
            "INSERT INTO organisation (number, name, children) VALUES ($1, $2, $3)
             ON CONFLICT (number) DO UPDATE SET name = excluded.name, children = excluded.children",
        )
        .text(entry.number.as_str())
        .text(entry.name.as_str())
        .text(joined(&entry.children)),
        Change::RemoveOrganisation(number) => {
            Statement::new("DELETE FROM organisation WHERE number = $1").text(number.as_str())
        }
        Change::PutDelegation(delegation) => {
            Statement::new("INSERT INTO delegation (parent, supplier) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .text(delegation.parent.as_str())
                .text(delegation.supplier.as_str())
        }
        Change::RemoveDelegation(delegation) => {
            Statement::new("DELETE FROM delegation WHERE parent = $1 AND supplier = $2")
                .text(delegation.parent.as_str())
                .text(delegation.supplier.as_str())
        }
        Change::PutPerson(person) => put_person(person)?,
        Change::RemovePerson(name) => {
            Statement::new("DELETE FROM person WHERE short_name = $1").text(name.as_str())
        }
        Change::PutAccessKey(key) => Statement::new(
            "INSERT INTO access_key (id, purpose, name, hash, created) VALUES ($1, $2, $3, $4, $5)",
        )
        .text(&key.entry.id)
        .text(key.entry.purpose.name())
        .text(&key.entry.name)
        .text(&key.hash)
        .integer(key.entry.created.seconds()),
        Change::RemoveBroken(subject) => Statement::new(match subject.kind {
            Kind::Api => "DELETE FROM api WHERE audience = $1",
            Kind::Organisation => "DELETE FROM organisation WHERE number = $1",
            Kind::Delegation => "DELETE FROM delegation WHERE parent || ' ' || supplier = $1",
            Kind::Person => "DELETE FROM person WHERE short_name = $1",
            Kind::Client => "DELETE FROM client WHERE id = $1",
            Kind::AccessKey => "DELETE FROM access_key WHERE id = $1",
            Kind::Mark => "DELETE FROM managed WHERE kind || ' ' || id = $1",
        })
        .text(&subject.id),
        Change::RemoveAccessKey(id) => Statement::new("DELETE FROM access_key WHERE id = $1").text(id),
        Change::Manage(subject) => {
            Statement::new("INSERT INTO managed (kind, id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .text(subject.kind.name())
                .text(&subject.id)
        }
        Change::Release(subject) => Statement::new("DELETE FROM managed WHERE kind = $1 AND id = $2")
            .text(subject.kind.name())
            .text(&subject.id),
    };
    Ok(vec![one])
}

/// What replicas are told by: the kind and name of what a change touched.
pub(super) fn touched(change: &Change) -> (&'static str, String) {
    let subject = change.subject();
    match change {
        Change::Manage(_) | Change::Release(_) => (Kind::Mark.name(), subject.to_string()),
        _ => (subject.kind.name(), subject.id),
    }
}

fn put_client(client: &Client) -> Result<Vec<Statement>, StoreError> {
    let login = &client.login;
    let put = Statement::new(
        "INSERT INTO client (id, name, tenancy, org_parent, org_children, scopes, profile, token_lifetime, enabled,
             approved, pending_scopes, api_claims, grant_types, redirect_uris, post_logout_redirect_uris,
             frontchannel_logout_uri, backchannel_logout_uri, id_token_lifetime, refresh_token_lifetime,
             session_lifetime, refresh_token_usage, refresh_grace, own_audiences, may_be_exchanged_by, require_par,
             require_dpop, require_signed_requests, identity_providers, insecure_userinfo_by_bearer)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
             $23, $24, $25, $26, $27, $28, $29)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, tenancy = excluded.tenancy,
             org_parent = excluded.org_parent, org_children = excluded.org_children, scopes = excluded.scopes,
             profile = excluded.profile, token_lifetime = excluded.token_lifetime, enabled = excluded.enabled,
             approved = excluded.approved, pending_scopes = excluded.pending_scopes, api_claims = excluded.api_claims,
             grant_types = excluded.grant_types, redirect_uris = excluded.redirect_uris,
             post_logout_redirect_uris = excluded.post_logout_redirect_uris,
             frontchannel_logout_uri = excluded.frontchannel_logout_uri,
             backchannel_logout_uri = excluded.backchannel_logout_uri,
             id_token_lifetime = excluded.id_token_lifetime, refresh_token_lifetime = excluded.refresh_token_lifetime,
             session_lifetime = excluded.session_lifetime, refresh_token_usage = excluded.refresh_token_usage,
             refresh_grace = excluded.refresh_grace, own_audiences = excluded.own_audiences,
             may_be_exchanged_by = excluded.may_be_exchanged_by, require_par = excluded.require_par,
             require_dpop = excluded.require_dpop, require_signed_requests = excluded.require_signed_requests,
             identity_providers = excluded.identity_providers,
             insecure_userinfo_by_bearer = excluded.insecure_userinfo_by_bearer",
    )
    .text(client.id.as_str())
    .text(client.name.as_str())
    .text(client.tenancy.name())
    .optional_text(client.org_parent.as_ref().map(OrganisationNumber::as_str))
    .text(joined(&client.org_children))
    .text(client.scopes.to_string())
    .optional_text(client.profile.map(|profile| profile.name()))
    .integer(i64::try_from(client.token_lifetime.as_secs()).unwrap_or(i64::MAX))
    .flag(client.enabled)
    .flag(client.approved)
    .text(client.pending_scopes.to_string())
    .text(json("client", &client.api_claims)?)
    .text(client.grant_types.to_string())
    .text(joined(&login.redirect_uris))
    .text(joined(&login.post_logout_redirect_uris))
    .optional_text(login.frontchannel_logout_uri.as_ref().map(LogoutUri::as_str))
    .optional_text(login.backchannel_logout_uri.as_ref().map(LogoutUri::as_str))
    .optional_integer(login.id_token_lifetime_seconds.map(i64::from))
    .optional_integer(login.refresh_token_lifetime_seconds.map(i64::from))
    .optional_integer(login.session_lifetime_seconds.map(i64::from))
    .text(login.refresh_token_usage.name())
    .optional_integer(login.refresh_grace_seconds.map(i64::from))
    .text(json("client", &client.own_audiences)?)
    .text(json("client", &client.may_be_exchanged_by)?)
    .optional_integer(login.require_par.map(i64::from))
    .optional_integer(login.require_dpop.map(i64::from))
    .flag(login.require_signed_requests)
    .text(joined(&login.identity_providers))
    .flag(login.insecure_userinfo_by_bearer);
    let clear = Statement::new("DELETE FROM client_key WHERE client = $1").text(client.id.as_str());
    let keys = (0_i64..).zip(&client.keys).map(|(place, key)| {
        Statement::new(
            "INSERT INTO client_key (client, thumbprint, place, jwk, expires, origin) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .text(client.id.as_str())
        .text(key.jwk.thumbprint().to_string())
        .integer(place)
        .text(key.jwk.to_json())
        .optional_integer(key.expires.map(Timestamp::seconds))
        .text(key.origin.name())
    });
    Ok([put, clear].into_iter().chain(keys).collect())
}

fn put_person(entry: &PersonEntry) -> Result<Statement, StoreError> {
    let Person { number, name, health_personnel } = &entry.person;
    let health_personnel = health_personnel.as_ref().map(|registered| json("person", registered));
    let put = Statement::new(
        "INSERT INTO person (short_name, number, given_name, middle_name, family_name, level, identity_providers,
             health_personnel)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (short_name) DO UPDATE SET number = excluded.number, given_name = excluded.given_name,
             middle_name = excluded.middle_name, family_name = excluded.family_name, level = excluded.level,
             identity_providers = excluded.identity_providers, health_personnel = excluded.health_personnel",
    );
    Ok(put
        .text(entry.short_name.as_str())
        .text(number.expose())
        .text(name.given())
        .optional_text(name.middle())
        .text(name.family())
        .integer(u8::from(entry.level).into())
        .text(joined(&entry.identity_providers))
        .optional_text(health_personnel.transpose()?))
}

/// Puts a signing key in the place of the one of its name; `jwk` may be sealed.
pub(super) fn put_signing_key(key: &StoredSigningKey, jwk: String) -> Statement {
    Statement::new(
        "INSERT INTO signing_key (kid, jwk, created, active_from, retires) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (kid) DO UPDATE SET jwk = excluded.jwk, created = excluded.created,
             active_from = excluded.active_from, retires = excluded.retires",
    )
    .text(&key.kid)
    .text(jwk)
    .integer(key.created.seconds())
    .integer(key.active_from.seconds())
    .optional_integer(key.retires.map(Timestamp::seconds))
}

/// A list of names that may hold spaces, or a map.
fn json(what: &'static str, value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|why| read_back::refused(what, why))
}

fn joined(words: &[impl ToString]) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
