//! Links to a part of a document lead to a heading that it has.

use std::collections::{HashMap, HashSet};

use super::Problem;
use super::links::{links, outside_code, resolve};
use super::tree::Tree;

/// Follows every relative link of every Markdown file that names a part of a Markdown file, its own included.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let documents = tree.files.iter().filter(|file| file.path.ends_with(".md"));
    let anchors: HashMap<_, _> =
        documents.clone().map(|file| (file.path.as_str(), anchors(&file.text))).collect();
    let mut problems = Vec::new();
    for file in documents {
        for (line, target) in links(&file.text) {
            let Some((path, part)) = target.split_once('#') else { continue };
            let path = if path.is_empty() { Some(file.path.clone()) } else { resolve(&file.path, path) };
            let Some(known) = path.and_then(|path| anchors.get(path.as_str())) else { continue };
            if !known.contains(part) {
                let what = format!("the link to {target} names no heading there");
                problems.push(Problem::new(&file.path, line, what, "Name a heading as GitHub does."));
            }
        }
    }
    problems
}

/// The names that GitHub gives to the headings of a document; one that comes again has a number.
fn anchors(text: &str) -> HashSet<String> {
    let mut times = HashMap::<String, usize>::new();
    let mut anchors = HashSet::new();
    for (_, line) in outside_code(text) {
        let Some(heading) = heading(line) else { continue };
        let slug = slug(heading);
        let before = times.entry(slug.clone()).or_default();
        anchors.insert(if *before == 0 { slug } else { format!("{slug}-{before}") });
        *before += 1;
    }
    anchors
}

/// The text of a heading: one to six `#` and a space before it.
fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    ((1..=6).contains(&(line.len() - text.len())) && text.starts_with(' ')).then(|| text.trim())
}

/// Letters and digits in lower case, hyphens for spaces, and no other characters but hyphens and underscores. Of a link, its text.
fn slug(heading: &str) -> String {
    let mut text = String::new();
    let mut rest = heading;
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{places, tree::tree};

    const TARGET: &str = "# From A's B (C#)\n\n## Use `POST /x`: [how](y.md)\n\n### Again\n\n```\n# None\n```\n\n## Again\n\n#None\n";

    fn problems(text: &str) -> Vec<String> {
        let files = [("docs/a.md", text), ("docs/b.md", TARGET), ("src/lib.rs", "")];
        places(&check(&tree(&files, vec![])))
    }

    #[test]
    fn links_to_headings_pass() {
        for text in [
            "[b](b.md#from-as-b-c)",
            "[b](b.md#use-post-x-how)",
            "[b](/docs/b.md#again) [b](b.md#again-1 \"title\")",
            "# Blåbær_og-så  to\n\n[a](#blåbær_og-så--to)",
            "[b]: b.md#again",
            "[code](../src/lib.rs#L1) [none](none.md#part) [web](https://example.com/b.md#part)",
            "`[b](b.md#none)`",
        ] {
            assert!(problems(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn links_to_headings_that_are_not_there_are_found() {
        for text in [
            "[b](b.md#none)",
            "[b](b.md#again-2)",
            "[b](b.md#Again)",
            "[b](b.md#)",
            "[a](#again)",
            "[b]: b.md#no",
        ] {
            assert_eq!(problems(&format!("\n{text}")), ["docs/a.md:2"], "{text}");
        }
    }
}
