//! Scopes and the APIs that they belong to.

use std::collections::BTreeSet;

use helseid_protocol::id::Audience;
use helseid_protocol::rule::{Facts, Rule, Trail};
use helseid_protocol::scope::{Scope, ScopeSet};

use crate::domain::model::Client;
use crate::registry::Snapshot;

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
