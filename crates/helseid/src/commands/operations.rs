//! `audit` and `access-key`.

use helseid_admin_api::{
    ACCESS_KEYS_PATH, AUDIT_PATH, AccessKeyEntry, AuditEntry, MadeAccessKey, NewAccessKey, Page,
};
use http::Method;
use serde_json::{Value, json};

use crate::admin::{Admin, below};
use crate::args::{AccessKeyCommand, AuditFlags, Format, Global, Registry};
use crate::failure::Failure;
use crate::output;

const NOTHING: Option<&Value> = None;

pub(crate) async fn audit(flags: AuditFlags, global: &Global) -> Result<(), Failure> {
    let admin = admin(&flags.registry, global)?;
    let path = format!("{AUDIT_PATH}?limit={}", flags.limit);
    let page: Page<AuditEntry> = admin.send(Method::GET, &path, NOTHING).await?;
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
            let wanted = NewAccessKey { purpose, name };
            let made: MadeAccessKey =
                admin(&registry, global)?.send(Method::POST, ACCESS_KEYS_PATH, Some(&wanted)).await?;
            if global.format == Format::Json {
                return output::json(&made);
            }
            output::tell(&format!("made {}; the key is not shown again", made.entry.id));
            output::line(&made.key)
        }
        AccessKeyCommand::List(registry) => {
            let all: Vec<AccessKeyEntry> =
                admin(&registry, global)?.send(Method::GET, ACCESS_KEYS_PATH, NOTHING).await?;
            if global.format == Format::Json {
                return output::json(&all);
            }
            let row = |key: &AccessKeyEntry| {
                [key.id.to_string(), key.purpose.name().to_owned(), key.created.rfc3339(), key.name.clone()]
            };
            output::rows(["id", "purpose", "made", "name"], all.iter().map(row).collect())
        }
        AccessKeyCommand::Remove { id, registry } => {
            admin(&registry, global)?
                .send::<Value>(Method::DELETE, &below(ACCESS_KEYS_PATH, &id), NOTHING)
                .await?;
            output::done(global.format, &json!({ "removed": id }), &format!("removed {id}"))
        }
    }
}

fn admin(registry: &Registry, global: &Global) -> Result<Admin, Failure> {
    Admin::of(registry, global)
}
