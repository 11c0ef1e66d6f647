//! For whom a client may act (HelseID: organisation numbers). Each rule is one function, in the order of the catalogue.

use helseid_admin_api::Delegation;
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_protocol::rule::{Facts, Fault, Rule, Trail};

use crate::domain::model::Client;
use crate::registry::Snapshot;

/// The organisations that go into the token.
#[derive(Debug, Default)]
pub(super) struct ActsFor {
    pub(super) parent: Option<OrganisationNumber>,
    pub(super) child: Option<OrganisationNumber>,
    /// Who acts, if not the parent itself.
    pub(super) supplier: Option<OrganisationNumber>,
}

impl ActsFor {
    pub(super) fn check(
        named: Option<&Organisation>,
        client: &Client,
        registry: &Snapshot,
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        let own = client.org_parent.clone();
        let Some(named) = named else {
            return Ok(match client.tenancy {
                ClientTenancy::MultiTenant => Self { supplier: own, ..Self::default() },
                ClientTenancy::SingleTenant | ClientTenancy::None => Self { parent: own, ..Self::default() },
            });
        };
        trail.require_or_note(Rule::DetailsSupported, client_has_a_tenancy(client))?;
        match named {
            Organisation::Parent { parent, child } => {
                trail.require_or_note(Rule::DetailsParentEnabled, client_is_multi_tenant(client))?;
                trail.require_or_note(
                    Rule::DetailsParentAllowed,
                    parent_has_delegated(parent, client, registry),
                )?;
                if let Some(child) = child {
                    trail.require_or_note(
                        Rule::DetailsChildOfParent,
                        parent_lists_the_child(parent, child, registry),
                    )?;
                }
                Ok(Self { parent: Some(parent.clone()), child: child.clone(), supplier: own })
            }
            Organisation::Child(child) => {
                trail.require_or_note(
                    Rule::DetailsChildEnabled,
                    client_is_single_tenant_with_children(client),
                )?;
                trail.require_or_note(Rule::DetailsChildAllowed, child_is_registered(child, client))?;
                Ok(Self { parent: own, child: Some(child.clone()), supplier: None })
            }
        }
    }
}

/// HID-1010.
fn client_has_a_tenancy(client: &Client) -> Result<(), Facts> {
    match client.tenancy {
        ClientTenancy::None => Err(Facts::new("single-tenant or multi-tenant", "a client with tenancy none")),
        ClientTenancy::SingleTenant | ClientTenancy::MultiTenant => Ok(()),
    }
}

/// HID-1005.
fn client_is_multi_tenant(client: &Client) -> Result<(), Facts> {
    match client.tenancy {
        ClientTenancy::MultiTenant => Ok(()),
        other => {
            Err(Facts::new("a multi-tenant client", format_args!("a client with tenancy {}", other.name())))
        }
    }
}

/// HID-1006.
fn client_is_single_tenant_with_children(client: &Client) -> Result<(), Facts> {
    match client.tenancy {
        ClientTenancy::SingleTenant if !client.org_children.is_empty() => Ok(()),
        ClientTenancy::SingleTenant => Err(Facts::new("a client with registered children", "one with none")),
        other => {
            Err(Facts::new("a single-tenant client", format_args!("a client with tenancy {}", other.name())))
        }
    }
}

/// HID-1001. An organisation needs no delegation from itself.
fn parent_has_delegated(
    parent: &OrganisationNumber,
    client: &Client,
    registry: &Snapshot,
) -> Result<(), Facts> {
    let Some(supplier) = &client.org_parent else {
        return Err(Facts::new("a client that belongs to an organisation", "a client without one"));
    };
    let delegation = Delegation { parent: parent.clone(), supplier: supplier.clone() };
    if parent == supplier || registry.delegations.contains(&delegation) {
        Ok(())
    } else {
        Err(Facts::value(format_args!("a parent that has delegated to {supplier}"), parent))
    }
}

/// HID-1002.
fn child_is_registered(child: &OrganisationNumber, client: &Client) -> Result<(), Facts> {
    if client.org_children.contains(child) {
        return Ok(());
    }
    let own: Vec<_> = client.org_children.iter().map(OrganisationNumber::as_str).collect();
    Err(Facts::value(format_args!("one of {}", own.join(" ")), child))
}

/// HID-1003.
fn parent_lists_the_child(
    parent: &OrganisationNumber,
    child: &OrganisationNumber,
    registry: &Snapshot,
) -> Result<(), Facts> {
    match registry.organisations.get(parent) {
        Some(entry) if !entry.children.is_empty() && !entry.children.contains(child) => {
            let listed: Vec<_> = entry.children.iter().map(OrganisationNumber::as_str).collect();
            Err(Facts::new(format_args!("one of {}", listed.join(" ")), child))
        }
        _ => Ok(()),
    }
}
