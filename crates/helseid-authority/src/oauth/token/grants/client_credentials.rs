//! Client credentials (RFC 6749 section 4.4): a machine gets a token in its own name.

use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::ClientCredentials;
use helseid_protocol::rule::{Facts, Fault, Rule, Trail};
use helseid_protocol::scope::{Scope, ScopeSet};

use super::Asked;
use super::scopes::{audiences, require_single_audience};
use crate::oauth::token::claims::ClientClaims;
use crate::oauth::token::granted::{Granted, UsesUp};
use crate::registry::Snapshot;
use crate::registry::bootstrap::SELF_SERVICE_SCOPE;

/// Checks `scope` and `resource`, the parameters of this grant, against the registry.
pub(super) fn check<'a>(request: &Asked<'a>, trail: &mut Trail) -> Result<Granted<'a>, Fault> {
    let Asked { registry, client, .. } = *request;
    let asked = ClientCredentials::read(request.form, trail)?;
    let allowed = &client.known.client.scopes;
    let scopes = scopes_are_the_clients(asked.scope(), allowed, registry);
    let scopes = trail.require(Rule::RequestScopeAllowed, scopes)?;
    let resource = resource_is_an_api_of_the_scopes(&asked, &scopes, registry);
    let scopes = trail.require(Rule::RequestResource, resource)?;
    let audiences = audiences(&scopes, registry);
    require_single_audience(&audiences, trail);
    let details = Details::read(client.assertion.claims(), trail)?;
    let client = ClientClaims::check(registry, client, (&audiences, &details), trail)?;
    Ok(Granted { scopes, audiences, client, login: None, uses_up: UsesUp::Nothing })
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
    Err(facts.saying(format_args!("The scope '{scope}' {why}, which may have {expected}")))
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
