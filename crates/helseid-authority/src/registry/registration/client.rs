//! Checks of clients and their keys.

use std::collections::BTreeMap;
use std::time::Duration;

use helseid_admin_api::{
    ApiClaim, ClientChange, ClientRegistration, DisplayName, GrantTypes, KeyOrigin, MAX_CLIENT_KEYS, NewKey,
};
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::PublicJwk;
use helseid_protocol::random::{Random, bytes16};
use helseid_protocol::registration;
use helseid_protocol::rule::{Profile, Trail};
use helseid_protocol::scope::{InvalidScope, Scope, ScopeSet};
use helseid_protocol::visible::is_hidden;

use super::{NotRegistered, Reason, RegistrationPolicy, login};
use crate::domain::model::{ApiClaims, Client, InvalidApiClaims, Key, TOKEN_LIFETIME};
use crate::registry::Snapshot;
use crate::registry::bootstrap::SELF_SERVICE_SCOPE;

/// The scope that asks for a refresh token (OpenID Connect Core 1.0 section 11).
const OFFLINE_ACCESS: &str = "offline_access";

/// The longest lifetime of a token, in seconds: a day.
const MAX_LIFETIME: u32 = 86_400;

/// Checks a registration, and makes the client of it.
pub(crate) fn checked(
    id: ClientId,
    sent: ClientRegistration,
    registry: &Snapshot,
    policy: &RegistrationPolicy,
) -> Result<Client, NotRegistered> {
    let profile = sent.profile.unwrap_or(policy.profile);
    let mut client = Client {
        tenancy: sent.tenancy,
        org_parent: sent.org_parent,
        org_children: sent.org_children,
        scopes: scopes(&sent.scopes, &sent.grant_types, registry)?,
        profile: sent.profile,
        token_lifetime: sent.token_lifetime_seconds.map_or(Ok(TOKEN_LIFETIME), lifetime)?,
        enabled: sent.enabled,
        api_claims: api_claims(sent.api_claims, registry)?,
        grant_types: sent.grant_types,
        login: sent.login,
        own_audiences: sent.own_audiences,
        may_be_exchanged_by: sent.may_be_exchanged_by,
        ..Client::new(id, name(&sent.name)?)
    };
    require_owner(&client)?;
    require_no_audience(&client.id, registry)?;
    login::check(&client, registry, policy)?;
    for jwk in sent.keys {
        let key = NewKey { jwk, expires: sent.keys_expire };
        client = with_key(client, &key, KeyOrigin::Gui, profile)?;
    }
    Ok(client)
}

/// The client with `change` made; settings that it does not name are kept.
pub(crate) fn changed(
    mut client: Client,
    change: ClientChange,
    registry: &Snapshot,
    policy: &RegistrationPolicy,
) -> Result<Client, NotRegistered> {
    // Settings that are not sent are not checked, so that a client can be disabled even if one of its APIs was removed.
    let changes_login = change.grant_types.is_some()
        || change.login.is_some()
        || change.own_audiences.is_some()
        || change.profile.is_some();
    let grants = change.grant_types.clone().unwrap_or_else(|| client.grant_types.clone());
    if let Some(sent) = change.name {
        client.name = name(&sent)?;
    }
    if let Some(sent) = change.scopes {
        client.scopes = scopes(&sent, &grants, registry)?;
    }
    client.tenancy = change.tenancy.unwrap_or(client.tenancy);
    client.org_parent = change.org_parent.or(client.org_parent);
    client.org_children = change.org_children.unwrap_or(client.org_children);
    client.profile = change.profile.or(client.profile);
    if let Some(seconds) = change.token_lifetime_seconds {
        client.token_lifetime = lifetime(seconds)?;
    }
    client.grant_types = grants;
    client.login = change.login.unwrap_or(client.login);
    client.own_audiences = change.own_audiences.unwrap_or(client.own_audiences);
    client.may_be_exchanged_by = change.may_be_exchanged_by.unwrap_or(client.may_be_exchanged_by);
    client.enabled = change.enabled.unwrap_or(client.enabled);
    match change.approved {
        None => {}
        Some(true) => approve(&mut client)?,
        Some(false) => client.approved = false,
    }
    require_owner(&client)?;
    if changes_login {
        login::check(&client, registry, policy)?;
    }
    Ok(client)
}

/// A multi-tenant client needs an organisation of its own, to which others delegate: without one, every token with a parent is
/// refused.
fn require_owner(client: &Client) -> Result<(), NotRegistered> {
    if client.tenancy == ClientTenancy::MultiTenant && client.org_parent.is_none() {
        let detail = "a multi-tenant client must belong to an organisation, to which others delegate";
        let next = "name its owner with --org-parent NUMBER, or register the client as single-tenant";
        return Err(NotRegistered::wrong("the client has no organisation", detail, next));
    }
    Ok(())
}

/// An ID token is for a client, and an access token for an API: no name is both, so that neither passes for the other.
fn require_no_audience(id: &ClientId, registry: &Snapshot) -> Result<(), NotRegistered> {
    if !registry.apis.keys().any(|audience| audience.as_str() == id.as_str()) {
        return Ok(());
    }
    let detail = format!("{id} is the audience of an API, and no client may have the name of one");
    Err(NotRegistered::new(Reason::Conflict, "the client id is taken", detail, "give another id"))
}

/// Grants what the client requested itself.
fn approve(client: &mut Client) -> Result<(), NotRegistered> {
    client.approved = true;
    let pending = std::mem::take(&mut client.pending_scopes);
    for scope in pending.iter() {
        client.scopes.insert(scope.clone()).map_err(too_many_scopes)?;
    }
    client.api_claims.approve();
    Ok(())
}

fn too_many_scopes(why: InvalidScope) -> NotRegistered {
    NotRegistered::wrong("the client has too many scopes", why, "leave out those that it does not need")
}

/// The client with another key, whose rules and name are checked.
pub(crate) fn with_key(
    mut client: Client,
    sent: &NewKey,
    origin: KeyOrigin,
    profile: Profile,
) -> Result<Client, NotRegistered> {
    let mut trail = Trail::new();
    let jwk =
        registration::check_key(&sent.jwk, profile.switches(), &mut trail).map_err(NotRegistered::of_key)?;
    let jwk = jwk.jwk().clone();
    let others = client.keys.iter().map(|key| &key.jwk);
    registration::require_own_kid(&jwk, others, &mut trail).map_err(NotRegistered::of_key)?;
    if has_key(&client, &jwk) {
        let detail = "the same key is registered under another kid";
        let next = "use that one, or remove it first: helseid client key remove";
        return Err(NotRegistered::new(Reason::Conflict, "the client already has this key", detail, next));
    }
    let thumbprint = jwk.thumbprint();
    client.keys.push(Key { jwk, expires: sent.expires, origin }).map_err(|_| {
        let detail = format!("a client may have at most {MAX_CLIENT_KEYS} keys");
        let next = "remove those that are no longer used: helseid client key remove";
        NotRegistered::new(Reason::Conflict, "the client has too many keys", detail, next)
    })?;
    // Not for keys that are refused: a client could send them repeatedly and fill the log.
    for (rule, facts) in trail.warnings() {
        let (client, rule, got) = (&client.id, rule.id(), &facts.got);
        tracing::warn!(%client, key = %thumbprint, rule, got, "a key is registered with a warning");
    }
    Ok(client)
}

/// Whether the client has this key, under any name.
pub(super) fn has_key(client: &Client, jwk: &PublicJwk) -> bool {
    let thumbprint = jwk.thumbprint();
    client.keys.iter().any(|key| key.jwk.thumbprint() == thumbprint)
}

/// The client without the key of this `kid` or thumbprint.
pub(crate) fn without_key(mut client: Client, name: &str) -> Result<Client, NotRegistered> {
    let named = |key: &Key| {
        key.jwk.key_id().is_some_and(|kid| kid.as_str() == name) || key.jwk.thumbprint().as_str() == name
    };
    let before = client.keys.len();
    client.keys.retain(|key| !named(key));
    if client.keys.len() == before { Err(NotRegistered::unknown("key", name)) } else { Ok(client) }
}

/// A GUID of version 4 (RFC 9562 section 5.4).
pub(crate) fn new_id(random: &dyn Random) -> ClientId {
    let guid = uuid::Builder::from_random_bytes(bytes16(random)).into_uuid();
    ClientId::parse(&guid.to_string()).unwrap_or_else(|_| unreachable!("36 characters are an identifier"))
}

fn name(sent: &str) -> Result<DisplayName, NotRegistered> {
    let name = DisplayName::parse(sent.trim()).ok();
    let name = name.filter(|name| !name.as_str().is_empty() && !name.as_str().chars().any(is_hidden));
    name.ok_or_else(|| {
        let detail = "expected 1 to 200 visible characters";
        NotRegistered::wrong("the client's name is invalid", detail, "give another name")
    })
}

fn lifetime(seconds: u32) -> Result<Duration, NotRegistered> {
    if (1..=MAX_LIFETIME).contains(&seconds) {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let detail = format!("expected 1 to {MAX_LIFETIME} seconds, got {seconds}");
    Err(NotRegistered::wrong(
        "the token lifetime is invalid",
        detail,
        "leave it out for the default of 600 seconds",
    ))
}

/// Checks that the scopes belong to registered APIs, or for a client that logs people in to an identity, and adds that of
/// self-service.
fn scopes(sent: &ScopeSet, grants: &GrantTypes, registry: &Snapshot) -> Result<ScopeSet, NotRegistered> {
    let is_known = |scope: &Scope| {
        let is_for_login = scope.is_identity() && grants.contains(GrantType::AuthorizationCode);
        is_for_login || registry.api_of(scope).is_some()
    };
    if sent.iter().any(|scope| scope.as_str() == OFFLINE_ACCESS) && !grants.contains(GrantType::RefreshToken)
    {
        let detail = "offline_access asks for a refresh token, and the client may not use one";
        let next = "add the grant type refresh_token, or leave out the scope";
        return Err(NotRegistered::wrong("the client can get no refresh token", detail, next));
    }
    if let Some(identity) = sent.iter().find(|scope| scope.is_identity() && !is_known(scope)) {
        let detail =
            format!("{identity} is about a person who logs in, and the client does not log people in");
        let next = "add the grant type authorization_code, or leave out the scope";
        return Err(NotRegistered::wrong("a scope is only for logins", detail, next));
    }
    if let Some(unknown) = sent.iter().find(|scope| !is_known(scope)) {
        let detail = format!("expected a scope of a registered API, got {unknown}");
        let next = format!(
            "check its spelling against helseid api list, or register its API: helseid api add AUDIENCE --scope {unknown}"
        );
        return Err(NotRegistered::wrong("unknown scope", detail, next));
    }
    ScopeSet::of(sent.iter().cloned().chain(Scope::parse(SELF_SERVICE_SCOPE))).map_err(too_many_scopes)
}

/// Checks that the claims belong to registered APIs.
fn api_claims(sent: BTreeMap<String, String>, registry: &Snapshot) -> Result<ApiClaims, NotRegistered> {
    let mut claims = BTreeMap::new();
    for (name, value) in sent {
        registry.api_of_claim(&name).ok_or_else(|| unknown_claim(&name))?;
        claims.insert(name, ApiClaim { active: Some(value), pending: None });
    }
    ApiClaims::try_from(claims).map_err(wrong_claims)
}

/// There are too many claims, or they are too long.
pub(crate) fn wrong_claims(why: InvalidApiClaims) -> NotRegistered {
    NotRegistered::wrong("the client's claims are invalid", why, "give fewer, or shorter ones")
}

/// The claim belongs to no registered API.
pub(crate) fn unknown_claim(name: &str) -> NotRegistered {
    let detail = format!("expected the name of a registered API and /client/claims/NAME, got {name:?}");
    let next = "register its API: helseid api add AUDIENCE --scope SCOPE";
    NotRegistered::wrong("unknown claim", detail, next)
}
