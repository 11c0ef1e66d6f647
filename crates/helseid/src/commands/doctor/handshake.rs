//! The token request, and what became of each of its steps.

use std::time::Duration;

use helseid_client::{Client, Error, ErrorKind, RegisteredKey, RetryPolicy};
use helseid_http::system_clock;
use helseid_protocol::endpoint::Metadata;
use helseid_protocol::rule::Rule;
use helseid_protocol::time::TOLERANCE;
use tokio::time::Instant;

use super::configuration::Setup;
use super::recorder::{Recorder, Seen};
use super::report::{Report, Step};
use super::stage::Stage;
use super::{assertion, grant, refusal};
use crate::failure::Failure;
use crate::words;

/// The steps of the token request, in the order in which an authority takes them.
const ORDER: [Stage; 6] =
    [Stage::Assertion, Stage::Client, Stage::Registration, Stage::Nonce, Stage::Scopes, Stage::Organisation];

/// From here on a difference of clocks is worth a word.
const WORTH_A_WARNING: u64 = 5;

pub(super) async fn examine(
    setup: &Setup,
    metadata: &Metadata,
    report: &mut Report,
) -> Result<Option<Client>, Failure> {
    let recorder = Recorder::default();
    let builder = Client::builder(setup.config.clone()).observer(recorder.clone());
    let client = match builder.retry(RetryPolicy::new(0, Duration::ZERO)).build() {
        Ok(client) => client,
        Err(error) => {
            report.add(Step::of_error(Stage::Assertion, &error))?;
            return Ok(None);
        }
    };
    let began = Instant::now();
    let outcome = client.token().await;
    let took = began.elapsed();
    let (seen, offset) = (recorder.seen(), client.clock_offset_seconds());
    let broken = match &outcome {
        Ok(_) => None,
        Err(error) => Some(broken(error, &seen, setup, offset).await),
    };
    let failed_at = broken.as_ref().map(|(stage, _)| *stage);
    let mut broken = broken.map(|(_, step)| step);

    match failed_at {
        Some(Stage::Clock) => report.add_some(broken.take())?,
        _ => report.add(clock(offset))?,
    }
    // An authority that can answer nobody, or not as the protocol allows, says nothing of the steps before that.
    let known = if failed_at == Some(Stage::Token) { 1 } else { ORDER.len() };
    for stage in ORDER.into_iter().take(known) {
        if !report.is_well() {
            return Ok(None);
        }
        let found = match stage {
            _ if failed_at == Some(stage) => broken.take(),
            Stage::Assertion => Some(assertion::examine(setup, metadata)),
            Stage::Client => Some(Step::passed(stage, format!("{} is known", setup.config.client_id))),
            Stage::Registration => Some(registration(&client, setup).await),
            Stage::Nonce => Some(nonce(&seen).took(took)),
            Stage::Scopes => Some(grant::scopes(outcome.as_ref().ok(), setup)),
            _ => outcome.as_ref().ok().map(|_| grant::organisation(setup, &seen)),
        };
        report.add_some(found)?;
    }
    match outcome {
        Ok(token) if report.is_well() => {
            report.add(grant::token(&token, &seen))?;
            Ok(Some(client))
        }
        _ if report.is_well() => report.add_some(broken).map(|()| None),
        _ => Ok(None),
    }
}

/// At which step the token request failed, and how.
async fn broken(error: &Error, seen: &Seen, setup: &Setup, offset: Option<i64>) -> (Stage, Step) {
    if let Some(refused) = &seen.refusal {
        let (place, _) = refusal::place(refused, offset.is_some_and(refusal::is_wrong));
        return (place, refusal::step(refused, setup, offset).await);
    }
    let (place, rule) = match error.kind() {
        ErrorKind::Protocol if error.is_about_nonce() => (Stage::Nonce, Some(Rule::DpopNonce)),
        ErrorKind::Protocol | ErrorKind::Unavailable => (Stage::Token, None),
        _ => (Stage::Client, None),
    };
    (place, Step::of_error(place, error).rule(rule))
}

fn clock(offset: Option<i64>) -> Step {
    match offset {
        None => Step::skipped(Stage::Clock, "the authority's answers have no Date"),
        Some(offset) if offset.unsigned_abs() >= WORTH_A_WARNING => {
            let next = format!(
                "set this machine's clock: if it is off by more than {} s, every request is refused",
                TOLERANCE.as_secs()
            );
            Step::warned(Stage::Clock, refusal::clock_says(offset), next)
        }
        Some(offset) => Step::passed(Stage::Clock, refusal::clock_says(offset)),
    }
}

/// Until when the authority takes the key: it says so to clients with the scope for self-service.
async fn registration(client: &Client, setup: &Setup) -> Step {
    let own = setup.key.public().thumbprint();
    let keys = match client.registered_keys().await {
        Ok(keys) => keys,
        Err(error) => {
            let why = error.oauth().map_or_else(|| error.why(), |(_, refused)| refused.code.clone());
            return Step::passed(
                Stage::Registration,
                format!(
                    "the authority accepted the key; when it expires is not known without nhn:selvbetjening/client ({why})"
                ),
            );
        }
    };
    let is_own = |key: &&RegisteredKey| key.thumbprint.as_deref() == Some(own.as_str());
    let (now, others) = (system_clock(), keys.len().saturating_sub(1));
    let others = if others == 0 { String::new() } else { format!("; {others} more registered") };
    match keys.iter().find(is_own).map(|key| key.expires) {
        None => Step::passed(
            Stage::Registration,
            format!("the authority accepted the key, but does not list it{others}"),
        ),
        Some(None) => Step::passed(Stage::Registration, format!("it does not expire{others}")),
        Some(Some(ends)) => {
            let says = format!("ends {} ({}){others}", words::relative(ends, now), ends.rfc3339());
            let soon = ends.days_after(now) < i64::from(setup.warn_days);
            match soon {
                true => Step::warned(Stage::Registration, says, "replace it: helseid rotate"),
                false => Step::passed(Stage::Registration, says),
            }
        }
    }
}

fn nonce(seen: &Seen) -> Step {
    match seen.nonces_demanded {
        0 => Step::warned(
            Stage::Nonce,
            "a token was issued without a nonce of the server",
            "HelseID requires one: check that this is the intended authority",
        )
        .rule(Some(Rule::DpopNonce)),
        _ => Step::passed(Stage::Nonce, "asked for once, and taken with a new assertion and a new proof"),
    }
}
