//! `cargo xtask package`: the release build, its size and speed, and a Debian package of it.
//!
//! ```text
//! cargo build --profile dist [--target …-musl]  ->  target/package/root  ->  dpkg-deb  ->  target/package/helseid_…_….deb
//! ```
//!
//! The tree holds what the binary says of itself (man pages, completions) and the files of `packaging`. Needs no root.

mod control;
mod root;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Failure};

/// Builds the package for this machine, or for another target.
pub(crate) fn run(target: Option<&str>) -> Result<(), Failure> {
    let binary = build(target)?;
    let folder = shell::target()?.join("package");
    let tree = folder.join("root");
    if tree.exists() {
        std::fs::remove_dir_all(&tree).map_err(|why| failed(&tree, &why))?;
    }
    root::fill(&tree, &binary)?;
    let architecture = control::architecture(target)?;
    control::write(&tree, &architecture, target)?;
    let package = folder.join(format!("helseid_{}_{architecture}.deb", env!("CARGO_PKG_VERSION")));
    let (tree, package) = (tree.display().to_string(), package.display().to_string());
    shell::run(Command::new("dpkg-deb").args(["--root-owner-group", "-Zxz", "--build", &tree, &package]))?;
    println!("package: {package}");
    Ok(())
}

/// The binary in profile `dist`.
fn build(target: Option<&str>) -> Result<PathBuf, Failure> {
    let mut arguments = vec!["build", "--profile", "dist", "--package", "helseid", "--locked"];
    arguments.extend(target.iter().flat_map(|target| ["--target", target]));
    shell::run(&mut shell::cargo(&arguments))?;
    let built = shell::target()?.join(target.unwrap_or_default()).join("dist/helseid");
    let size = std::fs::metadata(&built).map_err(|why| failed(&built, &why))?.len();
    println!("package: the binary has {size} bytes ({}.{} MB)", size / 1_000_000, size / 100_000 % 10);
    Ok(built)
}

fn failed(path: &Path, why: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {why}", path.display()))
}
