//! What is granted: scopes, the APIs that they belong to, and the organisation that the client acts for.

use std::collections::BTreeSet;

use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::{ClientCredentials, TokenForm};
use helseid_protocol::id::Audience;
use helseid_protocol::rule::{Facts, Fault, Rule, Trail};
use helseid_protocol::scope::{Scope, ScopeSet};

use super::AuthenticatedClient;
use super::organisation::ActsFor;
use crate::app::App;
use crate::domain::model::Client;
use crate::registry::Snapshot;
use crate::registry::bootstrap::SELF_SERVICE_SCOPE;

/// What is granted.
pub(super) struct Grant {
    pub(super) scopes: ScopeSet,
    /// The APIs that the scopes belong to, at least one.
    pub(super) audiences: Vec<Audience>,
    pub(super) acts_for: ActsFor,
    pub(super) sfm_journal_id: Option<String>,
    /// The claims about the client that the APIs want; none says that one of them wants all.
    pub(super) wants: Option<BTreeSet<String>>,
    /// The values that this client has of claims of the APIs' own.
    pub(super) api_claims: Vec<(String, String)>,
}

impl Grant {
    pub(super) fn check(
        app: &App,
        client: &AuthenticatedClient,
        form: &TokenForm<'_>,
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        let registry = app.registry.now();
        let asked = ClientCredentials::read(form, trail)?;
        let allowed = &client.known.client.scopes;
        let scopes = scopes_are_the_clients(asked.scope(), allowed, &registry);
        let scopes = trail.require(Rule::RequestScopeAllowed, scopes)?;
        let resource = resource_is_an_api_of_the_scopes(&asked, &scopes, &registry);
        let scopes = trail.require(Rule::RequestResource, resource)?;
        let audiences = audiences(&scopes, &registry);
        match audiences.as_slice() {
            [_] => trail.holds(Rule::TokenSingleAudience),
            several => {
                let got = format!("scopes of {} APIs", several.len());
                trail.warn(Rule::TokenSingleAudience, Facts::new("scopes of one API", got));
            }
        }
        let details = Details::read(client.assertion.claims(), trail)?;
        let acts_for = ActsFor::check(details.organisation(), &client.known.client, &registry, trail)?;
        let sfm_journal_id = details.sfm_journal_id().map(str::to_owned);
        let wants = wanted_claims(&audiences, &registry);
        let api_claims = claims_of_the_apis(&client.known.client, &audiences, &registry);
        Ok(Self { scopes, audiences, acts_for, sfm_journal_id, wants, api_claims })
    }
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

/// HelseID: claims: an API says which claims its tokens have; one that says nothing wants all.
fn wanted_claims(audiences: &[Audience], registry: &Snapshot) -> Option<BTreeSet<String>> {
    let apis: Vec<_> = audiences.iter().filter_map(|audience| registry.apis.get(audience)).collect();
    if apis.iter().any(|api| api.claims.is_empty()) {
        return None;
    }
    Some(apis.iter().flat_map(|api| api.claims.iter().map(ToString::to_string)).collect())
}

/// HelseID: audience-specific client claims: in tokens for the API that defines them.
fn claims_of_the_apis(client: &Client, audiences: &[Audience], registry: &Snapshot) -> Vec<(String, String)> {
    let ours = |name: &str| registry.api_of_claim(name).is_some_and(|api| audiences.contains(&api.audience));
    let claims = client.api_claims.all().iter().filter(|(name, _)| ours(name));
    claims.filter_map(|(name, claim)| Some((name.clone(), claim.active.clone()?))).collect()
}

fn audiences(scopes: &ScopeSet, registry: &Snapshot) -> Vec<Audience> {
    let all: BTreeSet<_> = scopes.iter().filter_map(|scope| registry.api_of(scope)).collect();
    all.into_iter().cloned().collect()
}
