//! Counted instructions around the bare operation, held to a baseline.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use super::OPTIMISED;
use crate::shell::{self, Failure};

/// What is counted: cases of the bench whose bare operation takes the same instructions each time. To verify on a curve
/// does not.
const COUNTED: &[&str] = &[
    "verify RS256",
    "check assertion RS256",
    "check proof RS256",
    "check proof RS256 seen",
    "sign ES256",
    "assertion ES256",
    "proof ES256",
    "proof ES256 with token",
    "api bearer RS256 new",
    "api bearer RS256 seen",
];

/// How much more than the baseline is a regression, in percent. Counts of one binary differ by less than one.
const TOLERANCE: i64 = 5;

/// As often as the bench runs what is counted.
const TIMES: i64 = 50;

/// Counts the instructions around each bare operation and compares them with the baseline, or makes them the baseline.
pub(super) fn run(accept: bool) -> Result<(), Failure> {
    if !shell::succeeds(Command::new("valgrind").arg("--version")) {
        return Err(Failure::new("valgrind is missing, which counts: install the package valgrind"));
    }
    shell::run(&mut shell::cargo(&[
        "build",
        "--locked",
        "--profile",
        OPTIMISED,
        "--package",
        "helseid-bench",
    ]))?;
    let baseline = std::fs::read_to_string(baseline_file()).unwrap_or_default();
    let (mut counts, mut worse) = (String::new(), Vec::new());
    println!("instructions around the bare operation, and in the baseline");
    for name in COUNTED {
        let counted = (instructions(name, "ours")? - instructions(name, "limit")?) / TIMES;
        let before = in_baseline(&baseline, name);
        println!("{name:<24} {counted:>9} {:>9}", before.map_or_else(|| "-".to_owned(), |n| n.to_string()));
        let _ = writeln!(counts, "{name}: {counted}");
        if before.is_none_or(|before| counted * 100 > before * (100 + TOLERANCE)) {
            worse.push(*name);
        }
    }
    if accept {
        std::fs::write(baseline_file(), counts)
            .map_err(|why| Failure::new(format!("the baseline cannot be written: {why}")))
    } else if worse.is_empty() {
        Ok(())
    } else {
        let worse = worse.join(", ");
        Err(Failure::new(format!(
            "more than {TOLERANCE} % above the baseline, or not in it: {worse}; fix it, or accept it with cargo xtask bench --accept and say why"
        )))
    }
}

fn baseline_file() -> PathBuf {
    shell::root().join("bench/instructions.txt")
}

fn in_baseline(baseline: &str, name: &str) -> Option<i64> {
    let line = baseline.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line?.parse().ok()
}

/// All instructions that the counter saw in one half of a pair.
fn instructions(name: &str, half: &str) -> Result<i64, Failure> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"]);
    command.arg("--toggle-collect=*pairs::count::counted*");
    command.arg(shell::target()?.join(OPTIMISED).join("helseid-bench"));
    command.args(["count", name, half]);
    let output = command.output().map_err(|why| Failure::new(format!("valgrind does not start: {why}")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    match collected {
        Some(collected) if output.status.success() && collected > 0 => Ok(collected),
        _ => Err(Failure::new(format!("valgrind counted nothing in {name}: {said}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_begins_like_another_is_not_taken_for_it() {
        let baseline = "proof ES256 with token: 2\nproof ES256: 1\n";
        assert_eq!(in_baseline(baseline, "proof ES256"), Some(1));
        assert_eq!(in_baseline(baseline, "proof ES256 with token"), Some(2));
        assert_eq!(in_baseline(baseline, "proof"), None);
    }

    #[test]
    fn everything_that_is_counted_has_a_baseline() {
        let baseline = std::fs::read_to_string(baseline_file()).expect("the baseline");
        for name in COUNTED {
            assert!(in_baseline(&baseline, name).is_some_and(|count| count > 0), "{name}");
        }
    }
}
