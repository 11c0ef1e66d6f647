//! The token request, and what became of each of its steps.

use std::time::Duration;

use helseid_client::{Client, Error, ErrorKind, RegisteredKey, RetryPolicy, Token};
use helseid_http::system_clock;
use helseid_protocol::assertion::{self, AssertionRequest, ClientKey, Demand, PresentedAssertion};
use helseid_protocol::claims::AccessTokenClaims;
use helseid_protocol::details::Organisation;
use helseid_protocol::endpoint::Metadata;
use helseid_protocol::jose::VerifyKey;
use helseid_protocol::random::{SystemRandom, jwt_id};
use helseid_protocol::rule::{Family, Fault, Place, Rule, Trail};
use helseid_protocol::time::TOLERANCE;
use tokio::time::Instant;

use super::configuration::Setup;
use super::recorder::{Recorder, Seen};
use super::refusal;
use super::report::{Report, Step};
use crate::explain::{self, Explanation};
use crate::failure::Failure;
use crate::words;

/// The steps of the token request, in the order in which an authority takes them.
const ORDER: [&str; 6] = ["assertion", "client", "registration", "nonce", "scopes", "organisation"];

/// From here on a difference of clocks is worth a word.
const WORTH_A_WARNING: u64 = 5;

const DAY: i64 = 86_400;

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
            report.add(Step::of_error("assertion", &error))?;
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
    let failed_at = broken.as_ref().map_or("", |(step, _)| *step);
    let mut broken = broken.map(|(_, step)| step);

    match failed_at {
        "clock" => report.add_some(broken.take())?,
        _ => report.add(clock(offset))?,
    }
    // An answer that the protocol does not allow says nothing of the steps before it.
    let known = if failed_at == "token" { 1 } else { ORDER.len() };
    for step in ORDER.into_iter().take(known) {
        if !report.is_well() {
            break;
        }
        let found = match step {
            _ if step == failed_at => broken.take(),
            "assertion" => Some(own_assertion(setup, metadata)),
            "client" => Some(Step::passed("client", format!("{} is known", setup.config.client_id))),
            "registration" => Some(registration(&client, setup).await),
            "nonce" => Some(nonce(&seen).took(took)),
            "scopes" => Some(scopes(outcome.as_ref().ok(), setup)),
            _ => outcome.as_ref().ok().map(|_| organisation(setup, &seen)),
        };
        report.add_some(found)?;
    }
    report.add_some(broken)?;
    match outcome {
        Ok(token) if report.is_well() => {
            report.add(of_token(&token, &seen))?;
            Ok(Some(client))
        }
        _ => Ok(None),
    }
}

/// At which step the token request failed, and how.
async fn broken(error: &Error, seen: &Seen, setup: &Setup, offset: Option<i64>) -> (&'static str, Step) {
    if let Some(refused) = &seen.refusal {
        let (place, _) = refusal::place(refused, offset.is_some_and(refusal::is_wrong));
        return (place, refusal::step(refused, setup, offset).await);
    }
    let (place, rule) = match error.kind() {
        ErrorKind::Protocol if error.is_about_nonce() => ("nonce", Some(Rule::DpopNonce)),
        ErrorKind::Protocol => ("token", None),
        _ => ("client", None),
    };
    (place, Step::of_error(place, error).rule(rule))
}

fn clock(offset: Option<i64>) -> Step {
    match offset {
        None => Step::skipped("clock", "the authority's answers have no Date"),
        Some(offset) if offset.unsigned_abs() >= WORTH_A_WARNING => {
            let next =
                format!("set this machine's clock: beyond {} s nothing is let in", TOLERANCE.as_secs());
            Step::warned("clock", refusal::clock_says(offset), next)
        }
        Some(offset) => Step::passed("clock", refusal::clock_says(offset)),
    }
}

/// An assertion by this key, held against every rule of the profile that can be seen from here.
fn own_assertion(setup: &Setup, metadata: &Metadata) -> Step {
    let (made, mut trail) = (checked(setup, metadata), Trail::new());
    let outcome = made.check(&mut trail);
    let verdict = trail.verdict(Place::TokenEndpoint, outcome.as_ref().err());
    let held = verdict
        .findings()
        .iter()
        .filter(|finding| finding.rule.family() == Family::Assertion && finding.outcome.name() == "passed");
    let held = held.count();
    match outcome {
        Ok(()) => {
            let says = format!(
                "as profile {} demands: typ {}, aud {}, {held} rules hold",
                setup.profile,
                assertion::TYP,
                metadata.issuer
            );
            Step::passed("assertion", says)
        }
        Err(fault) => {
            let why = format!("expected {}, got {}", fault.facts().expected, fault.facts().got);
            Step::failed("assertion", "no assertion by this key can pass", why, fault.rule().mend())
                .rule(Some(fault.rule()))
        }
    }
}

struct Made<'a> {
    assertion: helseid_protocol::secret::ClientAssertion,
    key: Option<VerifyKey>,
    demand: Demand<'a>,
}

fn checked<'a>(setup: &'a Setup, metadata: &'a Metadata) -> Made<'a> {
    let now = system_clock();
    let details = setup.config.details.to_claim();
    let request = AssertionRequest {
        client_id: &setup.config.client_id,
        issuer: &metadata.issuer,
        jwt_id: &jwt_id(&SystemRandom),
        now,
        details: details.as_ref(),
    };
    let demand = Demand {
        issuer: &metadata.issuer,
        token_endpoint: &metadata.token_endpoint,
        profile: setup.profile,
        tolerance: TOLERANCE,
        now,
    };
    let key = VerifyKey::new(setup.key.public().clone()).ok();
    Made { assertion: assertion::make(&setup.key, request), key, demand }
}

impl Made<'_> {
    fn check(self, trail: &mut Trail) -> Result<(), Fault> {
        let keys: Vec<_> = self.key.into_iter().map(|key| ClientKey { key, expires: None }).collect();
        let read = PresentedAssertion::read(self.assertion.expose(), trail)?;
        read.check(&keys, self.demand, trail).map(drop)
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
                "registration",
                format!(
                    "the authority took the key; until when is not told without nhn:selvbetjening/client ({why})"
                ),
            );
        }
    };
    let is_own = |key: &&RegisteredKey| key.thumbprint.as_deref() == Some(own.as_str());
    let (now, others) = (system_clock(), keys.len().saturating_sub(1));
    let others = if others == 0 { String::new() } else { format!("; {others} more registered") };
    match keys.iter().find(is_own).map(|key| key.expires) {
        None => {
            Step::passed("registration", format!("the authority took the key, and does not list it{others}"))
        }
        Some(None) => Step::passed("registration", format!("without an end{others}")),
        Some(Some(ends)) => {
            let says = format!("ends {} ({}){others}", words::relative(ends, now), ends.rfc3339());
            let soon = ends.seconds() - now.seconds() < i64::from(setup.warn_days) * DAY;
            match soon {
                true => Step::warned("registration", says, "put a new key in its place: helseid rotate"),
                false => Step::passed("registration", says),
            }
        }
    }
}

fn nonce(seen: &Seen) -> Step {
    match seen.nonces_demanded {
        0 => Step::warned(
            "nonce",
            "a token came without a nonce of the server",
            "HelseID demands one: check that this is the authority that is meant",
        )
        .rule(Some(Rule::DpopNonce)),
        _ => Step::passed("nonce", "asked for once, and taken with a new assertion and a new proof"),
    }
}

fn scopes(token: Option<&Token>, setup: &Setup) -> Step {
    let asked = match setup.config.scope.is_empty() {
        true => "all that the client may have".to_owned(),
        false => setup.config.scope.to_string(),
    };
    let Some(token) = token else { return Step::passed("scopes", format!("asked {asked}; not refused")) };
    let granted = token.scope().map_or("not told".to_owned(), ToString::to_string);
    let says = format!("asked {asked}; granted {granted}");
    let of = |scopes: &helseid_protocol::scope::ScopeSet| {
        scopes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let rejected = token.rejected_scope().map(of).unwrap_or_default();
    let withheld = of(token.withheld_scope());
    if !rejected.is_empty() {
        let says = format!("{says}; rejected {}", rejected.join(" "));
        return Step::warned(
            "scopes",
            says,
            "the organisation must sign the API's terms of use in self-service",
        );
    }
    if !withheld.is_empty() {
        let says = format!("{says}; withheld {}", withheld.join(" "));
        return Step::warned("scopes", says, "register the client for them, or ask for fewer")
            .rule(Some(Rule::RequestScopeAllowed));
    }
    Step::passed("scopes", says)
}

fn organisation(setup: &Setup, seen: &Seen) -> Step {
    let Some(named) = setup.config.details.organisation() else {
        return Step::skipped("organisation", "none is named");
    };
    let (parent, child) = match named {
        Organisation::Parent { parent, child } => {
            (Some(parent.as_str()), child.as_ref().map(|own| own.as_str()))
        }
        Organisation::Child(child) => (None, Some(child.as_str())),
    };
    let claims = seen.token.as_ref().and_then(|token| AccessTokenClaims::read(token.claims.clone()).ok());
    let Some(claims) = claims else { return Step::passed("organisation", "accepted") };
    let says = format!("parent {}, child {}", parent.unwrap_or("none"), child.unwrap_or("none"));
    let right = parent.is_none_or(|own| claims.orgnr_parent() == Some(own))
        && child.is_none_or(|own| claims.orgnr_child() == Some(own));
    match right {
        true => Step::passed("organisation", format!("accepted: {says}")),
        false => Step::warned(
            "organisation",
            format!("accepted, and the token does not name it: {says}"),
            "ask the API's owner whether its tokens have these claims",
        ),
    }
}

fn of_token(token: &Token, seen: &Seen) -> Step {
    let now = system_clock();
    let says = format!(
        "bound by DPoP, good for {}",
        words::length(token.lifetime().as_secs().try_into().unwrap_or(i64::MAX))
    );
    let Some(decoded) = &seen.token else {
        return Step::warned(
            "token",
            format!("{says}; it is no JWT"),
            "HelseID's tokens are: ask who runs the issuer",
        );
    };
    let claims = explain::token_claims(&decoded.claims, now);
    let claims: Vec<_> = claims.into_iter().map(Explanation::without_person).collect();
    let several = AccessTokenClaims::read(decoded.claims.clone()).is_ok_and(|own| own.audiences().len() > 1);
    let step = match several {
        true => Step::warned("token", format!("{says}, for several APIs"), Rule::TokenSingleAudience.mend())
            .rule(Some(Rule::TokenSingleAudience)),
        false => Step::passed("token", says),
    };
    step.claims(claims)
}
