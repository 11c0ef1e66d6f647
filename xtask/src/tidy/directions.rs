//! Crates depend on each other only as the plan says.

use super::Problem;
use super::tree::Tree;

/// Which crates of the workspace each crate may depend on. Its tests are free to take any.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("helseid-protocol", &[]),
    ("helseid-files", &[]),
    ("helseid-admin-api", &["helseid-protocol"]),
    ("helseid-http", &["helseid-protocol"]),
    ("helseid-tls", &["helseid-protocol", "helseid-files"]),
    ("helseid-client", &["helseid-protocol", "helseid-http", "helseid-files"]),
    ("helseid-login", &["helseid-protocol", "helseid-http", "helseid-client"]),
    ("helseid-api", &["helseid-protocol", "helseid-http"]),
    (
        "helseid-sidecar",
        &[
            "helseid-protocol",
            "helseid-http",
            "helseid-files",
            "helseid-tls",
            "helseid-client",
            "helseid-api",
        ],
    ),
    (
        "helseid-authority",
        &["helseid-admin-api", "helseid-protocol", "helseid-http", "helseid-files", "helseid-tls"],
    ),
    (
        "helseid",
        &[
            "helseid-admin-api",
            "helseid-protocol",
            "helseid-http",
            "helseid-files",
            "helseid-tls",
            "helseid-client",
            "helseid-login",
            "helseid-api",
            "helseid-sidecar",
            "helseid-authority",
            "sample-api",
        ],
    ),
    (
        "helseid-testkit",
        &[
            "helseid-admin-api",
            "helseid-protocol",
            "helseid-http",
            "helseid-client",
            "helseid-api",
            "helseid-authority",
            "sample-api",
        ],
    ),
    ("sample-api", &["helseid-api"]),
    ("m2m-app", &["helseid-client"]),
    ("web-app", &["helseid-client", "helseid-login"]),
    ("chain", &["helseid-admin-api", "helseid-api", "helseid-authority", "helseid-client", "helseid-login"]),
    (
        "helseid-bench",
        &[
            "helseid-protocol",
            "helseid-http",
            "helseid-client",
            "helseid-login",
            "helseid-api",
            "helseid-test-services",
            "sample-api",
        ],
    ),
    ("helseid-test-services", &[]),
    ("xtask", &["helseid-test-services"]),
];

const TABLE: &str = "xtask/src/tidy/directions.rs";

/// Compares what cargo knows with the table.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for member in &tree.members {
        let Some((_, allowed)) = MAY_DEPEND_ON.iter().find(|(name, _)| *name == member.name) else {
            let what = format!("the crate {} is not in the plan", member.name);
            problems.push(Problem::new(
                &member.manifest,
                1,
                what,
                format!("Say in {TABLE} what it may depend on."),
            ));
            continue;
        };
        let ours = |name: &&String| tree.members.iter().any(|other| other.name == **name);
        for name in member.dependencies.iter().filter(ours) {
            if !allowed.contains(&name.as_str()) {
                let text = tree.file(&member.manifest).map_or("", |file| file.text.as_str());
                problems.push(Problem::new(
                    &member.manifest,
                    line_of(text, name),
                    format!("{} depends on {name}, against the directions of ARCHITECTURE.md", member.name),
                    "Move what both need into a crate beneath them, or pass it in.",
                ));
            }
        }
    }
    problems
}

fn line_of(manifest: &str, dependency: &str) -> usize {
    let begins =
        |line: &str| line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    manifest.lines().position(begins).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::members::member_with;
    use crate::tidy::{places, tree::tree};

    #[test]
    fn the_plan_passes() {
        let members = vec![
            member_with("helseid-protocol", &["url"]),
            member_with("helseid-http", &["helseid-protocol", "reqwest"]),
            member_with("helseid-client", &["helseid-protocol", "helseid-http"]),
        ];
        assert_eq!(check(&tree(&[], members)), []);
    }

    #[test]
    fn a_dependency_against_the_direction_is_found_on_its_line() {
        let members =
            vec![member_with("helseid-api", &["helseid-client"]), member_with("helseid-client", &[])];
        let manifest = "[dependencies]\nhelseid-client.workspace = true\n";
        let tree = tree(&[("crates/helseid-api/Cargo.toml", manifest)], members);
        assert_eq!(places(&check(&tree)), ["crates/helseid-api/Cargo.toml:2"]);
    }

    #[test]
    fn a_crate_outside_the_plan_is_found() {
        assert_eq!(
            places(&check(&tree(&[], vec![member_with("helseid-utils", &[])]))),
            ["crates/helseid-utils/Cargo.toml:1"]
        );
    }
}
