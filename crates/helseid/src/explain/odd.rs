//! What is missing or odd in a JWT, by the rules, as far as that can be seen without its issuer and its request.

use std::fmt;

use helseid_protocol::assertion::{Expectations, PresentedAssertion};
use helseid_protocol::claims::AccessTokenClaims;
use helseid_protocol::dpop::{Target, token_hash};
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::jws::{MAX_BYTES, Unverified};
use helseid_protocol::rule::{Facts, Fault, Rule, Switches, Trail};
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::{TOLERANCE, Timestamp};
use helseid_protocol::{id_token, logout, resource};
use http::Method;
use serde::Serialize;
use serde_json::Value;

use crate::proof_check::{self, Sent};

/// A rule that is broken, or that speaks against what is there.
#[derive(Debug, Serialize)]
pub(crate) struct Odd {
    pub(crate) rule: &'static str,
    breach: &'static str,
    statement: &'static str,
    expected: String,
    got: String,
    fix: &'static str,
    /// The name that `fix` had before.
    mend: &'static str,
}

impl Odd {
    pub(crate) fn new(rule: Rule, facts: &Facts) -> Self {
        let (breach, statement, fix) = (rule.breach(), rule.statement(), rule.fix());
        let (expected, got) = (facts.expected.clone(), facts.got.clone());
        Self { rule: rule.id(), breach, statement, expected, got, fix, mend: fix }
    }
}

impl fmt::Display for Odd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "  odd: {}: {}", self.rule, self.breach)?;
        writeln!(out, "       expected {}", self.expected)?;
        writeln!(out, "       got      {}", self.got)?;
        writeln!(out, "       rule     {}", self.statement)?;
        writeln!(out, "       fix      {}", self.fix)
    }
}

/// An access token: everything but its issuer, its signature and its API.
pub(super) fn of_token(jwt: &Unverified<'_>, presented_as: TokenType, now: Timestamp) -> Vec<Odd> {
    of(&resource::breaches(jwt, presented_as, TOLERANCE, now))
}

/// An ID token: everything but its issuer, its signature, its client and its login.
pub(super) fn of_id_token(jwt: &Unverified<'_>, access_token: Option<&str>, now: Timestamp) -> Vec<Odd> {
    of(&id_token::breaches(jwt, access_token.map(AccessToken::new).as_ref(), TOLERANCE, now))
}

/// A logout token: everything but its issuer, its signature and its client.
pub(super) fn of_logout_token(jwt: &Unverified<'_>, now: Timestamp) -> Vec<Odd> {
    of(&logout::breaches(jwt, TOLERANCE, now))
}

fn of(breaches: &[Fault]) -> Vec<Odd> {
    breaches.iter().map(|fault| Odd::new(fault.rule(), fault.facts())).collect()
}

/// A proof: all of RFC 9449 section 4.3, taken as one for the request that it names itself.
pub(super) fn of_proof(text: &str, jwt: &Unverified<'_>, token: Option<&str>, now: Timestamp) -> Vec<Odd> {
    let claimed = |name: &str| jwt.unverified_claims().get(name).and_then(Value::as_str).unwrap_or_default();
    let method = claimed("htm").parse().unwrap_or(Method::GET);
    let targets: Vec<Target> = Target::of_request(claimed("htu")).into_iter().collect();
    let bound = token.and_then(|token| {
        let parsed = Unverified::parse(token, MAX_BYTES).ok()?;
        let claims = AccessTokenClaims::read(parsed.unverified_claims().clone()).ok()?;
        Some((token_hash(token), claims.bound_to()?.to_string()))
    });
    let sent =
        Sent { method: &method, targets: &targets, token: bound.as_ref(), switches: &Switches::HELSEID, now };
    let mut trail = Trail::new();
    let checked = proof_check::check(text, &sent, &mut trail);
    all(&trail, checked.err())
}

/// An assertion: all but the client and its key, taken as one for the issuer that it names itself.
pub(super) fn of_assertion(text: &str, jwt: &Unverified<'_>, now: Timestamp) -> Vec<Odd> {
    let audience = match jwt.unverified_claims().get("aud") {
        Some(Value::String(one)) => one.clone(),
        Some(Value::Array(several)) => several.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    // The token endpoint was right before 2025.
    let named = audience.strip_suffix("/connect/token").unwrap_or(&audience);
    let issuer = Issuer::parse(named).or_else(|_| Issuer::parse("https://helseid-sts.nhn.no"));
    let Ok(issuer) = issuer else { return Vec::new() };
    let expectations = Expectations {
        issuer: &issuer,
        token_endpoint: &issuer.at("/connect/token"),
        switches: &Switches::HELSEID,
        tolerance: TOLERANCE,
        now,
    };
    let mut trail = Trail::new();
    let checked = PresentedAssertion::read(text, &mut trail)
        .and_then(|assertion| assertion.check(&[], expectations, &mut trail).map(drop));
    // No key is at hand: that one is missing says nothing of the assertion.
    all(&trail, checked.err().filter(|fault| fault.rule() != Rule::AssertionKid))
}

fn all(trail: &Trail, fault: Option<Fault>) -> Vec<Odd> {
    let warned = trail.warnings().map(|(rule, facts)| Odd::new(rule, facts));
    let broken = fault.map(|fault| Odd::new(fault.rule(), fault.facts()));
    warned.chain(broken).collect()
}
