//! `trace`.

use std::time::Duration;

use helseid_admin_api::{Page, TRACE_PATH, TraceDetails, TraceEntry, TraceOutcome};
use http::Method;
use serde_json::Value;

use crate::admin::{Admin, below};
use crate::args::{Format, Global, TraceFlags};
use crate::failure::Failure;
use crate::output;

const NOTHING: Option<&Value> = None;

/// How often is looked for new requests.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) async fn run(flags: TraceFlags, global: &Global) -> Result<(), Failure> {
    let admin = Admin::of(&flags.registry, global)?;
    match &flags.id {
        Some(id) => open(&admin, id, flags.details, global.format).await,
        None => list(&admin, &flags, global.format).await,
    }
}

async fn open(admin: &Admin, id: &str, details: bool, format: Format) -> Result<(), Failure> {
    // The whole error_uri is as good as its end.
    let id = id.rsplit('/').next().unwrap_or(id);
    let path = format!("{}?details={details}", below(TRACE_PATH, id));
    let found: TraceDetails = admin.send(Method::GET, &path, NOTHING).await?;
    match format {
        Format::Json => output::json(&found),
        Format::Text => output::text(&found.to_string()),
    }
}

async fn list(admin: &Admin, flags: &TraceFlags, format: Format) -> Result<(), Failure> {
    let outcome = if flags.failed { Some(TraceOutcome::Refused) } else { flags.outcome };
    let mut query = vec![format!("limit={}", flags.limit)];
    query.extend(
        flags.client.as_ref().map(|client| format!("client={}", below("", client).trim_start_matches('/'))),
    );
    query.extend(outcome.map(|outcome| format!("outcome={}", outcome.name())));
    let query = query.join("&");
    let mut newest = 0;
    loop {
        let path = format!("{TRACE_PATH}?{query}&after={newest}");
        let page: Page<TraceEntry> = admin.send(Method::GET, &path, NOTHING).await?;
        newest = page.items.first().map_or(newest, |entry| entry.seq);
        if format == Format::Json && !flags.follow {
            return output::json(&page.items);
        }
        // The oldest first, so that the newest stands where the eye is.
        for entry in page.items.iter().rev() {
            match format {
                Format::Json => output::json(entry)?,
                Format::Text => output::line(&line(entry))?,
            }
        }
        if !flags.follow {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn line(entry: &TraceEntry) -> String {
    let client = entry.client_id.as_deref().unwrap_or("-");
    let about = match (&entry.error, &entry.rule, &entry.scope) {
        (Some(error), Some(rule), _) => format!("{error} by {rule}"),
        (_, _, Some(scope)) => scope.clone(),
        _ => "-".to_owned(),
    };
    format!("{}  {:<12}  {client}  {about}  {}", entry.at.rfc3339(), entry.outcome.name(), entry.id)
}
