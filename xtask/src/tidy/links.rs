//! Links between documents lead to files that exist.

use super::Problem;
use super::tree::Tree;

/// Follows every relative link of every Markdown file.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with(".md")) {
        for (line, target) in links(&file.text) {
            // What it names inside a document is looked at by `anchors`.
            let target = target.split('#').next().unwrap_or_default();
            let there =
                target.is_empty() || resolve(&file.path, target).is_some_and(|path| exists(tree, &path));
            if !there {
                problems.push(Problem::new(
                    &file.path,
                    line,
                    format!("the link to {target} leads nowhere"),
                    "Correct the path, or write what it should lead to.",
                ));
            }
        }
    }
    problems
}

fn exists(tree: &Tree, path: &str) -> bool {
    let inside = |other: &String| other.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    path.is_empty() || tree.paths.iter().any(|other| other == path || inside(other))
}

/// The relative targets of links outside code, with their lines.
pub(super) fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in outside_code(text) {
        // Between backticks lies code: every second part.
        for prose in line.split('`').step_by(2) {
            for (at, _) in prose.match_indices("](") {
                let target = prose[at + 2..].split([')', ' ']).next().unwrap_or_default();
                found.push((number, target.trim_matches(['<', '>'])));
            }
        }
        if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            found.push((number, target.split(' ').next().unwrap_or_default()));
        }
    }
    found.retain(|(_, target)| !target.contains(':'));
    found
}

/// The lines outside blocks of code, with their numbers.
pub(super) fn outside_code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let begins = line.trim_start();
        let is_fence = begins.starts_with("```") || begins.starts_with("~~~");
        fenced ^= is_fence;
        (!fenced && !is_fence).then_some((index + 1, line))
    })
}

/// The path from the root that `target` means in the document at `from`; nothing outside the root.
pub(super) fn resolve(from: &str, target: &str) -> Option<String> {
    let mut names: Vec<&str> = match target.starts_with('/') {
        true => Vec::new(),
        false => from.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect(),
    };
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()?),
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{places, tree::tree};

    fn problems(text: &str) -> Vec<String> {
        let files = [("docs/a.md", text), ("docs/b.md", ""), ("crates/a/src/lib.rs", "")];
        places(&check(&tree(&files, vec![])))
    }

    #[test]
    fn links_to_files_folders_and_elsewhere_pass() {
        for text in [
            "[b](b.md)",
            "[b](b.md#part) and [a](#part)",
            "[code](../crates/a/)",
            "[code](/crates/a/src/lib.rs)",
            "[web](https://example.com/none.md) [mail](mailto:a@example.com)",
            "```\n[x](none.md)\n```",
            "`[x](none.md)`",
            "[b]: b.md",
            "[b](b.md \"title\")",
        ] {
            assert!(problems(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn broken_links_are_found() {
        for text in
            ["[x](none.md)", "[x](../b.md)", "[x](../../b.md)", "[x]: none.md", "`code` [x](none.md#part)"]
        {
            assert_eq!(problems(&format!("\n{text}")), ["docs/a.md:2"], "{text}");
        }
    }
}
