//! What a new registry holds: the APIs of HelseID's samples, their synthetic organisations, and synthetic persons. Nothing
//! secret.

mod persons;

use helseid_admin_api::{
    ApiResource, ClaimNames, Delegation, DisplayName, OrganisationEntry, OrganisationNumbers,
};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Timestamp;

use crate::domain::change::{Actor, Change};
use crate::registry::Registry;
use crate::storage::registry::{Author, Store, StoreError};

/// The self-service API: the authority serves it itself, and a token for it may change the client that it is issued to.
pub(crate) const SELF_SERVICE: &str = "nhn:selvbetjening";

/// The scope of the self-service API, which every registered client has and none gets unasked.
pub(crate) const SELF_SERVICE_SCOPE: &str = "nhn:selvbetjening/client";

const APIS: [(&str, &str); 7] = [
    ("norsk-helsenett:python-sample-api", "norsk-helsenett:python-sample-api/read"),
    (SELF_SERVICE, SELF_SERVICE_SCOPE),
    (
        "nhn:test-public-samplecode",
        "nhn:test-public-samplecode/client-credentials nhn:test-public-samplecode/authorization-code",
    ),
    (
        "nhn:test-public-samplecode-for-token-exchange",
        "nhn:test-public-samplecode-for-token-exchange/token-exhange-endpoint",
    ),
    ("nhn:test-public-sample-api-1", "nhn:test-public-sample-api-1/some-scope"),
    ("nhn:test-public-sample-api-2", "nhn:test-public-sample-api-2/some-scope"),
    ("nhn:bff-sample", "nhn:bff-sample/api"),
];

const ORGANISATIONS: [(&str, &str, &[&str]); 9] = [
    ("999977774", "Granfjelldal kommune", &["999977775", "999977776"]),
    ("313745392", "Acme EPJ", &[]),
    ("313325016", "Hansens legekontor AS", &[]),
    ("312232324", "Flaksvaagoey kommune", &["312232326"]),
    ("994598759", "Norsk helsenett SF", &[]),
    ("313231593", "JFT test entity", &[]),
    ("994919806", "Midtbyen Legesenter", &["994945688"]),
    ("999977775", "Granfjelldal kommune, enhet", &[]),
    ("999977776", "Granfjelldal kommune, enhet", &[]),
];

/// The parents that let Acme EPJ act for them.
const DELEGATIONS: [(&str, &str); 3] =
    [("312232324", "313745392"), ("313325016", "313745392"), ("999977774", "313745392")];

/// Makes the changes that fill a part of it.
type Fill = fn() -> Result<Vec<Change>, StoreError>;

/// Fills a registry that was never filled before. What someone removed later stays removed.
pub(crate) async fn fill(registry: &Registry, store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
    // Persons came later than the rest: a registry of an older version gets them at its first start with this one.
    let parts: [(&str, Fill); 2] = [("filled", changes), ("filled_persons", persons::changes)];
    for (done, changes) in parts {
        if store.setting(done).await?.is_none() {
            registry.change(changes()?, &Author { actor: Actor::FirstStart, at: now }).await?;
            store.put_setting(done, "yes").await?;
        }
    }
    Ok(())
}

/// What fills it.
pub(crate) fn changes() -> Result<Vec<Change>, StoreError> {
    let mut changes = Vec::new();
    for (audience, scopes) in APIS {
        let bad = |why: String| StoreError::Unreadable { what: "built-in API", why };
        changes.push(Change::PutApi(ApiResource {
            audience: Audience::parse(audience).map_err(|why| bad(why.to_string()))?,
            scopes: ScopeSet::parse(scopes).map_err(|why| bad(why.to_string()))?,
            claims: ClaimNames::default(),
            approval: false,
        }));
    }
    for (own, name, children) in ORGANISATIONS {
        let bad = |why: &dyn std::fmt::Display| StoreError::Unreadable {
            what: "built-in organisation",
            why: why.to_string(),
        };
        let children = children.iter().copied().map(number).collect::<Result<Vec<_>, _>>()?;
        let children = OrganisationNumbers::try_from(children).map_err(|why| bad(&why))?;
        let name = DisplayName::parse(name).map_err(|why| bad(&why))?;
        let entry = OrganisationEntry { number: number(own)?, name, children };
        changes.push(Change::PutOrganisation(entry));
    }
    for (parent, supplier) in DELEGATIONS {
        let delegation = Delegation { parent: number(parent)?, supplier: number(supplier)? };
        changes.push(Change::PutDelegation(delegation));
    }
    Ok(changes)
}

fn number(text: &str) -> Result<OrganisationNumber, StoreError> {
    let bad = |why| StoreError::Unreadable { what: "built-in organisation number", why: format!("{why}") };
    OrganisationNumber::parse(text).map_err(bad)
}
