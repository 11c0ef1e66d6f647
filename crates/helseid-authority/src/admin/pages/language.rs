//! The pages in English, and in Norwegian for who chooses it.
//!
//! What the templates say stands in them in English; `norwegian.txt` has the same in Norwegian, a line for each. Rules,
//! errors and names of the protocol are English in both: that is how they are searched for.

use std::collections::HashMap;
use std::sync::LazyLock;

use ::http::{HeaderMap, header};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Language {
    #[default]
    English,
    Norwegian,
}

/// The cookie with the choice; no secret.
pub(super) const COOKIE: &str = "helseid_language";

static NORWEGIAN: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| lines().collect());

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("norwegian.txt").lines().filter_map(|line| line.split_once(" = "))
}

impl Language {
    /// As BCP 47 names it.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Norwegian => "nb",
        }
    }

    pub(super) fn of_code(code: &str) -> Self {
        if code == Self::Norwegian.code() { Self::Norwegian } else { Self::English }
    }

    /// What the cookie says; English without one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        cookies(headers, COOKIE).next().map_or(Self::English, Self::of_code)
    }

    /// A sentence of the pages in this language.
    pub(super) fn say(self, english: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Norwegian => NORWEGIAN.get(english).copied().unwrap_or(english),
        }
    }
}

/// The values of the cookies of this name. Headers are bounded, and so are they.
pub(super) fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(own, _)| *own == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Everything that stands in `t("…")` in a template, and in `say("…")` in our own code.
    fn said() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut said = BTreeSet::new();
        for folder in [root.join("templates"), root.join("src/admin/pages")] {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with("language.rs") || path.extension().is_none_or(|kind| kind == "txt") {
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
        let known: Vec<_> = lines().map(|(english, _)| english.to_owned()).collect();
        let set: BTreeSet<_> = known.iter().cloned().collect();
        assert_eq!(known.len(), set.len(), "a sentence stands twice");
        let said = said();
        let missing: Vec<_> = said.difference(&set).collect();
        assert!(missing.is_empty(), "not in norwegian.txt: {missing:#?}");
        let unsaid: Vec<_> = set.difference(&said).collect();
        assert!(unsaid.is_empty(), "said nowhere: {unsaid:#?}");
    }

    #[test]
    fn a_cookie_chooses_the_language() {
        let with = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            Language::of(&headers)
        };
        assert_eq!(with("a=b; helseid_language=nb"), Language::Norwegian);
        assert_eq!(with("helseid_language=xx"), Language::English);
        assert_eq!(with("not_helseid_language=nb"), Language::English);
        assert_eq!(Language::Norwegian.say("Clients"), "Klienter");
    }
}
