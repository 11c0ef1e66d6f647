//! `audit` and `access-key`.

use helseid_admin_api::{AccessKeyEntry, AuditEntry, AuditQuery, NewAccessKey, operation};
use serde_json::json;

use crate::admin::Admin;
use crate::args::{AccessKeyCommand, AuditFlags, Format, Global, Registry};
use crate::failure::Failure;
use crate::output;

pub(crate) async fn audit(flags: AuditFlags, global: &Global) -> Result<(), Failure> {
    let admin = admin(&flags.registry, global)?;
    let query = AuditQuery { limit: Some(flags.limit), ..AuditQuery::default() };
    let page = admin.query(&operation::AUDIT, &[], &query).await?;
    if global.format == Format::Json {
        return output::json(&page.items);
    }
    let row = |AuditEntry { at, actor, action, kind, id, .. }: &AuditEntry| {
        [at.rfc3339(), actor.to_string(), action.to_string(), format!("{kind} {id}")]
    };
    output::rows(["at", "who", "did", "to"], page.items.iter().rev().map(row).collect())
}

pub(crate) async fn access_key(command: AccessKeyCommand, global: &Global) -> Result<(), Failure> {
    match command {
        AccessKeyCommand::Make { purpose, name, registry } => {
            let key = NewAccessKey { purpose, name };
            let made = admin(&registry, global)?.call(&operation::MAKE_ACCESS_KEY, &[], &key).await?;
            if global.format == Format::Json {
                return output::json(&made);
            }
            output::tell(&format!("made {}; the key is not shown again", made.entry.id));
            output::line(&made.key)
        }
        AccessKeyCommand::List(registry) => {
            let all = admin(&registry, global)?.call(&operation::LIST_ACCESS_KEYS, &[], &()).await?;
            if global.format == Format::Json {
                return output::json(&all);
            }
            let row = |key: &AccessKeyEntry| {
                [key.id.to_string(), key.purpose.name().to_owned(), key.created.rfc3339(), key.name.clone()]
            };
            output::rows(["id", "purpose", "made", "name"], all.iter().map(row).collect())
        }
        AccessKeyCommand::Remove { id, registry } => {
            admin(&registry, global)?.call(&operation::REMOVE_ACCESS_KEY, &[&id], &()).await?;
            output::done(global.format, &json!({ "removed": id }), &format!("removed {id}"))
        }
    }
}

fn admin(registry: &Registry, global: &Global) -> Result<Admin, Failure> {
    Admin::of(registry, global)
}
