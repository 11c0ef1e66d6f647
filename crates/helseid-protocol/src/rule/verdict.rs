//! What became of every rule for one request.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Endpoint, Facts, Fault, Rule, RuleSet};

/// Notes, while a request is checked, which rules were found to hold and which with a warning.
///
/// ```
/// use helseid_protocol::rule::{Facts, Rule, Trail};
///
/// let mut trail = Trail::new();
/// let broken = trail.require(Rule::DpopAth, Err::<(), _>(Facts::missing("the hash of the token")));
/// assert_eq!(broken.map_err(|fault| fault.rule()), Err(Rule::DpopAth));
/// assert!(!trail.has(Rule::DpopAth));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Trail {
    held: RuleSet,
    warnings: Vec<(Rule, Facts)>,
    /// What was passed over; none on a trail that ends at the first breach, as all but those of conformance tests do.
    breaches: Option<Vec<(Rule, Facts)>>,
}

impl Trail {
    /// An empty trail.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A trail that notes a breach and goes on, where a rule says no more than yes or no: one request tells everything
    /// that its sender does wrong. What was let pass by it must not be trusted. Who sent it is still certain: a client
    /// that is not known, and a signature that is not its own, end the walk.
    #[must_use]
    pub fn insecure_going_on() -> Self {
        Self { breaches: Some(Vec::new()), ..Self::default() }
    }

    /// As [`Trail::require`], but a trail that goes on notes the breach, and goes on.
    pub fn require_or_note(&mut self, rule: Rule, finding: Result<(), Facts>) -> Result<(), Fault> {
        match (finding, &mut self.breaches) {
            (Err(facts), Some(breaches)) => {
                breaches.push((rule, facts));
                Ok(())
            }
            (finding, _) => self.require(rule, finding),
        }
    }

    /// Notes that `rule` holds.
    pub fn holds(&mut self, rule: Rule) {
        self.held.insert(rule);
    }

    /// Whether `rule` was found to hold.
    #[must_use]
    pub const fn has(&self, rule: Rule) -> bool {
        self.held.contains(rule)
    }

    /// Notes that `rule` holds if `finding` does, and makes it a [`Fault`] if not.
    pub fn require<T>(&mut self, rule: Rule, finding: Result<T, Facts>) -> Result<T, Fault> {
        match finding {
            Ok(value) => {
                self.holds(rule);
                Ok(value)
            }
            Err(facts) => Err(Fault::new(rule, facts)),
        }
    }

    /// Notes that `rule` was let pass although `facts` speak against it.
    pub fn warn(&mut self, rule: Rule, facts: Facts) {
        self.warnings.push((rule, facts));
    }

    /// The warnings so far, in the order in which they came.
    pub fn warnings(&self) -> impl ExactSizeIterator<Item = (Rule, &Facts)> {
        self.warnings.iter().map(|(rule, facts)| (*rule, facts))
    }

    /// The verdict over a request at `endpoint` that ended with `fault`, or well.
    #[must_use]
    pub fn verdict(&self, endpoint: Endpoint, fault: Option<&Fault>) -> Verdict {
        let outcome = |rule: Rule| {
            if let Some(fault) = fault.filter(|fault| fault.rule() == rule) {
                return Outcome::Failed(fault.facts().clone());
            }
            if let Some((_, facts)) = self.breaches.iter().flatten().find(|(broken, _)| *broken == rule) {
                return Outcome::Failed(facts.clone());
            }
            if let Some((_, facts)) = self.warnings.iter().find(|(warned, _)| *warned == rule) {
                return Outcome::Warned(facts.clone());
            }
            if self.has(rule) { Outcome::Passed } else { Outcome::NotReached }
        };
        let findings = Rule::at(endpoint).map(|rule| Finding { rule, outcome: outcome(rule) }).collect();
        Verdict { findings }
    }
}

/// What became of one rule.
///
/// ```
/// use helseid_protocol::rule::{Facts, Outcome};
///
/// let outcome = Outcome::Failed(Facts::missing("a proof in the header DPoP"));
/// assert_eq!(outcome.name(), "failed");
/// assert_eq!(outcome.facts().map(|facts| facts.got.as_str()), Some("nothing"));
/// assert_eq!(Outcome::NotReached.facts(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It was broken in a way that the profile lets pass.
    Warned(Facts),
    /// It was broken.
    Failed(Facts),
    /// An earlier breach ended the walk, or the rule had nothing to look at.
    NotReached,
}

impl Outcome {
    /// One word: `passed`, `warned`, `failed` or `not_reached`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned(_) => "warned",
            Self::Failed(_) => "failed",
            Self::NotReached => "not_reached",
        }
    }

    /// What was expected and what came, where it matters.
    #[must_use]
    pub const fn facts(&self) -> Option<&Facts> {
        match self {
            Self::Warned(facts) | Self::Failed(facts) => Some(facts),
            Self::Passed | Self::NotReached => None,
        }
    }
}

/// One rule and what became of it.
///
/// ```
/// use helseid_protocol::rule::{Facts, Finding, Outcome, Rule};
///
/// let outcome = Outcome::Failed(Facts::new("the hash of the token", "another hash"));
/// let finding = Finding { rule: Rule::DpopAth, outcome };
/// // As the command line prints it, with how to fix it.
/// let printed = finding.to_string();
/// assert!(printed.starts_with("FAILED  dpop.ath") && printed.contains(Rule::DpopAth.fix()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What became of it.
    pub outcome: Outcome,
}

/// Every rule of one endpoint for one request, in catalogue order.
///
/// ```
/// use helseid_protocol::rule::{Endpoint, Facts, Fault, Rule, Trail};
///
/// let mut trail = Trail::new();
/// trail.holds(Rule::DpopJtiOnce);
/// let fault = Fault::new(Rule::DpopAth, Facts::missing("the hash of the token"));
/// let verdict = trail.verdict(Endpoint::Api, Some(&fault));
/// assert_eq!(verdict.failed().map(|finding| finding.rule), Some(Rule::DpopAth));
/// // The rules that were not reached are told, too.
/// assert_eq!(verdict.findings().len(), Rule::at(Endpoint::Api).count());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    findings: Vec<Finding>,
}

impl Verdict {
    /// Each rule and what became of it, in catalogue order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The rule that was broken, if one was.
    #[must_use]
    pub fn failed(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| matches!(finding.outcome, Outcome::Failed(_)))
    }

    /// The rules that were let pass with a warning.
    pub fn warned(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Warned(_)))
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(&self.findings)
    }
}

impl<'de> Deserialize<'de> for Verdict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(|findings| Self { findings })
    }
}

/// A finding as JSON has it: by the names of rule and outcome, with what the rule says.
#[derive(Serialize, Deserialize)]
struct Written {
    rule: String,
    outcome: String,
    #[serde(default)]
    statement: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    breach: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    got: Option<String>,
    #[serde(default)]
    fix: String,
    /// The name that `fix` had before.
    #[serde(default)]
    mend: String,
    #[serde(default)]
    source: String,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let facts = self.outcome.facts();
        let written = Written {
            rule: self.rule.id().to_owned(),
            outcome: self.outcome.name().to_owned(),
            statement: self.rule.statement().to_owned(),
            breach: facts.map(|_| self.rule.breach().to_owned()),
            expected: facts.map(|facts| facts.expected.clone()),
            got: facts.map(|facts| facts.got.clone()),
            fix: self.rule.fix().to_owned(),
            mend: self.rule.fix().to_owned(),
            source: self.rule.source().to_owned(),
        };
        written.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Finding {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(from)?;
        let unknown = |what: &str, name: &str| D::Error::custom(format!("there is no {what} {name}"));
        let rule = Rule::ALL.iter().copied().find(|rule| rule.id() == written.rule);
        let rule = rule.ok_or_else(|| unknown("rule", &written.rule))?;
        let facts = Facts::new(written.expected.unwrap_or_default(), written.got.unwrap_or_default());
        let outcome = match written.outcome.as_str() {
            "passed" => Outcome::Passed,
            "warned" => Outcome::Warned(facts),
            "failed" => Outcome::Failed(facts),
            "not_reached" => Outcome::NotReached,
            other => return Err(unknown("outcome", other)),
        };
        Ok(Self { rule, outcome })
    }
}

/// For people: a line for each rule, and for one that was broken what happened, what was expected, what came, the rule, and how to fix it.
impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule;
        let mark = match self.outcome {
            Outcome::Passed => "passed",
            Outcome::Warned(_) => "WARNED",
            Outcome::Failed(_) => "FAILED",
            Outcome::NotReached => "-",
        };
        let facts = self.outcome.facts();
        let said = if facts.is_some() { rule.breach() } else { rule.statement() };
        writeln!(out, "{mark:<7} {:<26} {said}", rule.id())?;
        if let Some(facts) = facts {
            writeln!(out, "        expected {}", facts.expected)?;
            writeln!(out, "        got      {}", facts.got)?;
            writeln!(out, "        rule     {}", rule.statement())?;
            writeln!(out, "        fix      {}", rule.fix())?;
            writeln!(out, "        source   {}", rule.source())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::GrantType;

    const CLIENT_CREDENTIALS: Endpoint = Endpoint::Token(GrantType::ClientCredentials);

    #[test]
    fn a_verdict_lists_each_rule_of_the_endpoint_once_in_catalogue_order() {
        let mut trail = Trail::new();
        trail.holds(Rule::AssertionTyp);
        trail.warn(Rule::AssertionKeyAlg, Facts::new("PS256", "PS512"));
        let fault = Fault::new(Rule::AssertionAud, Facts::new("the issuer", "the token endpoint"));
        let verdict = trail.verdict(CLIENT_CREDENTIALS, Some(&fault));

        let rules: Vec<_> = verdict.findings().iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, Rule::at(CLIENT_CREDENTIALS).collect::<Vec<_>>());
        assert_eq!(verdict.failed().map(|finding| finding.rule), Some(Rule::AssertionAud));
        assert_eq!(verdict.warned().map(|f| f.rule).collect::<Vec<_>>(), [Rule::AssertionKeyAlg]);
        let outcome = |rule| verdict.findings().iter().find(|f| f.rule == rule).map(|f| f.outcome.name());
        assert_eq!(outcome(Rule::AssertionTyp), Some("passed"));
        assert_eq!(outcome(Rule::AssertionSignature), Some("not_reached"));
    }

    #[test]
    fn a_trail_ends_at_a_breach_unless_it_goes_on() {
        let wrong = || Err(Facts::new("JWT", "none"));
        let mut trail = Trail::new();
        assert!(trail.require_or_note(Rule::AssertionTyp, wrong()).is_err());
        let mut trail = Trail::insecure_going_on();
        assert!(trail.require_or_note(Rule::AssertionTyp, wrong()).is_ok());
        assert!(trail.require_or_note(Rule::AssertionAud, Ok(())).is_ok());
        assert!(trail.require::<()>(Rule::AssertionSignature, wrong()).is_err());
        let verdict = trail.verdict(CLIENT_CREDENTIALS, None);
        let failed = verdict.findings().iter().filter(|found| matches!(found.outcome, Outcome::Failed(_)));
        assert_eq!(failed.map(|found| found.rule).collect::<Vec<_>>(), [Rule::AssertionTyp]);
    }

    #[test]
    fn a_verdict_as_json_is_read_as_it_was() {
        let mut trail = Trail::new();
        trail.holds(Rule::AssertionTyp);
        trail.warn(Rule::AssertionKeyAlg, Facts::new("PS256", "PS512"));
        let fault = Fault::new(Rule::AssertionAud, Facts::new("the issuer", "the token endpoint"));
        let verdict = trail.verdict(CLIENT_CREDENTIALS, Some(&fault));
        let json = serde_json::to_string(&verdict).unwrap();
        assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
        let unknown = json.replace("assertion.typ\"", "assertion.nonsense\"");
        assert!(serde_json::from_str::<Verdict>(&unknown).unwrap_err().to_string().contains("nonsense"));
    }
}
