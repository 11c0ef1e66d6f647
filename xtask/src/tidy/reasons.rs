//! Every dependency has a reason, and someone who takes it.
//!
//! A reason is a comment on the line above, or at the end of the line, in at least one of the
//! manifests that name the dependency; the workspace's table counts too.

use super::Problem;
use super::tree::Tree;

const ROOT: &str = "Cargo.toml";

#[derive(Debug, PartialEq, Eq)]
struct Entry<'a> {
    name: &'a str,
    line: usize,
    has_reason: bool,
}

/// Reads the dependency tables of every manifest.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let manifests: Vec<_> = tree.manifests().map(|file| (file.path.as_str(), entries(&file.text))).collect();
    let ours = |name: &str| tree.members.iter().any(|member| member.name == name);
    let everywhere = || manifests.iter().flat_map(|(_, entries)| entries);
    let mut problems = Vec::new();
    let mut told = Vec::new();
    for (path, entries) in &manifests {
        for entry in entries.iter().filter(|entry| !ours(entry.name)) {
            let taken = manifests
                .iter()
                .any(|(path, entries)| *path != ROOT && entries.iter().any(|other| other.name == entry.name));
            if *path == ROOT && !taken {
                let what = format!("nobody takes the dependency {}", entry.name);
                problems.push(Problem::new(path, entry.line, what, "Remove it."));
            } else if *path != ROOT
                && !told.contains(&entry.name)
                && !everywhere().any(|other| other.name == entry.name && other.has_reason)
            {
                told.push(entry.name);
                problems.push(Problem::new(
                    path,
                    entry.line,
                    format!("the dependency {} has no reason", entry.name),
                    "Say in a comment above it, in one of the manifests that take it, what it is needed for.",
                ));
            }
        }
    }
    problems
}

fn entries(manifest: &str) -> Vec<Entry<'_>> {
    let mut found = Vec::new();
    let mut in_table = false;
    let mut above = "";
    for (index, line) in manifest.lines().enumerate() {
        let has_reason = above.starts_with('#') || line.contains(" #");
        if let Some(header) = line.strip_prefix('[') {
            let path = header.split(']').next().unwrap_or_default();
            in_table = path.ends_with("dependencies");
            if let Some((_, name)) =
                path.rsplit_once('.').filter(|(table, _)| table.ends_with("dependencies"))
            {
                found.push(Entry { name, line: index + 1, has_reason });
            }
        } else if in_table && line.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            found.push(Entry { name, line: index + 1, has_reason });
        }
        above = line;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::members::member_with;
    use crate::tidy::{places, tree::tree};

    fn problems(root: &str, member: &str) -> Vec<String> {
        let files = [(ROOT, root), ("crates/a/Cargo.toml", member)];
        places(&check(&tree(&files, vec![member_with("a", &[]), member_with("b", &[])])))
    }

    #[test]
    fn a_reason_in_any_manifest_will_do() {
        let root =
            "[workspace.dependencies]\nurl = \"2\"\nhttp = \"1\" # Methods.\nb = { path = \"crates/b\" }\n";
        let member = "[dependencies]\nb.workspace = true\n# Parses.\nurl.workspace = true\nhttp = { workspace = true }\n";
        assert!(problems(root, member).is_empty());
    }

    #[test]
    fn a_dependency_without_reason_is_found_in_each_kind_of_table() {
        for table in ["[dependencies]", "[dev-dependencies]", "[target.'cfg(unix)'.build-dependencies]"] {
            let member = format!("{table}\nb.workspace = true\nurl.workspace = true\n");
            assert_eq!(problems("", &member), ["crates/a/Cargo.toml:3"], "{table}");
        }
        assert_eq!(problems("", "[dependencies.url]\nversion = \"2\"\n"), ["crates/a/Cargo.toml:1"]);
    }

    #[test]
    fn a_dependency_that_nobody_takes_is_found() {
        assert_eq!(problems("[workspace.dependencies]\n# Parses.\nurl = \"2\"\n", ""), ["Cargo.toml:3"]);
    }

    #[test]
    fn other_tables_hold_no_dependencies() {
        assert_eq!(entries("[package]\nname = \"a\"\n[features]\ndefault = []\n"), []);
    }
}
