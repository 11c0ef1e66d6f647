//! The sentences of the login pages, and the same in Norwegian.
//!
//! What the templates say stands in them in English; `norwegian.txt` has the same in Norwegian, a line for each. Names of the
//! protocol are English in both: that is how they are searched for.

use std::sync::LazyLock;

use crate::web::language::{Dictionary, Language};

const TEXT: &str = include_str!("norwegian.txt");

static NORWEGIAN: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::new(TEXT));

/// A sentence of the pages, by its English form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words(pub(crate) &'static str);

impl Words {
    /// The sentence in this language.
    pub(crate) fn say(self, language: Language) -> &'static str {
        NORWEGIAN.say(language, self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::web::language::lines;

    /// Everything that stands in `t("…")` in a template, and in `Words("…")` in our own code.
    fn said(folder: &Path, said: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self::said(&path, said);
                continue;
            }
            if path.ends_with("words.rs") {
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            for opening in [".t(", "Words("] {
                let quoted =
                    |rest: &'_ str| Some(rest.trim_start().strip_prefix('"')?.split_once('"')?.0.to_owned());
                said.extend(text.split(opening).skip(1).filter_map(quoted));
            }
        }
    }

    #[test]
    fn what_the_pages_say_is_there_in_norwegian_once() {
        let known: Vec<_> = lines(TEXT).map(|(english, _)| english.to_owned()).collect();
        let set: BTreeSet<_> = known.iter().cloned().collect();
        assert_eq!(known.len(), set.len(), "a sentence stands twice");
        assert_eq!(known.len(), TEXT.lines().count(), "a line has no translation");
        let (root, mut all) = (Path::new(env!("CARGO_MANIFEST_DIR")), BTreeSet::new());
        said(&root.join("templates/login"), &mut all);
        for folder in ["src/login", "src/oauth"] {
            said(&root.join(folder), &mut all);
        }
        let missing: Vec<_> = all.difference(&set).collect();
        assert!(missing.is_empty(), "not in norwegian.txt: {missing:#?}");
        let unsaid: Vec<_> = set.difference(&all).collect();
        assert!(unsaid.is_empty(), "said nowhere: {unsaid:#?}");
    }
}
