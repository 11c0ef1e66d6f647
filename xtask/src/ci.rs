//! `cargo xtask ci`: the whole gate, the same at a desk and in continuous integration.

use std::time::{Duration, Instant};

use crate::shell::Failure;
use crate::{bench, deny, doc, fmt_check, fuzz, interop, lint, test, tidy};

/// One step of the gate, which is a command of the workshop too.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn() -> Result<(), Failure>,
}

/// The gate. A new step is a new line.
const STEPS: &[Step] = &[
    Step { name: "fmt-check", what: "every file is formatted", run: fmt_check::run },
    Step { name: "lint", what: "clippy finds nothing, warnings are denied", run: lint::run },
    Step { name: "test", what: "every test of the workspace passes", run: test::run },
    Step { name: "interop", what: "programs in other languages understand us", run: || interop::run(&[]) },
    Step {
        name: "interop-jvm-go",
        what: "programs in Go and Java understand us, where the machine has these languages",
        run: || interop::run_jvm_go(&[]),
    },
    Step {
        name: "fuzz",
        what: "no parser falls over its corpus, nor in some seconds of fuzzing",
        run: fuzz::smoke,
    },
    Step { name: "bench", what: "the bench runs", run: bench::smoke },
    Step { name: "doc", what: "the documentation builds without warnings", run: doc::run },
    Step { name: "tidy", what: "the rules of the house hold", run: tidy::run },
    Step { name: "deny", what: "dependencies are licensed, known and wanted", run: deny::run },
];

/// Runs every step in order, up to the first that fails, and sums up; the last line says what the machine could not run.
pub(crate) fn run() -> Result<(), Failure> {
    let (ends, outcome) = walk(STEPS);
    println!("\n{}", summary(STEPS, &ends, outcome.is_ok()));
    if let Some(left_out) = interop::left_out() {
        println!("   {left_out}");
    }
    outcome
}

fn walk(steps: &[Step]) -> (Vec<Duration>, Result<(), Failure>) {
    let mut ends = Vec::new();
    for step in steps {
        println!("\n== {}: {}", step.name, step.what);
        #[expect(clippy::disallowed_methods, reason = "what a step took is measured, not computed with")]
        let start = Instant::now();
        let outcome = (step.run)();
        ends.push(start.elapsed());
        if let Err(failure) = outcome {
            return (ends, Err(Failure::new(format!("{} failed: {failure}", step.name))));
        }
    }
    (ends, Ok(()))
}

/// A line for each step; `ends` holds what each step that was begun took.
fn summary(steps: &[Step], ends: &[Duration], passed: bool) -> String {
    let mut lines = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let result = match ends.get(index) {
            None => "not run".to_owned(),
            Some(took) if passed || index + 1 < ends.len() => format!("passed in {} s", took.as_secs()),
            Some(took) => format!("FAILED after {} s", took.as_secs()),
        };
        lines.push(format!("   {:<14} {result}", step.name));
    }
    let total: u64 = ends.iter().map(Duration::as_secs).sum();
    let whole = if passed { "passed" } else { "FAILED" };
    format!("== ci {whole} in {total} s\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSES: Step = Step { name: "first", what: "holds", run: || Ok(()) };
    const FAILS: Step = Step { name: "second", what: "does not", run: || Err(Failure::new("it broke")) };
    const NEVER: Step = Step { name: "third", what: "is not reached", run: || panic!("reached") };

    #[test]
    fn the_first_failure_ends_the_gate_and_the_summary_says_where() {
        let steps = [PASSES, FAILS, NEVER];
        let (ends, outcome) = walk(&steps);
        assert_eq!(outcome.expect_err("the second step fails").to_string(), "second failed: it broke");
        let summary = summary(&steps, &ends, false);
        let lines: Vec<_> = summary.lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "== ci FAILED in 0 s",
                "first          passed in 0 s",
                "second         FAILED after 0 s",
                "third          not run"
            ]
        );
    }

    #[test]
    fn a_gate_without_failure_passes() {
        let (ends, outcome) = walk(&[PASSES]);
        assert!(outcome.is_ok());
        assert!(summary(&[PASSES], &ends, true).starts_with("== ci passed in 0 s"));
    }
}
