//! What became of every rule for one request.

use serde::{Serialize, Serializer};

use super::{Facts, Fault, Place, Rule};

/// Notes, while a request is checked, which rules were found to hold and which with a warning.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    held: u128,
    warnings: Vec<(Rule, Facts)>,
}

impl Trail {
    /// An empty trail.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that `rule` holds.
    pub fn holds(&mut self, rule: Rule) {
        self.held |= rule.bit();
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

    /// The verdict over a request at `place` that ended with `fault`, or well.
    #[must_use]
    pub fn verdict(&self, place: Place, fault: Option<&Fault>) -> Verdict {
        let outcome = |rule: Rule| {
            if let Some(fault) = fault.filter(|fault| fault.rule() == rule) {
                return Outcome::Failed(fault.facts().clone());
            }
            if let Some((_, facts)) = self.warnings.iter().find(|(warned, _)| *warned == rule) {
                return Outcome::Warned(facts.clone());
            }
            if self.held & rule.bit() != 0 { Outcome::Passed } else { Outcome::NotReached }
        };
        let findings = Rule::at(place).map(|rule| Finding { rule, outcome: outcome(rule) }).collect();
        Verdict { findings }
    }
}

/// What became of one rule.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What became of it.
    pub outcome: Outcome,
}

/// Every rule of one place for one request, in catalogue order.
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

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("rule", self.rule.id())?;
        map.serialize_entry("outcome", self.outcome.name())?;
        if let Some(facts) = self.outcome.facts() {
            map.serialize_entry("statement", self.rule.statement())?;
            map.serialize_entry("expected", &facts.expected)?;
            map.serialize_entry("got", &facts.got)?;
            map.serialize_entry("mend", self.rule.mend())?;
            map.serialize_entry("source", self.rule.source())?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_lists_each_rule_of_the_place_once_in_catalogue_order() {
        let mut trail = Trail::new();
        trail.holds(Rule::AssertionTyp);
        trail.warn(Rule::AssertionKeyAlg, Facts::new("PS256", "PS512"));
        let fault = Fault::new(Rule::AssertionAud, Facts::new("the issuer", "the token endpoint"));
        let verdict = trail.verdict(Place::TokenEndpoint, Some(&fault));

        let rules: Vec<_> = verdict.findings().iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, Rule::at(Place::TokenEndpoint).collect::<Vec<_>>());
        assert_eq!(verdict.failed().map(|finding| finding.rule), Some(Rule::AssertionAud));
        assert_eq!(verdict.warned().map(|f| f.rule).collect::<Vec<_>>(), [Rule::AssertionKeyAlg]);
        let outcome = |rule| verdict.findings().iter().find(|f| f.rule == rule).map(|f| f.outcome.name());
        assert_eq!(outcome(Rule::AssertionTyp), Some("passed"));
        assert_eq!(outcome(Rule::AssertionSignature), Some("not_reached"));
    }
}
