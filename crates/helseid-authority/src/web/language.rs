//! The language of pages: English, and Norwegian for whoever chooses it.

use std::collections::HashMap;

use ::http::HeaderMap;
use helseid_protocol::{accept_language, cookie};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) enum Language {
    #[default]
    English,
    Norwegian,
}

impl Language {
    /// Its BCP 47 tag.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Norwegian => "nb",
        }
    }

    /// The language of this tag; English if it is another one.
    pub(crate) fn of_code(code: &str) -> Self {
        if code == Self::Norwegian.code() { Self::Norwegian } else { Self::English }
    }

    /// The first language that we have of tags with spaces between them, in the order of preference, such as `ui_locales`.
    pub(crate) fn of_tags(tags: &str) -> Option<Self> {
        tags.split(' ').find_map(Self::of_tag)
    }

    /// The language that a browser prefers; English if we have none of those that it accepts.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        accept_language::preferred(headers, Self::of_primary).unwrap_or_default()
    }

    fn of_tag(tag: &str) -> Option<Self> {
        accept_language::of_tag(tag, Self::of_primary)
    }

    /// The language of the primary subtag of a BCP 47 tag.
    fn of_primary(tag: &str) -> Option<Self> {
        match tag {
            "nb" | "nn" | "no" => Some(Self::Norwegian),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The choice in the cookie of this name; English without one.
    pub(crate) fn of(headers: &HeaderMap, cookie: &str) -> Self {
        cookie::values(headers, cookie).next().map_or(Self::English, Self::of_code)
    }
}

/// English sentences with their translations, from a text of lines `English = Norwegian`.
#[derive(Debug)]
pub(crate) struct Dictionary(HashMap<&'static str, &'static str>);

impl Dictionary {
    pub(crate) fn new(text: &'static str) -> Self {
        Self(lines(text).collect())
    }

    /// The sentence in this language; in English if there is no translation.
    pub(crate) fn say<'a>(&self, language: Language, english: &'a str) -> &'a str {
        match language {
            Language::English => english,
            Language::Norwegian => self.0.get(english).copied().unwrap_or(english),
        }
    }
}

/// The pairs of a dictionary's text, in its order.
pub(crate) fn lines(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter_map(|line| line.split_once(" = "))
}

#[cfg(test)]
mod tests {
    use ::http::header;

    use super::*;

    #[test]
    fn the_cookie_of_the_name_that_is_given_chooses_the_language() {
        let with = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            Language::of(&headers, "language")
        };
        assert_eq!(with("a=b; language=nb"), Language::Norwegian);
        for english in ["language=xx", "not_language=nb", "language=en; language=nb"] {
            assert_eq!(with(english), Language::English, "{english}");
        }
    }

    #[test]
    fn a_browser_is_answered_in_the_language_that_it_prefers() {
        use Language::{English, Norwegian};
        for (accepted, expected) in [
            ("nn-NO,nb;q=0.9,en;q=0.8", Norwegian),
            ("sv, NO;q=0.5", Norwegian),
            ("sv, *", English),
            ("", English),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, accepted.parse().unwrap())]);
            assert_eq!(Language::accepted(&headers), expected, "{accepted}");
        }
        for (tags, expected) in
            [("nn-NO en", Some(Norwegian)), ("sv en nb", Some(English)), ("sv", None), ("", None)]
        {
            assert_eq!(Language::of_tags(tags), expected, "{tags}");
        }
    }

    #[test]
    fn a_sentence_without_a_translation_stays_english() {
        let dictionary = Dictionary::new("Clients = Klienter\n\nName = Navn\n");
        assert_eq!(dictionary.say(Language::Norwegian, "Clients"), "Klienter");
        assert_eq!(dictionary.say(Language::Norwegian, "Keys"), "Keys");
        assert_eq!(dictionary.say(Language::English, "Clients"), "Clients");
    }
}
