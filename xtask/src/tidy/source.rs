//! Rust source with all but one part of it blanked, each line and column where it was.

use std::ops::Range;

use super::tree::File;

/// A file of Rust, seen in three ways.
pub(super) struct Source {
    /// All code: no comments, no literals.
    pub(super) code: String,
    /// The code that is not a test's.
    pub(super) product: String,
    /// The tests, literals included; no comments.
    pub(super) tests: String,
}

impl Source {
    /// Takes a file apart.
    pub(super) fn of(file: &File) -> Self {
        let (mut comments, mut opaque) = (Vec::new(), Vec::new());
        for (kind, range) in spans(&file.text) {
            if kind == Kind::Comment {
                comments.push(range.clone());
            }
            opaque.push(range);
        }
        let code = blank(&file.text, &opaque);
        let uncommented = blank(&file.text, &comments);
        if file.is_test() {
            return Self { product: keep(&code, &[]), tests: uncommented, code };
        }
        let test_items = test_items(&code);
        Self { product: blank(&code, &test_items), tests: keep(&uncommented, &test_items), code }
    }
}

/// Where `needle` stands in `code` as a whole word, by offset.
pub(super) fn words<'a>(code: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(needle).map(|(at, _)| at).filter(move |&at| {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        let after = code.get(at + needle.len()..).and_then(|text| text.chars().next());
        let glued = |edge: Option<char>, neighbour: Option<char>| {
            edge.is_some_and(is_word) && neighbour.is_some_and(is_word)
        };
        !glued(needle.chars().next(), before) && !glued(needle.chars().next_back(), after)
    })
}

/// The number of the line that `offset` is on.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// Whether a character can be part of a word.
pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Of `a::b` it is `a`, of `{a::b, c}` they are `a` and `c`.
pub(super) fn first_names(path: &str) -> Vec<&str> {
    let first = |text: &'_ str| text.find(|c| !is_word(c)).unwrap_or(text.len());
    let Some(group) = path.strip_prefix('{') else { return vec![&path[..first(path)]] };
    let (mut depth, mut begins, mut names) = (0_usize, true, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            _ if begins && is_word(character) => {
                names.push(&group[at..at + first(&group[at..])]);
                begins = false;
            }
            _ => {}
        }
    }
    names
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Comment,
    Literal,
}

fn spans(text: &str) -> Vec<(Kind, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let word = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
        let (kind, length) = if rest.starts_with("//") {
            (Some(Kind::Comment), rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (Some(Kind::Comment), block_comment(rest))
        } else if rest.starts_with('"') {
            (Some(Kind::Literal), string(rest))
        } else if let Some(length) = raw_string(rest, word) {
            (Some(Kind::Literal), length)
        } else if let Some(length) = character(rest) {
            (Some(Kind::Literal), length)
        } else if word > 0 {
            (None, word)
        } else {
            (None, rest.chars().next().map_or(1, char::len_utf8))
        };
        if let Some(kind) = kind {
            found.push((kind, at..at + length));
        }
        at += length;
    }
    found
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(tail) = rest.get(at..).and_then(|tail| Some(&tail[tail.find(['/', '*'])?..])) {
        at = rest.len() - tail.len();
        let step = match tail.get(..2) {
            Some("/*") => {
                depth += 1;
                2
            }
            Some("*/") => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

fn raw_string(rest: &str, word: usize) -> Option<usize> {
    let (prefix, after) = rest.split_at_checked(word)?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    if !matches!(prefix, "r" | "br" | "cr") || !after.get(hashes..)?.starts_with('"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let body = word + hashes + 1;
    Some(rest.get(body..)?.find(&end).map_or(rest.len(), |at| body + at + end.len()))
}

/// A character, not a lifetime: `'a'`, `'\''`, `'\u{e6}'`.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    if let Some(escape) = inner.strip_prefix('\\') {
        let first = escape.chars().next()?.len_utf8();
        return Some(2 + first + escape.get(first..)?.find('\'')? + 1);
    }
    let first = inner.chars().next()?.len_utf8();
    inner.get(first..)?.starts_with('\'').then_some(first + 2)
}

/// The items under `#[cfg(test)]` in code without comments and literals.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let mut items: Vec<Range<usize>> = Vec::new();
    for (at, _) in code.match_indices("#[cfg(test)]") {
        if items.last().is_none_or(|item| item.end <= at) {
            items.push(at..item_end(code, at));
        }
    }
    items
}

fn item_end(code: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, character) in code.char_indices().skip_while(|(at, _)| *at < start) {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

fn blank(text: &str, ranges: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        out.push_str(&text[at..range.start]);
        for character in text[range.clone()].chars() {
            match character {
                '\n' => out.push('\n'),
                _ => out.extend(std::iter::repeat_n(' ', character.len_utf8())),
            }
        }
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

fn keep(text: &str, ranges: &[Range<usize>]) -> String {
    let mut others = Vec::new();
    let mut at = 0;
    for range in ranges {
        others.push(at..range.start);
        at = range.end;
    }
    others.push(at..text.len());
    blank(text, &others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source::of(&File { path: path.into(), text: text.into() })
    }

    #[test]
    fn the_first_names_of_a_path_and_of_a_group() {
        assert_eq!(first_names("app::App;"), ["app"]);
        assert_eq!(
            first_names("{app::{App, targets}, model, store::Store as S};"),
            ["app", "model", "store"]
        );
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        for hidden in [
            "// X",
            "/// X",
            "/* /* X */ X */",
            "\"X\"",
            "\"\\\"X\"",
            "\"\\\\\" /* X */",
            "r\"\\\" /* X */",
            "r#\"\"X\"#",
            "b\"X\"",
            "'X'",
            "'\\'' // X",
            "'æ' // X",
        ] {
            let text = format!("fn a<'b>() {{ {hidden}\n seen }}");
            let code = source("a.rs", &text).code;
            assert!(!code.contains('X') && code.contains("seen"), "{hidden}: {code}");
            assert_eq!(code.len(), text.len(), "{hidden}");
        }
    }

    #[test]
    fn tests_and_product_are_told_apart() {
        let text = "#[cfg(test)]\nmod tests;\nfn product() {}\n#[cfg(test)]\nmod more { fn inner() { \"text\" } }\nfn last() {}";
        let source = source("a.rs", text);
        assert!(source.product.contains("product") && source.product.contains("last"));
        assert!(!source.product.contains("inner") && source.tests.contains("\"text\""));
        assert!(!source.tests.contains("product") && !source.tests.contains("last"));
        assert_eq!(line_at(&source.product, source.product.find("last").expect("it is there")), 6);
    }

    #[test]
    fn a_file_of_tests_has_no_product() {
        let source = source("crates/a/tests/it/main.rs", "fn whole() { \"text\" }");
        assert!(source.product.trim().is_empty() && source.tests.contains("\"text\""));
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(words("Rule::AB Rule::A xRule::A", "Rule::A").collect::<Vec<_>>(), [9]);
    }
}
