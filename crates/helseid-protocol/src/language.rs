//! The language of pages: English, and Norwegian for whoever prefers it (RFC 9110 section 12.5.4, BCP 47).

use http::{HeaderMap, header};

/// A language of pages.
///
/// ```
/// use helseid_protocol::language::Language;
///
/// assert_eq!(Language::of_tags("nn-NO en"), Some(Language::Norwegian));
/// assert_eq!(Language::Norwegian.code(), "nb");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Language {
    /// English, for whoever prefers no language that there is.
    #[default]
    English,
    /// Norwegian, bokmål.
    Norwegian,
}

/// The most ranges of an `Accept-Language` that are looked at.
const MAX_RANGES: usize = 32;

impl Language {
    /// Its BCP 47 tag.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Norwegian => "nb",
        }
    }

    /// The language of this tag; English if it is another one.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        if code == Self::Norwegian.code() { Self::Norwegian } else { Self::English }
    }

    /// The first language that there is of tags with spaces between them, in the order of preference, such as `ui_locales`.
    #[must_use]
    pub fn of_tags(tags: &str) -> Option<Self> {
        tags.split(' ').find_map(Self::of_tag)
    }

    /// The language that a browser prefers, the first of several that it likes alike; English if it accepts none that there is. A
    /// range that is weighted with 0, or with what is no weight, is not accepted, and `*` stands for no language.
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Self {
        let sent = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let mut best = (0, Self::default());
        for range in sent.unwrap_or_default().split(',').take(MAX_RANGES) {
            let (tag, weight) = match range.split_once(';') {
                Some((tag, weight)) => (tag, thousandths(weight)),
                None => (range, 1000),
            };
            if weight > best.0
                && let Some(language) = Self::of_tag(tag)
            {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The language of a BCP 47 tag, whatever its region.
    fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "nb" | "nn" | "no" => Some(Self::Norwegian),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}

/// A weight in thousandths (RFC 9110 section 12.4.2); 0 for what is none.
fn thousandths(weight: &str) -> u16 {
    let number = weight.trim().strip_prefix("q=").unwrap_or_default();
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let is_part = part.len() <= 3 && part.bytes().all(|digit| digit.is_ascii_digit());
    match (whole, format!("{part:0<3}").parse()) {
        ("0", Ok(part)) if is_part => part,
        ("1", Ok(0)) if is_part => 1000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_answered_in_the_language_that_it_prefers() {
        use Language::{English, Norwegian};
        for (accepted, expected) in [
            ("nn-NO,nb;q=0.9,en;q=0.8", Norwegian),
            ("en-GB,en;q=0.9,nb;q=0.8", English),
            ("sv, NO;q=0.5", Norwegian),
            ("en;q=0.2, NB;q=0.7", Norwegian),
            ("en;q=0.801, nb;q=0.81", Norwegian),
            ("en , nb; q=1.000", English),
            ("nb;q=0, en;q=0.1", English),
            ("nb;q=0.000", English),
            ("sv, *", English),
            ("", English),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, accepted.parse().unwrap())]);
            assert_eq!(Language::accepted(&headers), expected, "{accepted}");
        }
        assert_eq!(Language::accepted(&HeaderMap::new()), English);
    }

    #[test]
    fn the_first_tag_that_there_is_a_language_of_counts() {
        use Language::{English, Norwegian};
        for (tags, expected) in
            [("nn-NO en", Some(Norwegian)), ("sv en nb", Some(English)), ("sv", None), ("", None)]
        {
            assert_eq!(Language::of_tags(tags), expected, "{tags}");
        }
        assert_eq!([Language::of_code("nb"), Language::of_code("nn")], [Norwegian, English]);
    }

    #[test]
    fn what_is_no_weight_is_not_accepted() {
        for weight in
            ["q=2", "q=x", "q=NaN", "q=1.001", "q=0.1234", "q=-1", "q=.5", "q=+0.5", "q=1e-1", "q=", ""]
        {
            assert_eq!(thousandths(weight), 0, "{weight}");
        }
        assert_eq!(thousandths(" q=0.5 "), 500);
    }
}
