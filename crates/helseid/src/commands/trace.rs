//! `trace`.

use std::time::Duration;

use helseid_admin_api::{TraceDetailsQuery, TraceEntry, TraceOutcome, TraceQuery, operation};

use crate::admin::Admin;
use crate::args::{Format, Global, TraceFlags};
use crate::failure::Failure;
use crate::output;

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
    let found = admin.query(&operation::TRACE_ONE, &[id], &TraceDetailsQuery { details }).await?;
    match format {
        Format::Json => output::json(&found),
        Format::Text => output::text(&found.to_string()),
    }
}

async fn list(admin: &Admin, flags: &TraceFlags, format: Format) -> Result<(), Failure> {
    let outcome = if flags.failed { Some(TraceOutcome::Refused) } else { flags.outcome };
    let mut query = TraceQuery {
        client: flags.client.clone(),
        login: flags.login.clone(),
        outcome,
        limit: usize::try_from(flags.limit).ok(),
        after: Some(0),
        ..TraceQuery::default()
    };
    loop {
        let page = admin.query(&operation::TRACE, &[], &query).await?;
        query.after = page.items.first().map(|entry| entry.seq).or(query.after);
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
            if page.items.is_empty() && flags.limit > 0 {
                output::tell(&none_fits(flags));
            }
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What is said where the list is empty, so that nobody takes it for a failure.
fn none_fits(flags: &TraceFlags) -> String {
    let given = [
        ("--client", flags.client.is_some()),
        ("--login", flags.login.is_some()),
        ("--failed", flags.failed),
        ("--outcome", flags.outcome.is_some()),
    ];
    let given: Vec<_> = given.into_iter().filter_map(|(flag, is_given)| is_given.then_some(flag)).collect();
    match given.join(" and ").as_str() {
        "" => "the trace has no request yet".to_owned(),
        "--failed" => "the trace has no refused request; leave out --failed to see the others".to_owned(),
        given => format!("no request in the trace fits {given}; leave that out to see the others"),
    }
}

fn line(entry: &TraceEntry) -> String {
    let client = entry.client_id.as_deref().unwrap_or("-");
    let about = match (&entry.error, &entry.rule, &entry.scope) {
        (Some(error), Some(rule), _) => format!("{error} by {rule}"),
        (_, _, Some(scope)) => scope.clone(),
        _ => "-".to_owned(),
    };
    let login = entry.login.as_deref().unwrap_or("-");
    let (at, outcome, place) = (entry.at.rfc3339(), entry.outcome.name(), entry.place());
    format!("{at}  {outcome:<12}  {place:<26}  {client}  {about}  login {login}  {}", entry.id)
}
