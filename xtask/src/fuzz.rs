//! `cargo xtask fuzz`: the targets of `fuzz/`, each for some seconds, beginning with its corpus.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::shell::{self, Failure};
use crate::tool;

/// The version that is installed where there is none.
const VERSION: &str = "0.13.2";

/// The targets. One that is not listed here is never run.
const TARGETS: &[&str] = &[
    "api_request",
    "assertion",
    "authorization",
    "authorize",
    "cookies",
    "end_session",
    "form",
    "forwarded",
    "htu",
    "id_token",
    "jwk",
    "jwk_set",
    "jws",
    "key_file",
    "login_app",
    "login_records",
    "logout_token",
    "metadata",
    "redirect_uri",
    "registration",
    "request_object",
    "seed",
    "sidecar_address",
    "token_answer",
    "used_file",
    "used_ids",
    "www_authenticate",
];

/// How long an input may be and take, unless a target says otherwise. Of two equal options the fuzzer takes the last.
const LIMITS: &[&str] = &["-max_len=8192", "-timeout=10", "-rss_limit_mb=2048"];

/// Targets with limits of their own: inputs as large as strangers may send, and a second for each, which sanitizers on a busy
/// machine need. Work that grows with the square of the input takes several.
const OWN_LIMITS: &[(&str, &[&str])] = &[
    ("authorize", &["-max_len=65536", "-timeout=1"]),
    ("form", &["-max_len=65536", "-timeout=1"]),
    ("forwarded", &["-max_len=16384", "-timeout=1"]),
];

/// What the gate gives each target: enough to see that it builds and that its corpus holds. The same inputs each time,
/// so that the gate says the same of the same code; what is new is found by longer runs.
const SMOKE: &[&str] = &["-seed=1", "-runs=20000", "-max_total_time=20"];

/// Runs every target as the gate does.
pub(crate) fn smoke() -> Result<(), Failure> {
    each(TARGETS, SMOKE)
}

/// Runs these targets, or all of them, each for `seconds`. What is found lies in `target/fuzz/artifacts`.
pub(crate) fn run(only: &[String], seconds: u32) -> Result<(), Failure> {
    if let Some(unknown) = only.iter().find(|name| !TARGETS.contains(&name.as_str())) {
        return Err(Failure::new(format!("no target {unknown}; there are {}", TARGETS.join(", "))));
    }
    let wanted = |name: &&str| only.is_empty() || only.iter().any(|wanted| wanted == name);
    let targets: Vec<_> = TARGETS.iter().copied().filter(wanted).collect();
    each(&targets, &[&format!("-max_total_time={seconds}")])
}

fn each(targets: &[&str], limits: &[&str]) -> Result<(), Failure> {
    let program = tool::find("cargo-fuzz", VERSION)?;
    let root = shell::root();
    let fuzz = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.current_dir(root.join("fuzz")).args(arguments).args(["--target-dir", "../target/fuzz"]);
        // There is no unsafe code of ours that a sanitizer could find fault with; without one it builds and runs in half the time.
        command.args(["--sanitizer", "none"]);
        // The fuzzer's instrumentation asks for flags that the stable compiler keeps back.
        command.env("RUSTC_BOOTSTRAP", "1");
        command
    };
    // The fuzzer's own commands cannot be told to keep to the lockfile: a stale one is found here, before they bring it up to date.
    let mut locked = Command::new("cargo");
    locked.current_dir(root.join("fuzz")).args(["tree", "--locked", "--quiet"]).stdout(Stdio::null());
    shell::run(&mut locked)?;
    shell::run(&mut fuzz(&["build"]))?;
    for target in targets {
        // What is discovered goes into a folder of its own; the committed corpus stays small.
        let found = root.join("target/fuzz/found").join(target);
        let artifacts = root.join("target/fuzz/artifacts").join(target);
        for folder in [&found, &artifacts] {
            std::fs::create_dir_all(folder).map_err(|why| Failure::new(format!("no folder: {why}")))?;
        }
        let log = root.join("target/fuzz").join(format!("{target}.log"));
        let mut command = fuzz(&["run", target]);
        command.arg(&found).arg(root.join("fuzz/corpus").join(target)).arg("--");
        command.args(limits);
        command.arg(format!("-artifact_prefix={}/", artifacts.display()));
        let own = OWN_LIMITS.iter().find(|(name, _)| name == target).map_or(&[][..], |(_, limits)| limits);
        command.args(LIMITS).args(own).arg("-print_final_stats=1");
        let executed = watched(&mut command, &log).map_err(|why| {
            Failure::new(format!("{target}: {why}; see {} and {}", log.display(), artifacts.display()))
        })?;
        println!("{target:<17} {executed:>12} executions, nothing found");
    }
    Ok(())
}

/// Runs a fuzzer, which talks much, with its talk in `log`; tells how often it ran its target.
fn watched(command: &mut Command, log: &Path) -> Result<u64, Failure> {
    let failure = |why: std::io::Error| Failure::new(why.to_string());
    let file = std::fs::File::create(log).map_err(failure)?;
    let status = command.stdin(Stdio::null()).stderr(file).status().map_err(failure)?;
    let said = String::from_utf8_lossy(&std::fs::read(log).map_err(failure)?).into_owned();
    let executed = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    match executed.and_then(|count| count.trim().parse().ok()) {
        Some(executed) if status.success() => Ok(executed),
        _ => Err(Failure::new(format!("the fuzzer ended with {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_run_and_has_a_corpus() {
        let folder = shell::root().join("fuzz");
        let entries = std::fs::read_dir(folder.join("targets")).expect("the targets");
        let mut files: Vec<_> = entries
            .map(|entry| {
                entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned()
            })
            .collect();
        files.sort();
        assert_eq!(files, TARGETS, "each target once, and in order");
        for target in TARGETS {
            let corpus = std::fs::read_dir(folder.join("corpus").join(target)).expect(target);
            assert!(corpus.count() > 0, "{target}");
        }
    }

    #[test]
    fn own_limits_are_of_targets_that_there_are() {
        assert!(TARGETS.is_sorted());
        assert!(OWN_LIMITS.iter().all(|(name, _)| TARGETS.contains(name)));
    }

    #[test]
    fn an_unknown_target_is_named() {
        let failure = run(&["nonsense".to_owned()], 1).expect_err("no such target");
        assert!(failure.to_string().starts_with("no target nonsense"), "{failure}");
    }
}
