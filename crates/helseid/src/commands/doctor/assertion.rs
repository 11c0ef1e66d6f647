//! An assertion by this key, held against the profile's rules before the authority sees one.

use helseid_http::system_clock;
use helseid_protocol::assertion::{self, AssertionRequest, ClientKey, Expectations, PresentedAssertion};
use helseid_protocol::endpoint::Metadata;
use helseid_protocol::grant::GrantType;
use helseid_protocol::jose::VerifyKey;
use helseid_protocol::random::{SystemRandom, jwt_id};
use helseid_protocol::rule::{Endpoint, Family, Fault, Finding, Trail};
use helseid_protocol::time::TOLERANCE;

use super::configuration::Setup;
use super::report::Step;
use super::stage::Stage;

/// Every rule that can be seen from here: all but those on what the authority has registered and remembers.
pub(super) fn examine(setup: &Setup, metadata: &Metadata) -> Step {
    let mut trail = Trail::new();
    let outcome = check(setup, metadata, &mut trail);
    let verdict = trail.verdict(Endpoint::Token(GrantType::ClientCredentials), outcome.as_ref().err());
    let holds =
        |finding: &&Finding| finding.rule.family() == Family::Assertion && finding.outcome.name() == "passed";
    let held = verdict.findings().iter().filter(holds).count();
    match outcome {
        Ok(()) => {
            let (profile, issuer) = (setup.profile, &metadata.issuer);
            let says = format!(
                "as profile {profile} demands: typ {}, aud {issuer}, {held} rules hold",
                assertion::TYP
            );
            Step::passed(Stage::Assertion, says)
        }
        Err(fault) => {
            let why = fault.happened();
            let says = "no assertion by this key can pass";
            Step::failed(Stage::Assertion, says, why, fault.rule().fix()).rule(Some(fault.rule()))
        }
    }
}

fn check(setup: &Setup, metadata: &Metadata, trail: &mut Trail) -> Result<(), Fault> {
    let now = system_clock();
    let details = setup.config.details.to_claim();
    let request = AssertionRequest {
        client_id: &setup.config.client_id,
        issuer: &metadata.issuer,
        jwt_id: &jwt_id(&SystemRandom),
        now,
        details: details.as_ref(),
    };
    let expectations = Expectations {
        issuer: &metadata.issuer,
        token_endpoint: &metadata.token_endpoint,
        switches: setup.profile.switches(),
        tolerance: TOLERANCE,
        now,
    };
    let key = VerifyKey::new(setup.key.public().clone()).ok();
    let keys: Vec<_> = key.into_iter().map(|key| ClientKey { key, expires: None }).collect();
    let made = assertion::make(&setup.key, request);
    PresentedAssertion::read(made.expose(), trail)?.check(&keys, expectations, trail).map(drop)
}
