//! The language that a browser prefers (RFC 9110 section 12.5.4).

use http::{HeaderMap, header};

/// The most ranges of an `Accept-Language` that are looked at.
pub const MAX_RANGES: usize = 32;

/// The language that a request prefers, of those that `known` has for the primary subtag of a range, in lower case (`nb` of `nb-NO`);
/// the first of several that it likes alike. None where it accepts none of them: a range that is weighted with 0, or with what is no
/// weight, is not accepted, and `*` stands for no language.
pub fn preferred<T>(headers: &HeaderMap, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    let sent = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok())?;
    let mut best = (0, None);
    for range in sent.split(',').take(MAX_RANGES) {
        let (tag, weight) = match range.split_once(';') {
            Some((tag, weight)) => (tag, thousandths(weight)),
            None => (range, 1000),
        };
        if weight > best.0
            && let Some(language) = of_tag(tag, &known)
        {
            best = (weight, Some(language));
        }
    }
    best.1
}

/// What `known` has for a BCP 47 tag of any region.
pub fn of_tag<T>(tag: &str, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    known(&tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase())
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
        let known = |tag: &str| ["nb", "en"].into_iter().find(|known| *known == tag);
        for (accepted, expected) in [
            ("nb-NO,nb;q=0.9,en;q=0.8", Some("nb")),
            ("en-GB,en;q=0.9,nb;q=0.8", Some("en")),
            ("sv, nb;q=0.5", Some("nb")),
            ("en;q=0.2, NB;q=0.7", Some("nb")),
            ("en;q=0.801, nb;q=0.81", Some("nb")),
            ("en , nb; q=1.000", Some("en")),
            ("nb;q=0, en;q=0.1", Some("en")),
            ("nb;q=0.000", None),
            ("sv, *", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, accepted.parse().unwrap())]);
            assert_eq!(preferred(&headers, known), expected, "{accepted}");
        }
        assert_eq!(preferred(&HeaderMap::new(), known), None);
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
