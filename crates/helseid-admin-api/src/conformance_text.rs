//! The report of a conformance session, for people.

use std::fmt;

use helseid_protocol::rule::Rule;

use crate::conformance::{ConformanceReport, RuleState};

impl ConformanceReport {
    /// What of each endpoint was exercised, and what was not.
    fn by_endpoint(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.endpoints.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nby endpoint and grant")?;
        for one in self.endpoints.iter().filter(|one| one.requests > 0) {
            let (broken, warned, kept) = (one.broken.len(), one.warned.len(), one.kept.len());
            writeln!(
                out,
                "  {:<30} requests {}, granted {}; rules broken {broken}, warned {warned}, kept {kept}",
                one.endpoint, one.requests, one.granted
            )?;
            if !one.not_exercised.is_empty() {
                writeln!(out, "    not exercised  {}", one.not_exercised.join(" "))?;
            }
        }
        let not_called: Vec<_> = self.endpoints.iter().filter(|one| one.requests == 0).collect();
        if !not_called.is_empty() {
            let names: Vec<_> = not_called.iter().map(|one| &*one.endpoint).collect();
            writeln!(out, "  not called: {}", names.join(", "))?;
        }
        Ok(())
    }
}

/// For people: the rules that were broken first, each with what to do.
impl fmt::Display for ConformanceReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "profile   {}", self.profile)?;
        if let Some(upstream) = &self.api.upstream {
            writeln!(out, "api       {} for {upstream}", self.issuer.at("/api"))?;
        }
        let demands = self.api.requires.in_words();
        if !demands.is_empty() {
            writeln!(out, "demands   {}", demands.join(", "))?;
        }
        writeln!(out, "requests  {}, {} of them with a token", self.requests, self.granted)?;
        writeln!(out, "metadata  read {} times", self.metadata_reads)?;
        let order = [RuleState::Broken, RuleState::Warned, RuleState::NotExercised, RuleState::Kept];
        for state in order {
            writeln!(out, "\n{}: {}", state.name().replace('_', " "), self.count(state))?;
            for rule in self.rules.iter().filter(|rule| rule.state == state) {
                let facts = rule.expected.as_ref().zip(rule.got.as_ref());
                let breach = facts.and_then(|_| Rule::by_id(&rule.rule)).map(Rule::breach);
                writeln!(out, "  {:<30} {}", rule.rule, breach.unwrap_or(&rule.statement))?;
                if !rule.at.is_empty() {
                    writeln!(out, "    at       {}", rule.at.join(", "))?;
                }
                if let Some((expected, got)) = facts {
                    writeln!(
                        out,
                        "    expected {expected}\n    got      {got}\n    rule     {}",
                        rule.statement
                    )?;
                }
                if matches!(state, RuleState::Broken | RuleState::Warned) {
                    writeln!(out, "    next     {}", rule.next)?;
                }
            }
        }
        self.by_endpoint(out)?;
        let verdict = match (self.granted, self.is_kept()) {
            (0, _) => "no token was given",
            (_, true) => "every rule that was looked at is kept",
            (_, false) => "some rules are broken",
        };
        writeln!(out, "\n{verdict}")
    }
}
