//! The map of the documentation has every page of it.

use super::Problem;
use super::tree::Tree;

const MAP: &str = "docs/README.md";

/// Looks for every page below `docs` on the map. The decisions are there as their folder.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let Some(map) = tree.files.iter().find(|file| file.path == MAP) else { return Vec::new() };
    let pages = tree.files.iter().filter_map(|file| {
        let page = file.path.strip_prefix("docs/")?;
        (page.ends_with(".md") && file.path != MAP && !page.starts_with("decisions/")).then_some(page)
    });
    let missing = pages.filter(|page| {
        let link = |end: &str| map.text.contains(&format!("]({page}{end}"));
        !link(")") && !link("#")
    });
    missing
        .map(|page| {
            Problem::new(
                MAP,
                1,
                format!("docs/{page} is not on the map"),
                "Link to it where its readers look.",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{places, tree::tree};

    fn problems(map: &str) -> Vec<String> {
        let files = [(MAP, map), ("docs/guides/a.md", ""), ("docs/decisions/1.md", ""), ("README.md", "")];
        places(&check(&tree(&files, vec![])))
    }

    #[test]
    fn a_page_that_is_not_on_the_map_is_told() {
        assert_eq!(problems("[a](guides/b.md)"), ["docs/README.md:1"]);
        assert!(problems("[a](guides/a.md)").is_empty());
        assert!(problems("[a](guides/a.md#there)").is_empty());
    }
}
