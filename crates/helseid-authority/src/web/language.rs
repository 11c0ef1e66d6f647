//! The language of pages: English, and Norwegian for whoever chooses it.

use std::collections::HashMap;

use ::http::HeaderMap;
use helseid_protocol::cookie;
pub(crate) use helseid_protocol::language::Language;

/// The choice in the cookie of this name; English without one.
pub(crate) fn chosen(headers: &HeaderMap, cookie: &str) -> Language {
    cookie::values(headers, cookie).next().map_or(Language::English, Language::of_code)
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
            chosen(&headers, "language")
        };
        assert_eq!(with("a=b; language=nb"), Language::Norwegian);
        for english in ["language=xx", "not_language=nb", "language=en; language=nb"] {
            assert_eq!(with(english), Language::English, "{english}");
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
