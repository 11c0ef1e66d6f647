//! What a session of a conformance test reports of a client.

use std::fmt;

use helseid_protocol::id::Issuer;
use helseid_protocol::rule::{Profile, Rule};
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A session that is wanted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewConformance {
    /// What clients are held to, whatever they are registered for; the authority's own profile unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
}

/// What a session saw.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConformanceReport {
    /// Its id, a GUID.
    pub session: String,
    /// The issuer that the client must be given.
    pub issuer: Issuer,
    /// What clients are held to.
    pub profile: Profile,
    /// Since when.
    pub opened: Timestamp,
    /// How often the metadata was read.
    pub metadata_reads: u64,
    /// How many requests for a token came.
    pub requests: usize,
    /// How many tokens were given.
    pub granted: usize,
    /// Whose assertions they had.
    pub clients: Vec<String>,
    /// Every rule of the token endpoint, in catalogue order.
    pub rules: Vec<RuleReport>,
}

/// What became of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleReport {
    /// Its id.
    pub rule: String,
    /// Whether it was kept.
    pub state: RuleState,
    /// In how many requests it was looked at.
    pub times: usize,
    /// What would have been right, at the newest breach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
    /// What must hold.
    pub statement: String,
    /// Where that comes from.
    pub source: String,
    /// What to do next; nothing where the rule was kept.
    pub next: String,
}

/// Whether a rule was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// In each request in which it was looked at.
    Kept,
    /// Not in each, and the profile lets that pass today.
    Warned,
    /// Not in each.
    Broken,
    /// No request gave occasion to look at it.
    NotExercised,
}

impl RuleState {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Kept, Self::Warned, Self::Broken, Self::NotExercised];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Warned => "warned",
            Self::Broken => "broken",
            Self::NotExercised => "not_exercised",
        }
    }
}

impl ConformanceReport {
    /// How many rules are in this state.
    #[must_use]
    pub fn count(&self, state: RuleState) -> usize {
        self.rules.iter().filter(|rule| rule.state == state).count()
    }

    /// Whether a token was given and no rule was broken.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.granted > 0 && self.count(RuleState::Broken) == 0
    }
}

/// For people: the rules that were broken first, each with what to do.
impl fmt::Display for ConformanceReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "profile   {}", self.profile)?;
        writeln!(out, "requests  {}, {} of them with a token", self.requests, self.granted)?;
        writeln!(out, "metadata  read {} times", self.metadata_reads)?;
        let order = [RuleState::Broken, RuleState::Warned, RuleState::NotExercised, RuleState::Kept];
        for state in order {
            writeln!(out, "\n{}: {}", state.name().replace('_', " "), self.count(state))?;
            for rule in self.rules.iter().filter(|rule| rule.state == state) {
                let facts = rule.expected.as_ref().zip(rule.got.as_ref());
                let breach = facts.and_then(|_| Rule::by_id(&rule.rule)).map(Rule::breach);
                writeln!(out, "  {:<30} {}", rule.rule, breach.unwrap_or(&rule.statement))?;
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
        let verdict = match (self.granted, self.is_kept()) {
            (0, _) => "no token was given",
            (_, true) => "every rule that was looked at is kept",
            (_, false) => "some rules are broken",
        };
        writeln!(out, "\n{verdict}")
    }
}
