//! What the requests of a session say of each rule.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use helseid_admin_api::{ConformanceReport, RuleReport, RuleState, TraceOutcome};
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::{Endpoint, Facts, Family, Outcome, Rule, Verdict};

use super::Session;

/// Whose rules are judged.
const TOKEN_ENDPOINT: Endpoint = Endpoint::Token(GrantType::ClientCredentials);

/// Every rule of the token endpoint.
pub(super) fn report(session: &Session) -> ConformanceReport {
    let requests = session.server.trace.newest(usize::MAX, |_| true);
    let verdicts: Vec<_> = requests
        .iter()
        .map(|request| request.trail.verdict(TOKEN_ENDPOINT, request.fault.as_ref()))
        .collect();
    let clients: BTreeSet<_> = requests.iter().filter_map(|request| request.entry().client_id).collect();
    ConformanceReport {
        session: session.id.clone(),
        issuer: session.server.issuer.name.clone(),
        profile: session.server.issuer.profile,
        opened: session.opened,
        metadata_reads: session.metadata_reads.load(Ordering::Relaxed),
        requests: requests.len(),
        granted: requests.iter().filter(|request| request.outcome == TraceOutcome::Granted).count(),
        clients: clients.into_iter().collect(),
        rules: Rule::at(TOKEN_ENDPOINT).map(|rule| judged(rule, &verdicts)).collect(),
    }
}

/// One rule in all requests, the newest first.
fn judged(rule: Rule, verdicts: &[Verdict]) -> RuleReport {
    let outcomes =
        verdicts.iter().filter_map(|verdict| verdict.findings().iter().find(|found| found.rule == rule));
    let reached: Vec<_> =
        outcomes.map(|found| &found.outcome).filter(|o| **o != Outcome::NotReached).collect();
    let passed = reached.iter().any(|outcome| **outcome == Outcome::Passed);
    let failed = reached.iter().find_map(|outcome| match outcome {
        Outcome::Failed(facts) => Some(facts.clone()),
        _ => None,
    });
    let failed = match rule {
        // The first request has no nonce, as it must be; what counts is whether the client comes back with the one it got.
        Rule::DpopNonce if passed => None,
        Rule::DpopNonce => {
            failed.map(|_| Facts::new("the request again, with the nonce of DPoP-Nonce", "none"))
        }
        _ => failed,
    };
    let warned = reached.iter().find_map(|outcome| match outcome {
        Outcome::Warned(facts) => Some(facts.clone()),
        _ => None,
    });
    let (state, facts) = match (failed, warned) {
        (Some(facts), _) => (RuleState::Broken, Some(facts)),
        (None, Some(facts)) => (RuleState::Warned, Some(facts)),
        (None, None) if reached.is_empty() => (RuleState::NotExercised, None),
        (None, None) => (RuleState::Kept, None),
    };
    RuleReport {
        rule: rule.id().to_owned(),
        state,
        times: reached.len(),
        expected: facts.as_ref().map(|facts| facts.expected.clone()),
        got: facts.map(|facts| facts.got),
        statement: rule.statement().to_owned(),
        source: rule.source().to_owned(),
        next: next(rule, state).to_owned(),
    }
}

/// What to do about it.
const fn next(rule: Rule, state: RuleState) -> &'static str {
    match (state, rule.family()) {
        (RuleState::Kept, _) => "",
        (RuleState::Broken | RuleState::Warned, _) => rule.fix(),
        (RuleState::NotExercised, Family::Details) => {
            "Nothing, unless the client acts for organisations: then let it request a token with their numbers."
        }
        (RuleState::NotExercised, Family::Dpop) => "Let the client request a token with a DPoP proof.",
        (RuleState::NotExercised, _) => {
            "Let the client request a token; a rule that is broken earlier hides later ones."
        }
    }
}
