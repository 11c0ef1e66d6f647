//! Every profile unwinds, so that a panic in a request ends no server (decision 4).

use super::Problem;
use super::tree::{File, Tree};

/// Looks for `panic` among the settings of profiles.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    tree.manifests().flat_map(settings).collect()
}

fn settings(manifest: &File) -> Vec<Problem> {
    let (mut is_profile, mut problems) = (false, Vec::new());
    for (index, line) in manifest.text.lines().map(str::trim).enumerate() {
        if line.starts_with('[') {
            is_profile = line.starts_with("[profile.");
        }
        if is_profile && line.split('=').next().is_some_and(|name| name.trim() == "panic") {
            problems.push(Problem::new(
                &manifest.path,
                index + 1,
                "a profile sets what a panic does",
                "Leave it out: panics unwind (docs/decisions/0004-a-panic-ends-one-request.md).",
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{places, tree::tree};

    #[test]
    fn a_profile_sets_no_panic_and_a_lint_may() {
        for (manifest, expected) in [
            ("[profile.dist]\nlto = \"fat\"\n# panic = \"abort\"\n", vec![]),
            ("[profile.dist]\npanic = \"abort\"\n", vec!["Cargo.toml:2"]),
            ("[profile.dist.package.a]\npanic=\"abort\"\n", vec!["Cargo.toml:2"]),
            ("[profile.dist]\n[workspace.lints.clippy]\npanic = \"warn\"\n", vec![]),
        ] {
            assert_eq!(places(&check(&tree(&[("Cargo.toml", manifest)], vec![]))), expected, "{manifest}");
        }
    }
}
