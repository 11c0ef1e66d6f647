//! Headers of requests.

use ::http::{HeaderMap, header};

/// The value of a header that occurs exactly once.
pub(crate) fn single(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_occurs_twice_has_no_value() {
        let mut headers = HeaderMap::new();
        assert_eq!(single(&headers, header::ORIGIN), None);
        headers.append(header::ORIGIN, "a".parse().unwrap());
        assert_eq!(single(&headers, header::ORIGIN), Some("a"));
        headers.append(header::ORIGIN, "a".parse().unwrap());
        assert_eq!(single(&headers, header::ORIGIN), None);
    }
}
