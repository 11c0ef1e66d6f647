//! `cargo xtask bench`: what we cost beside the limit and beside peers, in time and in counted instructions.

mod count;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Failure};
use crate::{foreign, services};

/// The parts of the bench that run whole programs, in their order.
const SECTIONS: &[&str] = &["rounds", "scale", "processes", "sidecar", "lasting", "endurance"];

/// The profile of what is measured on the way: as `dist`, and sooner built.
const OPTIMISED: &str = "optimised";

/// Measures everything, and writes what came of it into `docs/performance.md`.
pub(crate) fn whole() -> Result<(), Failure> {
    let folder = shell::root().join("target/bench");
    let _ = std::fs::remove_file(folder.join("figures.jsonl"));
    let programs = build("dist")?;
    for section in ["pairs", "memory"] {
        shell::run(bench(&programs, &folder).arg(section))?;
    }
    for section in SECTIONS {
        shell::run(&mut with_programs(&programs, &folder, section))?;
    }
    report()
}

/// Writes the figures of the last whole run into `docs/performance.md`.
pub(crate) fn report() -> Result<(), Failure> {
    let programs = shell::target()?.join("dist");
    let mut command = bench(&programs, &shell::root().join("target/bench"));
    shell::run(command.arg("report").arg("--root").arg(shell::root()))
}

/// Shows that every part runs; measures nothing, and writes nothing down.
pub(crate) fn short() -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|why| Failure::new(format!("no temporary folder: {why}")))?;
    prepare()?;
    // As the tests have built it: nothing is measured.
    let all =
        ["build", "--locked", "--workspace", "--all-features", "--bin", "helseid", "--bin", "helseid-bench"];
    shell::run(&mut shell::cargo(&all))?;
    let programs = shell::target()?.join("debug");
    for section in ["pairs", "memory"] {
        shell::run(bench(&programs, folder.path()).args([section, "--short"]))?;
    }
    for section in SECTIONS.iter().chain(&["hostile", "begun"]) {
        shell::run(with_programs(&programs, folder.path(), section).arg("--short"))?;
    }
    Ok(())
}

/// Sends so many hostile requests to the authority, and looks at its memory, its log, its trace, and a client's tokens meanwhile.
pub(crate) fn hostile(requests: usize) -> Result<(), Failure> {
    let programs = built(OPTIMISED)?;
    let folder = shell::root().join("target/bench");
    let mut command = with_programs(&programs, &folder, "hostile");
    shell::run(command.arg("--requests").arg(requests.to_string()))
}

/// Begins a million logins that nobody ends, and looks at the authority's memory, and at a person who logs in meanwhile.
pub(crate) fn begun() -> Result<(), Failure> {
    let programs = built(OPTIMISED)?;
    shell::run(&mut with_programs(&programs, &shell::root().join("target/bench"), "begun"))
}

/// Counts instructions and holds them to the baseline, or makes them the baseline.
pub(crate) fn count(accept: bool) -> Result<(), Failure> {
    count::run(accept)
}

/// What the gate does.
pub(crate) fn smoke() -> Result<(), Failure> {
    short()?;
    count(false)
}

/// Builds what is measured and what measures, and installs the peers; gives the folder of the programs.
fn build(profile: &str) -> Result<PathBuf, Failure> {
    prepare()?;
    built(profile)
}

/// Installs the peers, and what they need.
fn prepare() -> Result<(), Failure> {
    services::install_programs()?;
    let peers = shell::root().join("bench/peers");
    foreign::npm_ci(&peers.join("node"))?;
    foreign::venv(&peers.join("python"))?;
    foreign::venv(&shell::root().join("interop/python"))
}

/// Builds what is measured and what measures.
fn built(profile: &str) -> Result<PathBuf, Failure> {
    let arguments =
        ["build", "--locked", "--profile", profile, "--package", "helseid", "--package", "helseid-bench"];
    shell::run(&mut shell::cargo(&arguments))?;
    Ok(shell::target()?.join(profile))
}

/// The bench, which keeps its figures in `folder`.
fn bench(programs: &Path, folder: &Path) -> Command {
    let mut command = Command::new(programs.join("helseid-bench"));
    command.current_dir(shell::root()).env("HELSEID_BENCH_DIR", folder);
    command
}

fn with_programs(programs: &Path, folder: &Path, section: &str) -> Command {
    let mut command = bench(programs, folder);
    command.arg(section).arg("--helseid").arg(programs.join("helseid")).arg("--root").arg(shell::root());
    command
}
