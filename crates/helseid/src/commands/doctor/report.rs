//! What the doctor found, step by step: told as it is found, or as one JSON value at the end.

use std::process::ExitCode;
use std::time::Duration;

use helseid_protocol::rule::Rule;
use serde::Serialize;

use super::stage::Stage;
use crate::args::Format;
use crate::explain::Explanation;
use crate::failure::Failure;
use crate::output::{self, Paint, printable};
use crate::words::milliseconds;

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Passed,
    Warned,
    Failed,
    /// There is nothing to look at.
    Skipped,
    /// An earlier failure ended the examination.
    NotReached,
}

/// One step.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    step: Stage,
    outcome: Outcome,
    says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    took_ms: Option<f64>,
    #[serde(skip)]
    took: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    see: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    claims: Vec<Explanation>,
}

impl Step {
    fn new(step: Stage, outcome: Outcome, says: impl ToString) -> Self {
        let says = printable(&says.to_string());
        Self {
            step,
            outcome,
            says,
            took_ms: None,
            took: None,
            rule: None,
            why: None,
            next: None,
            see: None,
            claims: Vec::new(),
        }
    }

    pub(super) fn passed(step: Stage, says: impl ToString) -> Self {
        Self::new(step, Outcome::Passed, says)
    }

    pub(super) fn skipped(step: Stage, says: impl ToString) -> Self {
        Self::new(step, Outcome::Skipped, says)
    }

    pub(super) fn warned(step: Stage, says: impl ToString, next: impl ToString) -> Self {
        Self { next: Some(printable(&next.to_string())), ..Self::new(step, Outcome::Warned, says) }
    }

    /// What failed, why, and what to do next.
    pub(super) fn failed(step: Stage, says: impl ToString, why: impl ToString, next: impl ToString) -> Self {
        let (why, next) = (Some(printable(&why.to_string())), Some(printable(&next.to_string())));
        Self { why, next, ..Self::new(step, Outcome::Failed, says) }
    }

    pub(super) fn of_failure(step: Stage, failure: &Failure) -> Self {
        let [what, why, next] = failure.parts();
        Self::failed(step, what, why, next)
    }

    pub(super) fn of_error(step: Stage, error: &helseid_client::Error) -> Self {
        Self::failed(step, error.what(), error.why(), error.next())
    }

    pub(super) fn rule(mut self, rule: Option<Rule>) -> Self {
        self.rule = rule.map(Rule::id);
        self
    }

    pub(super) fn took(mut self, took: Duration) -> Self {
        self.took = Some(took);
        self.took_ms = Some((took.as_secs_f64() * 10_000.0).round() / 10.0);
        self
    }

    /// Where the authority keeps its verdict.
    pub(super) fn see(mut self, address: Option<String>) -> Self {
        self.see = address.as_deref().map(printable);
        self
    }

    pub(super) fn claims(mut self, claims: Vec<Explanation>) -> Self {
        self.claims = claims;
        self
    }

    fn text(&self, paint: Paint) -> String {
        let (mark, says) = (self.mark(paint), &self.says);
        let took = self.took.map(|took| format!("  ({})", milliseconds(took))).unwrap_or_default();
        let mut text = format!("{mark} {:<14} {says}{took}\n", self.step.name());
        let lines = [("rule", self.rule.map(str::to_owned)), ("why", self.why.clone())];
        let lines = lines.into_iter().chain([("next", self.next.clone()), ("see", self.see.clone())]);
        for (name, line) in lines {
            if let Some(line) = line {
                text.push_str(&format!("{:23}{name:<5} {line}\n", ""));
            }
        }
        for line in crate::explain::lines(&self.claims).lines() {
            text.push_str(&format!("{:21}{line}\n", ""));
        }
        text
    }

    fn mark(&self, paint: Paint) -> String {
        match self.outcome {
            Outcome::Passed => paint.good("ok     "),
            Outcome::Warned => paint.poor("WARNED "),
            Outcome::Failed => paint.bad("FAILED "),
            Outcome::Skipped | Outcome::NotReached => "-      ".to_owned(),
        }
    }
}

/// All steps so far.
pub(super) struct Report {
    format: Format,
    paint: Paint,
    stages: &'static [Stage],
    steps: Vec<Step>,
}

/// As JSON, for a support ticket: nothing in it opens a door.
#[derive(Serialize)]
struct Ticket<'a> {
    version: &'static str,
    at: String,
    outcome: Outcome,
    steps: &'a [Step],
}

impl Report {
    /// Of the client's own token, or of a login.
    pub(super) fn new(format: Format, is_login: bool) -> Self {
        let stages: &[Stage] = if is_login { &Stage::OF_LOGIN } else { &Stage::OF_CLIENT };
        Self { format, paint: Paint::of_stdout(), stages, steps: Vec::new() }
    }

    /// Tells one step.
    pub(super) fn add(&mut self, step: Step) -> Result<(), Failure> {
        if self.format == Format::Text {
            output::data(step.text(self.paint).as_bytes())?;
        }
        self.steps.push(step);
        Ok(())
    }

    /// Tells a step, if there is one.
    pub(super) fn add_some(&mut self, step: Option<Step>) -> Result<(), Failure> {
        step.map_or(Ok(()), |step| self.add(step))
    }

    /// Whether nothing has failed so far.
    pub(super) fn is_well(&self) -> bool {
        !self.any(Outcome::Failed)
    }

    fn any(&self, outcome: Outcome) -> bool {
        self.steps.iter().any(|step| step.outcome == outcome)
    }

    /// Tells what was not reached, and the end.
    pub(super) fn end(mut self, at: String) -> Result<ExitCode, Failure> {
        let is_there = |stage: &Stage| self.steps.iter().any(|step| step.step == *stage);
        let missing: Vec<_> = self.stages.iter().copied().filter(|stage| !is_there(stage)).collect();
        let outcome = match (self.any(Outcome::Failed), self.any(Outcome::Warned)) {
            (true, _) => Outcome::Failed,
            (false, true) => Outcome::Warned,
            (false, false) => Outcome::Passed,
        };
        let code = if outcome == Outcome::Failed { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        if self.format == Format::Text {
            if !missing.is_empty() {
                let names: Vec<_> = missing.iter().map(|stage| stage.name()).collect();
                output::line(&format!("not reached: {}", names.join(", ")))?;
            }
            output::line(match outcome {
                Outcome::Passed => "all is well",
                Outcome::Warned => "it works, with warnings",
                _ => "it does not work",
            })?;
            return Ok(code);
        }
        self.steps
            .extend(missing.into_iter().map(|name| Step::new(name, Outcome::NotReached, "not reached")));
        self.steps.sort_by_key(|step| step.step);
        output::json(&Ticket { version: env!("CARGO_PKG_VERSION"), at, outcome, steps: &self.steps })?;
        Ok(code)
    }
}
