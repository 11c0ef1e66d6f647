//! The sentences of the pages, and the same in Norwegian.
//!
//! What the templates say stands in them in English; `norwegian/pages.txt` has the same in Norwegian, a line for each. Names of
//! the protocol are English in both: that is how they are searched for.

use std::sync::LazyLock;

use crate::web::language::{Dictionary, Language};

/// The cookie with the chosen language; no secret.
pub(super) const COOKIE: &str = "helseid_language";

const TEXT: &str = include_str!("norwegian/pages.txt");

static NORWEGIAN: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::new(TEXT));

/// A sentence of the pages in this language.
pub(super) fn say(language: Language, english: &str) -> &str {
    NORWEGIAN.say(language, english)
}

/// A sentence of the pages, by its English form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(pub(super) &'static str);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::web::language::lines;

    /// Everything that stands in `t("…")` in a template, and in `say("…")` in our own code.
    fn said() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut said = BTreeSet::new();
        for folder in [root.join("templates"), root.join("src/admin/pages")] {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() || path.ends_with("translations.rs") {
                    continue;
                }
                let text = std::fs::read_to_string(path).unwrap();
                for opening in [".t(\"", "Words(\""] {
                    let found = text.split(opening).skip(1).filter_map(|rest| rest.split_once('"'));
                    said.extend(found.map(|(sentence, _)| sentence.to_owned()));
                }
            }
        }
        said
    }

    #[test]
    fn what_the_pages_say_is_there_in_norwegian_once() {
        let known: Vec<_> = lines(TEXT).map(|(english, _)| english.to_owned()).collect();
        let set: BTreeSet<_> = known.iter().cloned().collect();
        assert_eq!(known.len(), set.len(), "a sentence stands twice");
        let said = said();
        let missing: Vec<_> = said.difference(&set).collect();
        assert!(missing.is_empty(), "not in norwegian/pages.txt: {missing:#?}");
        let unsaid: Vec<_> = set.difference(&said).collect();
        assert!(unsaid.is_empty(), "said nowhere: {unsaid:#?}");
    }
}
