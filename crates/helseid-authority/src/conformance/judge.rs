//! What the requests of a session say of each rule.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use helseid_admin_api::{
    ConformanceReport, EndpointReport, RuleReport, RuleState, SessionDemands, TraceOutcome,
};
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::{Endpoint, Facts, Outcome, Rule, Verdict};

use super::Session;
use super::fresh;
use super::next::next;
use crate::trace::{self, Recorded};

/// Whose rules are told where no endpoint was called.
const CLIENT_CREDENTIALS: Endpoint = Endpoint::Token(GrantType::ClientCredentials);

/// Every rule of the endpoints that were called.
pub(super) fn report(session: &Session) -> ConformanceReport {
    let server = &session.server;
    let mut requests = server.trace.newest(usize::MAX, |_| true);
    requests.extend(server.calls.newest(usize::MAX, |_| true));
    let judged: Vec<_> = server.endpoints.iter().map(|endpoint| Judged::of(*endpoint, &requests)).collect();
    let tokens: Vec<_> =
        requests.iter().filter(|request| matches!(request.endpoint, Endpoint::Token(_))).collect();
    let clients: BTreeSet<_> = requests.iter().filter_map(|request| request.entry().client_id).collect();
    ConformanceReport {
        session: session.id.clone(),
        issuer: server.issuer.name.clone(),
        profile: server.issuer.profile,
        api: session.api.clone(),
        opened: session.opened,
        metadata_reads: session.metadata_reads.load(Ordering::Relaxed),
        requests: tokens.len(),
        granted: tokens.iter().filter(|request| request.outcome == TraceOutcome::Granted).count(),
        clients: clients.into_iter().collect(),
        rules: rules(&judged, &session.api.requires),
        endpoints: judged.iter().map(Judged::report).collect(),
    }
}

/// Each rule of the endpoints that were called, over all of them.
fn rules(judged: &[Judged], demands: &SessionDemands) -> Vec<RuleReport> {
    let called: Vec<_> = judged.iter().filter(|one| one.requests > 0).collect();
    if called.is_empty() {
        let untouched = Judged::of(CLIENT_CREDENTIALS, &[]);
        return untouched.findings.iter().map(|found| over_all(found.rule, &[&untouched], demands)).collect();
    }
    let is_of_one = |rule: &Rule| called.iter().any(|one| one.finding(*rule).is_some());
    Rule::ALL.iter().copied().filter(is_of_one).map(|rule| over_all(rule, &called, demands)).collect()
}

/// What became of one rule at all endpoints: the worst counts.
fn over_all(rule: Rule, called: &[&Judged], demands: &SessionDemands) -> RuleReport {
    let found: Vec<_> = called.iter().filter_map(|one| Some((one.name(), one.finding(rule)?))).collect();
    let has = |state| found.iter().any(|(_, found)| found.state == state);
    let order = [RuleState::Broken, RuleState::Warned, RuleState::Kept];
    let state = order.into_iter().find(|state| has(*state)).unwrap_or(RuleState::NotExercised);
    let is_wrong = matches!(state, RuleState::Broken | RuleState::Warned);
    let worst: Vec<_> = found.iter().filter(|(_, found)| is_wrong && found.state == state).collect();
    let facts = worst.first().and_then(|(_, found)| found.facts.clone());
    RuleReport {
        rule: rule.id().to_owned(),
        state,
        times: found.iter().map(|(_, found)| found.times).sum(),
        at: worst.iter().map(|(name, _)| (*name).to_owned()).collect(),
        expected: facts.as_ref().map(|facts| facts.expected.clone()),
        got: facts.map(|facts| facts.got),
        statement: rule.statement().to_owned(),
        source: rule.source().to_owned(),
        next: next(rule, state, demands).to_owned(),
    }
}

/// The rules of one endpoint, and what the requests to it say of them.
struct Judged {
    endpoint: Endpoint,
    requests: usize,
    granted: usize,
    findings: Vec<Finding>,
}

/// What the requests to one endpoint say of one rule.
struct Finding {
    rule: Rule,
    state: RuleState,
    /// In how many requests it was checked.
    times: usize,
    /// Of the newest breach.
    facts: Option<Facts>,
}

impl Judged {
    /// `requests` are all of the session, those of each endpoint the newest first.
    fn of(endpoint: Endpoint, requests: &[Arc<Recorded>]) -> Self {
        let own: Vec<_> = requests.iter().filter(|request| request.endpoint == endpoint).collect();
        let verdicts: Vec<_> =
            own.iter().map(|request| request.trail.verdict(endpoint, request.fault.as_ref())).collect();
        let sent_again = fresh::sent_again(&own);
        let finding = |rule| {
            let found = Finding::of(rule, &verdicts);
            match sent_again.iter().find(|(broken, _)| *broken == rule) {
                Some((_, facts)) => Finding { state: RuleState::Broken, facts: Some(facts.clone()), ..found },
                None => found,
            }
        };
        Self {
            endpoint,
            requests: own.len(),
            granted: own.iter().filter(|request| request.outcome == TraceOutcome::Granted).count(),
            findings: Rule::at(endpoint).map(finding).collect(),
        }
    }

    fn finding(&self, rule: Rule) -> Option<&Finding> {
        self.findings.iter().find(|found| found.rule == rule)
    }

    const fn name(&self) -> &'static str {
        match self.endpoint {
            Endpoint::Token(grant) => grant.name(),
            other => trace::endpoint_name(other),
        }
    }

    fn report(&self) -> EndpointReport {
        let of = |state| {
            let rules = self.findings.iter().filter(|found| found.state == state);
            rules.map(|found| found.rule.id().to_owned()).collect()
        };
        EndpointReport {
            endpoint: self.name().to_owned(),
            requests: self.requests,
            granted: self.granted,
            broken: of(RuleState::Broken),
            warned: of(RuleState::Warned),
            not_exercised: of(RuleState::NotExercised),
            kept: of(RuleState::Kept),
        }
    }
}

impl Finding {
    /// One rule in all requests, the newest first.
    fn of(rule: Rule, verdicts: &[Verdict]) -> Self {
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
        Self { rule, state, times: reached.len(), facts }
    }
}
