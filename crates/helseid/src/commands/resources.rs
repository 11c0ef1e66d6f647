//! `api` and `org`.

use helseid_admin_api::{ApiResource, ClaimNames, Delegation, Listed, OrganisationEntry, operation};
use serde_json::json;

use super::client::{children, scopes, tell_broken};
use crate::admin::Admin;
use crate::args::{ApiCommand, Format, Global, OrgCommand, Registry};
use crate::failure::Failure;
use crate::output;

pub(crate) async fn api(command: ApiCommand, global: &Global) -> Result<(), Failure> {
    match command {
        ApiCommand::Add(flags) => {
            let (audience, approval) = (flags.audience, flags.approval);
            let claims = ClaimNames::try_from(flags.claim)
                .map_err(|why| Failure::usage("there are too many claims", why, "name fewer with --claim"))?;
            let api = ApiResource { audience, scopes: scopes(&flags.scope)?, claims, approval };
            admin(&flags.registry, global)?.call(&operation::PUT_API, &[], &api).await?;
            output::done(global.format, &api, &format!("added {} with {}", api.audience, api.scopes))
        }
        ApiCommand::List(registry) => {
            let admin = admin(&registry, global)?;
            let apis = admin.call(&operation::LIST_APIS, &[], &()).await?;
            tell_broken(&admin, &["api"]).await?;
            if global.format == Format::Json {
                return output::json(&apis);
            }
            let row =
                |api: &Listed<ApiResource>| [api.entry.audience.to_string(), api.entry.scopes.to_string()];
            output::rows(["api", "scopes"], apis.iter().map(row).collect())
        }
        ApiCommand::Remove { audience, registry } => {
            admin(&registry, global)?.call(&operation::REMOVE_API, &[audience.as_str()], &()).await?;
            output::done(global.format, &json!({ "removed": audience }), &format!("removed {audience}"))
        }
    }
}

pub(crate) async fn org(command: OrgCommand, global: &Global) -> Result<(), Failure> {
    match command {
        OrgCommand::Add { number, name, child, registry } => {
            let entry = OrganisationEntry { number, name, children: children(child)? };
            admin(&registry, global)?.call(&operation::PUT_ORGANISATION, &[], &entry).await?;
            output::done(global.format, &entry, &format!("added {} {}", entry.number, entry.name))
        }
        OrgCommand::List(registry) => {
            let admin = admin(&registry, global)?;
            let all = admin.call(&operation::LIST_ORGANISATIONS, &[], &()).await?;
            tell_broken(&admin, &["organisation", "delegation"]).await?;
            if global.format == Format::Json {
                return output::json(&all);
            }
            let row = |Listed { entry, .. }: &Listed<OrganisationEntry>| {
                let children: Vec<_> = entry.children.iter().map(ToString::to_string).collect();
                [entry.number.to_string(), entry.name.to_string(), children.join(" ")]
            };
            output::rows(["number", "name", "children"], all.iter().map(row).collect())
        }
        OrgCommand::Delegate(flags) => {
            let delegation = Delegation { parent: flags.parent, supplier: flags.to };
            admin(&flags.registry, global)?.call(&operation::PUT_DELEGATION, &[], &delegation).await?;
            let words = format!("{} may act for {}", delegation.supplier, delegation.parent);
            output::done(global.format, &delegation, &words)
        }
        OrgCommand::Undelegate(flags) => {
            let delegation = Delegation { parent: flags.parent, supplier: flags.to };
            admin(&flags.registry, global)?.call(&operation::REMOVE_DELEGATION, &[], &delegation).await?;
            let words = format!("{} may act for {} no more", delegation.supplier, delegation.parent);
            output::done(global.format, &json!({ "removed": delegation }), &words)
        }
        OrgCommand::Remove { number, registry } => {
            admin(&registry, global)?.call(&operation::REMOVE_ORGANISATION, &[number.as_str()], &()).await?;
            output::done(global.format, &json!({ "removed": number }), &format!("removed {number}"))
        }
    }
}

fn admin(registry: &Registry, global: &Global) -> Result<Admin, Failure> {
    Admin::of(registry, global)
}
