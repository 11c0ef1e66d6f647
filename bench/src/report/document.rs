//! The document: prose by hand, and between markers what is made of the figures.

use super::measured::Incomplete;

/// What closes every block.
const END: &str = "<!-- end -->";

/// A part of the document that is made of figures.
pub(super) struct Block {
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// The document with every block between its markers anew, and everything else as it was.
pub(super) fn fill(document: &str, blocks: &[Block]) -> Result<String, Incomplete> {
    let mut filled = document.to_owned();
    for block in blocks {
        let begin = marker(block.name);
        let (before, rest) = filled.split_once(&begin).ok_or_else(|| lacks(&begin))?;
        let (old, after) = rest.split_once(END).ok_or_else(|| lacks(END))?;
        if old.contains("<!--") {
            return Err(lacks(&format!("{END} behind {begin}")));
        }
        filled = format!("{before}{begin}\n\n{}\n\n{END}{after}", block.text.trim_end());
    }
    let known = |name: &str| blocks.iter().any(|block| name == block.name);
    match names(document).find(|name| !known(name)) {
        None => Ok(filled),
        Some(name) => Err(Incomplete::new(format!(
            "docs/performance.md has {}, which nothing fills: remove it, or correct its name",
            marker(name)
        ))),
    }
}

/// The names in all markers of the document.
fn names(document: &str) -> impl Iterator<Item = &str> {
    document.lines().filter_map(|line| line.strip_prefix("<!-- figures: ")?.strip_suffix(" -->"))
}

/// What opens the block of that name.
fn marker(name: &str) -> String {
    format!("<!-- figures: {name} -->")
}

fn lacks(what: &str) -> Incomplete {
    Incomplete::new(format!(
        "docs/performance.md lacks {what}: put it back where the figures belong, then run cargo xtask bench --report"
    ))
}
