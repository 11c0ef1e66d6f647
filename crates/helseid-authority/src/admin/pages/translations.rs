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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words(pub(super) &'static str);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::web::language::lines;

    /// That each is on a page, and each page has no other, is tested with the pages: `tests/it/norwegian`.
    #[test]
    fn no_sentence_stands_twice() {
        let sentences: Vec<_> = lines(TEXT).map(|(english, _)| english).collect();
        let different: BTreeSet<_> = sentences.iter().collect();
        assert_eq!(sentences.len(), different.len());
    }
}
