//! Scopes and the APIs that they belong to.

use std::collections::BTreeSet;

use helseid_protocol::endpoint::token::ClientCredentials;
use helseid_protocol::id::Audience;
use helseid_protocol::rule::{Facts, Fault, Rule, Trail};
use helseid_protocol::scope::{Scope, ScopeSet};

use super::Asked;
use crate::domain::model::Client;
use crate::registry::Snapshot;
use crate::registry::bootstrap::SELF_SERVICE_SCOPE;

/// What a client asks for in its own name, of the scopes that it has itself; and the APIs that they belong to.
pub(super) fn of_client(request: &Asked<'_>, trail: &mut Trail) -> Result<(ScopeSet, Vec<Audience>), Fault> {
    let Asked { registry, client, .. } = *request;
    let asked = ClientCredentials::read(request.form, trail)?;
    let allowed = &client.known.client.scopes;
    let scopes = scopes_are_the_clients(asked.scope(), allowed, registry);
    let scopes = trail.require(Rule::RequestScopeAllowed, scopes)?;
    let resource = resource_is_an_api_of_the_scopes(&asked, &scopes, registry);
    let scopes = trail.require(Rule::RequestResource, resource)?;
    let audiences = audiences(&scopes, registry);
    Ok((scopes, audiences))
}

/// The APIs that the scopes belong to.
pub(super) fn audiences(scopes: &ScopeSet, registry: &Snapshot) -> Vec<Audience> {
    let all: BTreeSet<_> = scopes.iter().filter_map(|scope| registry.api_of(scope)).collect();
    all.into_iter().cloned().collect()
}

/// HelseID: resource indicators. A token for several APIs passes, with a warning: many APIs refuse it.
pub(super) fn require_single_audience(audiences: &[Audience], trail: &mut Trail) {
    match audiences {
        [] | [_] => trail.holds(Rule::TokenSingleAudience),
        several => {
            let got = format!("scopes of {} APIs", several.len());
            trail.warn(Rule::TokenSingleAudience, Facts::new("scopes of one API", got));
        }
    }
}

/// What a token of a login may have of the scopes that were granted: those that belong to no API, and of the named APIs, or of
/// all if none is named, what the client still has.
pub(super) fn of_login(
    granted: &ScopeSet,
    named: &[Audience],
    (client, registry): (&Client, &Snapshot),
) -> ScopeSet {
    granted.filtered(|scope: &&Scope| match registry.api_of(scope) {
        Some(api) => client.scopes.contains(scope) && (named.is_empty() || named.contains(api)),
        None => scope.is_identity(),
    })
}

/// HelseID: error messages. Nothing asked for is all that the client may have, self-service apart.
fn scopes_are_the_clients(
    asked: &ScopeSet,
    allowed: &ScopeSet,
    registry: &Snapshot,
) -> Result<ScopeSet, Facts> {
    let exists = |scope: &&Scope| registry.api_of(scope).is_some();
    if asked.is_empty() {
        let unasked = |scope: &&Scope| scope.as_str() != SELF_SERVICE_SCOPE;
        let all = allowed.filtered(|scope| exists(scope) && unasked(scope));
        return if all.is_empty() {
            Err(Facts::new("a client with a scope of an API", "one with none"))
        } else {
            Ok(all)
        };
    }
    let refused = |scope: &&Scope| !allowed.contains(scope) || !exists(scope);
    let Some(scope) = asked.iter().find(refused) else { return Ok(asked.clone()) };
    let mut own: Vec<_> = allowed.iter().filter(exists).collect();
    // Those of the same API first: what was meant is likely among them.
    own.sort_by_key(|own| own.audience() != scope.audience());
    let own: Vec<_> = own.into_iter().map(Scope::as_str).collect();
    let expected = if own.is_empty() { "no scope at all".to_owned() } else { own.join(" ") };
    let why = if exists(&scope) { "is not granted to this client" } else { "belongs to no registered API" };
    let facts = Facts::value(format_args!("scopes among {expected}"), scope);
    Err(facts.saying(format_args!("The scope '{scope}' {why}; the client may request {expected}")))
}

/// RFC 8707 section 2: the scopes that belong to the named API.
fn resource_is_an_api_of_the_scopes(
    asked: &ClientCredentials<'_>,
    scopes: &ScopeSet,
    registry: &Snapshot,
) -> Result<ScopeSet, Facts> {
    let Some(resource) = asked.resource()? else { return Ok(scopes.clone()) };
    let of_it = |scope: &&Scope| registry.api_of(scope) == Some(&resource);
    let narrowed = scopes.filtered(of_it);
    if !narrowed.is_empty() {
        return Ok(narrowed);
    }
    let names: Vec<_> = audiences(scopes, registry).iter().map(ToString::to_string).collect();
    Err(Facts::value(format_args!("one of {}", names.join(" ")), resource))
}
