//! `cargo xtask mutants`: changes one thing in the files that decide, and sees whether the unit tests of their own crate notice.
//!
//! What survives is either missing a test, or the same program written otherwise; the latter are named with their reasons in
//! `.cargo/mutants.toml`, and the figures stand in `docs/hardening.md`.

use crate::shell::{self, Failure};
use crate::tool;

/// The version that is installed where there is none.
const VERSION: &str = "27.1.0";

/// A crate, and those of its files that decide whether something is let in, believed or sent.
struct Deciding {
    package: &'static str,
    files: &'static [&'static str],
}

/// What is mutated, the most important first. Files of one crate share a build.
const DECIDING: &[Deciding] = &[
    Deciding {
        package: "helseid-protocol",
        files: &[
            "src/assertion/check.rs",
            "src/assertion/key.rs",
            "src/dpop/check.rs",
            "src/dpop/nonce.rs",
            "src/dpop/target.rs",
            "src/dpop/used.rs",
            "src/dpop/used/*.rs",
            "src/resource/*.rs",
            "src/jwt/*.rs",
            "src/id_token/*.rs",
            "src/logout/*.rs",
            "src/details/*.rs",
            "src/scope.rs",
            "src/key_cache.rs",
            "src/authorize/*.rs",
            "src/authorize/request_object/*.rs",
            "src/redirect/*.rs",
            "src/pkce.rs",
            "src/grant.rs",
            "src/endpoint/token/*.rs",
            "src/endpoint/token/token_exchange/*.rs",
            "src/login/*.rs",
            "src/address/*.rs",
        ],
    },
    Deciding {
        package: "helseid-api",
        files: &["src/address/*.rs", "src/verifier.rs", "src/requirement.rs"],
    },
    Deciding { package: "helseid-login", files: &["src/flow/*.rs", "src/flow/pending/*.rs"] },
    Deciding {
        package: "helseid-sidecar",
        files: &["src/callers/*.rs", "src/inbound/*.rs", "src/outbound/call/*.rs"],
    },
    Deciding {
        package: "helseid-authority",
        files: &["src/storage/sessions/*.rs", "src/oauth/token/grants/*.rs", "src/oauth/token/line.rs"],
    },
];

/// Mutates these packages, or all; with `only`, the files whose path holds that text.
pub(crate) fn run(packages: &[String], only: Option<&str>, list: bool) -> Result<(), Failure> {
    let known: Vec<_> = DECIDING.iter().map(|deciding| deciding.package).collect();
    if let Some(unknown) = packages.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::new(format!(
            "no files of {unknown} are mutated; there are {}",
            known.join(", ")
        )));
    }
    let program = tool::find("cargo-mutants", VERSION)?;
    let mut survived = Vec::new();
    for deciding in DECIDING {
        if !packages.is_empty() && !packages.iter().any(|name| name == deciding.package) {
            continue;
        }
        let files: Vec<_> =
            deciding.files.iter().filter(|file| only.is_none_or(|text| file.contains(text))).collect();
        if files.is_empty() {
            continue;
        }
        let output = shell::root().join("target/mutants").join(deciding.package);
        std::fs::create_dir_all(&output).map_err(|why| Failure::new(format!("no folder: {why}")))?;
        let mut command = std::process::Command::new(&program);
        command.current_dir(shell::root()).args(["mutants", "--package", deciding.package, "--all-features"]);
        for file in files {
            command.arg("--file").arg(format!("crates/{}/{file}", deciding.package));
        }
        // A mutant that loops is one that was noticed; the slowest of these suites takes seconds.
        command.args(["--no-shuffle", "--minimum-test-timeout", "60", "--output"]).arg(&output);
        if list {
            command.arg("--list");
        }
        command.args(["--", "--lib", "--locked"]);
        if let Err(failure) = shell::run(&mut command) {
            survived.push(format!("{}: {failure}", deciding.package));
        }
    }
    if survived.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("not every mutant was noticed; see target/mutants\n{}", survived.join("\n"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_names_files_that_there_are() {
        for deciding in DECIDING {
            let folder = shell::root().join("crates").join(deciding.package);
            for pattern in deciding.files {
                let (parent, name) = pattern.rsplit_once('/').expect("a folder");
                let there = match name {
                    "*.rs" => std::fs::read_dir(folder.join(parent)).is_ok_and(|mut entries| {
                        entries.any(|entry| {
                            entry.is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "rs"))
                        })
                    }),
                    _ => folder.join(pattern).is_file(),
                };
                assert!(there, "{}: {pattern}", deciding.package);
            }
        }
    }

    #[test]
    fn an_unknown_package_is_named() {
        let failure = run(&["nonsense".to_owned()], None, true).expect_err("no such package");
        assert!(failure.to_string().starts_with("no files of nonsense"), "{failure}");
    }
}
