//! What became of each fault, as a table or as JSON.

use std::process::ExitCode;

use helseid_protocol::rule::Rule;
use http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::advice::Advice;
use super::calls::{Answered, Outcome};
use super::fault::Fault;
use crate::args::Format;
use crate::failure::{Failure, NOT_VALID};
use crate::output;

/// The outcomes so far.
pub(super) struct Report {
    /// Without its query, which can hold what is nobody's business.
    url: String,
    good: StatusCode,
    tried: Vec<(Fault, Answered)>,
}

impl Outcome {
    const fn says(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::LetIn => "LET IN",
            Self::Unclear => "unclear",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::LetIn => "let_in",
            Self::Unclear => "unclear",
        }
    }
}

impl Report {
    pub(super) fn new(url: &Url, good: StatusCode) -> Self {
        let url = url.as_str().split(['?', '#']).next().unwrap_or_default().to_owned();
        Self { url, good, tried: Vec::new() }
    }

    pub(super) fn add(&mut self, fault: Fault, answered: Answered) {
        self.tried.push((fault, answered));
    }

    /// Writes everything. Exits with 0 if each fault was refused, and with 3 otherwise.
    pub(super) fn end(self, requests: usize, format: Format) -> Result<ExitCode, Failure> {
        let count = |wanted| self.with(wanted).count();
        let (refused, let_in, unclear) =
            (count(Outcome::Refused), count(Outcome::LetIn), count(Outcome::Unclear));
        match format {
            Format::Json => output::json(&json!({
                "url": self.url,
                "requests": requests,
                "good_call": self.good.as_u16(),
                "refused": refused,
                "let_in": let_in,
                "unclear": unclear,
                "faults": self.tried.iter().map(as_json).collect::<Vec<_>>(),
            }))?,
            Format::Text => {
                output::rows(
                    ["outcome", "status", "rule", "what was sent"],
                    self.tried.iter().map(as_row).collect(),
                )?;
                self.explain();
                output::tell(&format!(
                    "{refused} of {} were refused, {let_in} let in, {unclear} unclear; {requests} requests",
                    self.tried.len()
                ));
            }
        }
        Ok(if refused == self.tried.len() { ExitCode::SUCCESS } else { ExitCode::from(NOT_VALID) })
    }

    /// The faults with this outcome.
    fn with(&self, wanted: Outcome) -> impl Iterator<Item = Fault> {
        let is_wanted = move |(fault, answered): &&(Fault, Answered)| answered.outcome(*fault) == wanted;
        self.tried.iter().filter(is_wanted).map(|(fault, _)| *fault)
    }

    /// What was let in, why that matters, and what to do: once for faults that have the same cause. Where nothing is checked,
    /// that is the cause of all.
    fn explain(&self) {
        let mut causes: Vec<Advice> = Vec::new();
        for fault in self.with(Outcome::LetIn) {
            if !causes.contains(&fault.advice()) {
                causes.push(fault.advice());
            }
        }
        if causes.contains(&Advice::Unprotected) {
            causes = vec![Advice::Unprotected];
        }
        for cause in causes {
            let of_cause = self.with(Outcome::LetIn).filter(|fault| fault.advice() == cause);
            let what = of_cause.map(Fault::says).collect::<Vec<_>>().join(", ");
            output::tell(
                &Failure::new(format_args!("let in: {what}"), cause.why(), cause.next()).to_string(),
            );
        }
        let unclear: Vec<_> = self.with(Outcome::Unclear).map(Fault::says).collect();
        if !unclear.is_empty() {
            let what = format_args!("unclear: {}", unclear.join(", "));
            let why = "the answer is neither 2xx nor a refusal (400, 401 or 403) of what was wrong";
            let next = "see the API's log; a refusal is 401 with a challenge (RFC 9449 section 7.1)";
            output::tell(&Failure::new(what, why, next).to_string());
        }
    }
}

fn as_row((fault, answered): &(Fault, Answered)) -> [String; 4] {
    [
        answered.outcome(*fault).says().to_owned(),
        answered.status.as_u16().to_string(),
        fault.rule().map_or("-", Rule::id).to_owned(),
        fault.says().to_owned(),
    ]
}

fn as_json((fault, answered): &(Fault, Answered)) -> Value {
    let outcome = answered.outcome(*fault);
    let advice = (outcome == Outcome::LetIn).then(|| fault.advice());
    json!({
        "what": fault.says(),
        "rule": fault.rule().map(Rule::id),
        "nhn": fault.nhn_name(),
        "outcome": outcome.name(),
        "status": answered.status.as_u16(),
        "error": answered.error,
        "why": advice.map(Advice::why),
        "next": advice.map(Advice::next),
    })
}
