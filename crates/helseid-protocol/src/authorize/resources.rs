//! What an authorization request wants tokens for: scopes and APIs. Each rule is one function, in the order of the catalogue.

use super::Client;
use super::request::Resources;
use super::request_object::Values;
use crate::id::Audience;
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::scope::{Scope, ScopeSet};

const OPENID: &str = "openid";
const OFFLINE_ACCESS: &str = "offline_access";

/// The parameters that mean something to an OpenID provider alone.
const OF_OPENID: [&str; 4] = ["nonce", "max_age", "acr_values", "id_token_hint"];

pub(super) fn check(
    values: &Values<'_>,
    client: &Client<'_>,
    trail: &mut Trail,
) -> Result<(ScopeSet, Resources), Fault> {
    let scopes = trail.require(Rule::AuthorizeScope, scope_is_a_list(values))?;
    trail.require(Rule::AuthorizeScopeAllowed, scopes_are_the_clients(&scopes, client))?;
    trail.require(Rule::AuthorizeScopeOpenid, openid_is_asked_for(&scopes, values))?;
    trail.require(Rule::AuthorizeOfflineAccess, refresh_tokens_are_the_clients(&scopes, client))?;
    let resources =
        trail.require(Rule::AuthorizeResource, resources_are_apis_of_the_scopes(values, &scopes, client))?;
    Ok((scopes, resources))
}

/// RFC 6749 section 3.3.
fn scope_is_a_list(values: &Values<'_>) -> Result<ScopeSet, Facts> {
    let expected = "scopes separated by spaces";
    let text = values.get("scope").ok_or_else(|| Facts::missing(expected))?;
    let scopes =
        ScopeSet::parse(text).map_err(|why| Facts::new(expected, format_args!("an invalid scope: {why}")))?;
    if scopes.is_empty() { Err(Facts::missing(expected)) } else { Ok(scopes) }
}

/// RFC 6749 section 4.1.2.1. `openid` comes with the grant, and `offline_access` has a rule of its own.
fn scopes_are_the_clients(scopes: &ScopeSet, client: &Client<'_>) -> Result<(), Facts> {
    let comes_with_a_grant = |scope: &Scope| [OPENID, OFFLINE_ACCESS].contains(&scope.as_str());
    let exists = |scope: &Scope| scope.audience().is_none() || (client.api_of)(scope).is_some();
    let is_the_clients = |scope: &Scope| client.scopes.contains(scope) && exists(scope);
    let refused = |scope: &&Scope| !(comes_with_a_grant(scope) || is_the_clients(scope));
    let Some(scope) = scopes.iter().find(refused) else { return Ok(()) };
    let why = match client.scopes.contains(scope) {
        true => "belongs to no registered API",
        false => "is not granted to this client",
    };
    // The client is not authenticated where a browser brings the request: its other scopes are its own business.
    let facts = Facts::value("scopes that are granted to this client", scope);
    Err(facts.saying(format_args!("The scope '{scope}' {why}")))
}

/// OpenID Connect Core 1.0 section 3.1.2.1.
fn openid_is_asked_for(scopes: &ScopeSet, values: &Values<'_>) -> Result<(), Facts> {
    if has(scopes, OPENID) {
        return Ok(());
    }
    let of_identity = |scope: &&Scope| scope.is_identity() && scope.as_str() != OFFLINE_ACCESS;
    let needs_it = scopes.iter().find(of_identity).map(Scope::as_str);
    let needs_it = needs_it.or_else(|| OF_OPENID.into_iter().find(|name| values.get(name).is_some()));
    match needs_it {
        Some(needs_it) => Err(Facts::new("openid in scope", format_args!("{needs_it} without it"))),
        None => Ok(()),
    }
}

/// OpenID Connect Core 1.0 section 11; HelseID asks no consent.
fn refresh_tokens_are_the_clients(scopes: &ScopeSet, client: &Client<'_>) -> Result<(), Facts> {
    if has(scopes, OFFLINE_ACCESS) && !client.may_use_refresh_tokens {
        Err(Facts::new("scopes without offline_access", OFFLINE_ACCESS))
    } else {
        Ok(())
    }
}

/// RFC 8707 sections 2 and 2.1.
fn resources_are_apis_of_the_scopes(
    values: &Values<'_>,
    scopes: &ScopeSet,
    client: &Client<'_>,
) -> Result<Resources, Facts> {
    let mut resources = Resources::default();
    for text in values.resources() {
        let name = Audience::parse(text).map_err(|why| {
            Facts::new("the name of an API in resource", format_args!("an invalid name: {why}"))
        })?;
        if !scopes.iter().any(|scope| (client.api_of)(scope).as_ref() == Some(&name)) {
            return Err(Facts::value("an API that one of the scopes belongs to", name));
        }
        if !resources.contains(&name) {
            resources.push(name).map_err(|why| Facts::new("fewer resources", why))?;
        }
    }
    Ok(resources)
}

fn has(scopes: &ScopeSet, name: &str) -> bool {
    scopes.iter().any(|scope| scope.as_str() == name)
}
