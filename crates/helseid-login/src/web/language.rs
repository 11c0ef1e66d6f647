//! What the pages say, in English, and in Norwegian for browsers that prefer it.

use std::collections::HashMap;
use std::sync::LazyLock;

use helseid_protocol::language::Language;

/// The sentences of the pages: English, with the same in Norwegian on the other side of each line.
const TEXT: &str = include_str!("norwegian.txt");

static NORWEGIAN: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| TEXT.lines().filter_map(|line| line.split_once(" = ")).collect());

/// A sentence in this language, by its English form.
pub(crate) fn say(language: Language, english: &'static str) -> &'static str {
    match language {
        Language::English => english,
        Language::Norwegian => NORWEGIAN.get(english).copied().unwrap_or(english),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// What stands in `self.t("…")` of a template, and in the sentences of `Said` and `Why`.
    fn said(file: &Path, openings: &[&str], said: &mut BTreeSet<String>) {
        let text = std::fs::read_to_string(file).unwrap();
        for opening in openings {
            let quoted =
                |rest: &str| Some(rest.trim_start().strip_prefix('"')?.split_once('"')?.0.to_owned());
            said.extend(text.split(opening).skip(1).filter_map(quoted));
        }
    }

    #[test]
    fn what_the_pages_say_is_there_in_norwegian_once_and_no_more() {
        let known: Vec<_> =
            TEXT.lines().filter_map(|line| Some(line.split_once(" = ")?.0.to_owned())).collect();
        let set: BTreeSet<_> = known.iter().cloned().collect();
        assert_eq!(known.len(), set.len(), "a sentence stands twice");
        assert_eq!(known.len(), TEXT.lines().count(), "a line has no translation");
        let (root, mut all) = (Path::new(env!("CARGO_MANIFEST_DIR")), BTreeSet::new());
        for entry in std::fs::read_dir(root.join("templates")).unwrap() {
            said(&entry.unwrap().path(), &["self.t("], &mut all);
        }
        said(&root.join("src/web/pages/said.rs"), &["title: ", "what: ", "next: "], &mut all);
        let missing: Vec<_> = all.difference(&set).collect();
        assert!(missing.is_empty(), "not in norwegian.txt: {missing:#?}");
        let unsaid: Vec<_> = set.difference(&all).collect();
        assert!(unsaid.is_empty(), "said nowhere: {unsaid:#?}");
    }
}
