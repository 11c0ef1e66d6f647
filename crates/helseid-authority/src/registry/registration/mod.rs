//! Checks of what is registered, whether it comes from the admin API, a seed file, a client itself, or a program that embeds
//! the authority.

mod client;
mod insecure_host;
mod login;
mod person;
mod policy;
mod refusal;
mod seed;
#[cfg(test)]
mod tests;

use helseid_admin_api::{ApiResource, OrganisationEntry};
use helseid_protocol::visible::is_hidden;

use crate::domain::change::{Change, Kind, Subject};
use crate::registry::{Registry, Snapshot};
use crate::storage::registry::Author;

pub(crate) use client::{changed, checked, new_id, with_key, without_key};
#[cfg(feature = "nhn")]
pub(crate) use client::{unknown_claim, wrong_claims};
pub use insecure_host::{InsecureHost, InvalidInsecureHost};
#[cfg(feature = "nhn")]
pub(crate) use login::require_secure;
pub(crate) use login::{may_be_told_of_a_logout, usable};
pub(crate) use person::{checked_person, put_person, unknown_person};
pub(crate) use policy::RegistrationPolicy;
pub use refusal::NotRegistered;
pub(crate) use refusal::Reason;
pub use seed::{Seed, SeedAction, SeedStep};
pub(crate) use seed::{apply as apply_seed, plan as plan_seed};

/// Refuses to change an entry that a seed file manages.
pub(crate) fn require_unmanaged(registry: &Snapshot, subject: &Subject) -> Result<(), NotRegistered> {
    if !registry.managed.contains(subject) {
        return Ok(());
    }
    let title = format!("the {subject} is managed by a seed file");
    let detail = "the next start would undo a change made here";
    Err(NotRegistered::new(
        Reason::Conflict,
        title,
        detail,
        "change it in the seed file, and restart the authority",
    ))
}

/// Checks an API: a scope belongs to one API, and no client has its name.
pub(crate) fn checked_api(api: ApiResource, registry: &Snapshot) -> Result<ApiResource, NotRegistered> {
    let taken = |scope: &&_| registry.api_of(scope).is_some_and(|owner| *owner != api.audience);
    if let Some(scope) = api.scopes.iter().find(taken) {
        let detail = format!("the scope {scope} belongs to another API");
        let next = "give each API its own scopes";
        return Err(NotRegistered::new(Reason::Conflict, "a scope is taken", detail, next));
    }
    if registry.clients.keys().any(|id| id.as_str() == api.audience.as_str()) {
        let detail = format!("{} is the id of a client, and no API may have the name of one", api.audience);
        let next = "give another audience, or remove that client first";
        return Err(NotRegistered::new(Reason::Conflict, "the audience is taken", detail, next));
    }
    if let Some(claim) = api.claims.iter().find(|claim| claim.as_str().chars().any(is_hidden)) {
        let detail = format!("expected the names of claims, got {:?}", claim.as_str());
        return Err(NotRegistered::wrong("a claim's name is invalid", detail, "give one name at a time"));
    }
    Ok(api)
}

/// Stores the API that `check` returns, which is called again if an API changed meanwhile.
pub(crate) async fn put_api(
    registry: &Registry,
    author: &Author,
    check: impl Fn(&Snapshot) -> Result<ApiResource, NotRegistered>,
) -> Result<(), NotRegistered> {
    registry
        .change_kinds(author, &[Kind::Api], |registry| Ok((vec![Change::PutApi(check(registry)?)], ())))
        .await
}

/// Checks an organisation: its name has visible characters only.
pub(crate) fn checked_organisation(entry: OrganisationEntry) -> Result<OrganisationEntry, NotRegistered> {
    if entry.name.as_str().chars().any(is_hidden) {
        let detail = "expected at most 200 visible characters";
        return Err(NotRegistered::wrong("the organisation's name is invalid", detail, "give another name"));
    }
    Ok(entry)
}
