//! Every crate takes the workspace's lints, so that what they forbid is forbidden everywhere.

use super::Problem;
use super::tree::Tree;

/// Looks for `[lints] workspace = true` in every member's manifest.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let inherits = |path: &str| tree.file(path).is_some_and(|file| inherits_lints(&file.text));
    let without = tree.members.iter().filter(|member| !inherits(&member.manifest));
    without
        .map(|member| {
            Problem::new(
                &member.manifest,
                1,
                format!("the crate {} does not take the workspace's lints", member.name),
                "Add [lints] with workspace = true.",
            )
        })
        .collect()
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().skip_while(|line| line.trim() != "[lints]").skip(1);
    lines.next().is_some_and(|line| line.trim() == "workspace = true")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::members::member_with;
    use crate::tidy::{places, tree::tree};

    #[test]
    fn lints_are_inherited_or_missed() {
        for (manifest, expected) in [
            ("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n", vec![]),
            ("[package]\nname = \"a\"\n", vec!["crates/a/Cargo.toml:1"]),
            ("[lints]\n[dependencies]\n", vec!["crates/a/Cargo.toml:1"]),
        ] {
            let tree = tree(&[("crates/a/Cargo.toml", manifest)], vec![member_with("a", &[])]);
            assert_eq!(places(&check(&tree)), expected, "{manifest}");
        }
    }
}
