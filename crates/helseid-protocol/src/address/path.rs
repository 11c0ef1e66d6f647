//! Paths that mean the same to whoever reads them: a proxy that decodes them, one that does not, and the API behind.

/// Why a path is refused. Never repeats it: it may name a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum AmbiguousPath {
    /// Begins with no slash, or has characters that a path cannot have.
    #[error("it is not a path")]
    NotPath,
    /// `//`
    #[error("it has an empty segment")]
    EmptySegment,
    /// `.` or `..`, as they are or encoded, also before a `;`: many servers take what follows it away before they resolve dots.
    #[error("it has a dot segment")]
    DotSegment,
    /// A slash, a backslash or a control character, however often encoded.
    #[error("it has an encoded slash, a backslash or a control character")]
    Encoded,
    /// A percent sign without two digits, or a character that need not be encoded.
    #[error("it is not normalised")]
    NotNormal,
}

/// Refuses a path, without its query, that could be read in two ways.
pub(super) fn is_unambiguous(path: &str) -> Result<(), AmbiguousPath> {
    if !path.starts_with('/') || !path.bytes().all(is_of_a_path) {
        return Err(AmbiguousPath::NotPath);
    }
    // Decoding once, twice or as often as one likes leaves dots, slashes and `;` as they are: what any reading has of them, the last has.
    let last = decoded(path.as_bytes());
    if last.iter().any(|byte| matches!(byte, b'\\' | 0..0x20 | 0x7f))
        || slashes(&last) != slashes(path.as_bytes())
    {
        return Err(AmbiguousPath::Encoded);
    }
    if last.split(|byte| *byte == b'/').any(is_dots) {
        return Err(AmbiguousPath::DotSegment);
    }
    if path.contains("//") {
        return Err(AmbiguousPath::EmptySegment);
    }
    if triplets_are_normal(path.as_bytes()) { Ok(()) } else { Err(AmbiguousPath::NotNormal) }
}

/// RFC 3986 section 3.3: unreserved, sub-delims, `:`, `@`, and what encodes others.
const fn is_of_a_path(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(
            byte,
            b'/' | b'%'
                | b':'
                | b'@'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
        )
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Whether a segment is `.` or `..` to whoever takes its parameters away.
fn is_dots(segment: &[u8]) -> bool {
    matches!(segment.split(|byte| *byte == b';').next(), Some(b"." | b".."))
}

fn slashes(path: &[u8]) -> usize {
    path.iter().filter(|byte| **byte == b'/').count()
}

/// Decoded until there is nothing more to decode, in one pass: a triplet whose byte is the end of another one is looked at again.
fn decoded(path: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(path.len());
    for byte in path {
        plain.push(*byte);
        while let Some((before, byte)) =
            plain.split_last_chunk::<3>().and_then(|(b, t)| Some((b.len(), triplet(t)?)))
        {
            plain.truncate(before);
            plain.push(byte);
        }
    }
    plain
}

/// The byte of the triplet with which `text` begins.
fn triplet(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Each percent sign begins a triplet, and none is of a character that need not be encoded. Digits may be small.
fn triplets_are_normal(path: &[u8]) -> bool {
    let mut signs = path.iter().enumerate().filter(|(_, byte)| **byte == b'%');
    signs.all(|(at, _)| path.get(at..).and_then(triplet).is_some_and(|byte| !is_unreserved(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_apis_pass() {
        for path in [
            "/",
            "/a",
            "/a/",
            "/Patient/1;v=2",
            "/a:b@c",
            "/bl%C3%A5b%c3%a6r",
            "/a%20b",
            "/100%25",
            "/...",
            "/.well-known/x",
            "/a..b",
            "/a;..",
            "/a..;v=2/b",
            "/;v=2",
        ] {
            assert_eq!(is_unambiguous(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        use AmbiguousPath::{DotSegment, EmptySegment, Encoded, NotNormal, NotPath};
        for (path, why) in [
            ("", NotPath),
            ("a", NotPath),
            ("http://x/", NotPath),
            ("/a b", NotPath),
            ("/å", NotPath),
            ("/a?b", NotPath),
            ("/a\r\nb", NotPath),
            ("/a\\b", NotPath),
            ("//x/", EmptySegment),
            ("/a//b", EmptySegment),
            ("/.", DotSegment),
            ("/a/../b", DotSegment),
            ("/a/..", DotSegment),
            ("/%2e%2e/b", DotSegment),
            ("/.%2E/b", DotSegment),
            ("/%252e%252e/b", DotSegment),
            ("/%25%32%65./b", DotSegment),
            ("/a/..;/b", DotSegment),
            ("/a/..;x=y/b", DotSegment),
            ("/.;/b", DotSegment),
            ("/a/..%3b/b", DotSegment),
            ("/a/%2e%2e%3Bx/b", DotSegment),
            ("/a/..%25253b/b", DotSegment),
            ("/%25252e%25252e/b", DotSegment),
            ("/%2525252525252e./b", DotSegment),
            ("/a%2525252f..", Encoded),
            ("/a%09b", Encoded),
            ("/a%250d%250ab", Encoded),
            ("/a%7f", Encoded),
            ("/%2e%2e%2fb", Encoded),
            ("/a%2Fb", Encoded),
            ("/a%252fb", Encoded),
            ("/a%5cb", Encoded),
            ("/a%255Cb", Encoded),
            ("/a%00", Encoded),
            ("/a%2500", Encoded),
            ("/%41", NotNormal),
            ("/a%7Eb", NotNormal),
            ("/100%", NotNormal),
            ("/%zz", NotNormal),
        ] {
            assert_eq!(is_unambiguous(path), Err(why), "{path:?}");
        }
    }
}
