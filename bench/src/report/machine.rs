//! The machine and the versions, asked when the report is written. Nothing that names the machine itself.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::process::Command;

use helseid_test_services::find;
use serde_json::Value;

use super::markdown::{Table, number};
use super::measured::Incomplete;

/// What it was measured on, and with. `root` is the checkout.
pub(super) fn table(root: &Path) -> Result<String, Incomplete> {
    let mut table = Table::new(&["what", "which"]);
    table.row(&["processor", &processor()]);
    table.row(&["cores", &cores()]);
    table.row(&["memory", &memory()]);
    table.row(&["kernel", &kernel()]);
    table.row(&["Rust", &version(Path::new("rustc"))?]);
    table.row(&["Node", &version(Path::new("node"))?]);
    table.row(&["Python", &version(Path::new("python3"))?]);
    table.row(&["PostgreSQL", &version(&of_tests("postgres")?)?]);
    table.row(&["Redis", &version(&of_tests("redis-server")?)?]);
    table.row(&["peers", &peers(root)?]);
    Ok(table.to_string())
}

/// The server that the bench starts, wherever it lies.
fn of_tests(name: &str) -> Result<PathBuf, Incomplete> {
    find(name).ok_or_else(|| silent(name))
}

fn processor() -> String {
    line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

fn cores() -> String {
    let all = read_to_string("/proc/cpuinfo").unwrap_or_default();
    all.lines().filter(|line| line.starts_with("processor")).count().to_string()
}

fn memory() -> String {
    let kilobytes =
        line_of("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse().ok());
    kilobytes.map_or_else(
        || "–".to_owned(),
        |kilobytes: f64| format!("{} GiB", number(kilobytes / 1_048_576.0, 0)),
    )
}

/// Its number alone: what follows is the distributor's.
fn kernel() -> String {
    let release = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let number = release.trim().split(['-', '+']).next().unwrap_or_default();
    format!("Linux {number}")
}

/// The value behind a name and a colon.
fn line_of(file: &str, name: &str) -> Option<String> {
    let text = read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    value.map(|value| value.trim().to_owned())
}

/// What a program says of its version, without its name.
fn version(program: &Path) -> Result<String, Incomplete> {
    let output = Command::new(program).arg("--version").output();
    let said = output.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    let said = said.map(|said| String::from_utf8_lossy(&said).into_owned());
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    said.as_deref().and_then(number_in).ok_or_else(|| silent(&name))
}

fn silent(program: &str) -> Incomplete {
    Incomplete::new(format!(
        "{program} does not tell its version: run cargo xtask bench, which installs what it needs"
    ))
}

/// The first word that is a version: `1.95.0`, `v20.20.0` or `v=7.0.15`.
pub(super) fn number_in(said: &str) -> Option<String> {
    let mut words = said.split_whitespace().map(|word| word.trim_start_matches("v=").trim_start_matches('v'));
    words.find(|word| word.starts_with(|first: char| first.is_ascii_digit())).map(str::to_owned)
}

/// The libraries of the peers, as they are pinned.
fn peers(root: &Path) -> Result<String, Incomplete> {
    let read = |name: &str| {
        let text = read_to_string(root.join("bench/peers").join(name));
        text.map_err(|why| Incomplete::new(format!("bench/peers/{name} cannot be read: {why}")))
    };
    let package: Value = serde_json::from_str(&read("node/package.json")?)
        .map_err(|why| Incomplete::new(format!("bench/peers/node/package.json is not JSON: {why}")))?;
    let node = package.get("dependencies").and_then(Value::as_object).into_iter().flatten();
    let mut all: Vec<String> =
        node.map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default())).collect();
    let python = read("python/requirements.txt")?;
    all.extend(python.lines().filter(|line| line.contains("==")).map(|line| line.replace("==", " ")));
    Ok(all.join(", "))
}
