//! Methods of requests, as callers name them: bounded, and in the log only those that no caller made up.

use http::Method;

/// The most bytes of a method. The longest that is registered has 17.
const MAX_BYTES: usize = 32;

/// The method of this name, if it is one that HTTP may have and not too long.
pub(crate) fn read(name: &str) -> Option<Method> {
    Method::from_bytes(name.as_bytes()).ok().filter(is_bounded)
}

/// Whether a method is not too long: what is signed for it is kept.
pub(crate) fn is_bounded(method: &Method) -> bool {
    method.as_str().len() <= MAX_BYTES
}

/// A method by its name, if it is not one that a caller made up.
pub(crate) fn known(method: &Method) -> &str {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"];
    if known.contains(&method.as_str()) { method.as_str() } else { "other" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_bounded_and_known_by_name_unless_they_are_made_up() {
        for (name, known_as) in [("GET", "GET"), ("UPDATEREDIRECTREF", "other"), (&"M".repeat(32), "other")] {
            assert_eq!(read(name).as_ref().map(known), Some(known_as), "{name}");
        }
        for wrong in ["", "G T", "G\r\n", &"M".repeat(33)] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
