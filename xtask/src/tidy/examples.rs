//! Every public type of a library has an example in its documentation.
//!
//! That it compiles, and does what it says, is for `cargo test`. Of types that a macro makes, those are seen whose names it is
//! given in a list, in the same file.

use super::Problem;
use super::source::Source;
use super::tree::{File, Tree};

/// The crates that programs of others build on.
const LIBRARIES: &[&str] = &[
    "crates/helseid-admin-api/src/",
    "crates/helseid-api/src/",
    "crates/helseid-authority/src/",
    "crates/helseid-client/src/",
    "crates/helseid-files/src/",
    "crates/helseid-http/src/",
    "crates/helseid-login/src/",
    "crates/helseid-protocol/src/",
    "crates/helseid-sidecar/src/",
    "crates/helseid-testkit/src/",
    "crates/helseid-tls/src/",
];

/// How the line of a public type begins.
const TYPES: &[&str] = &["pub enum ", "pub struct ", "pub trait ", "pub type ", "pub union "];

/// Looks through the sources of the libraries.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let is_library = |file: &&File| {
        file.is_rust() && !file.is_test() && LIBRARIES.iter().any(|library| file.path.starts_with(library))
    };
    tree.files.iter().filter(is_library).flat_map(problems).collect()
}

fn problems(file: &File) -> Vec<Problem> {
    let product = Source::of(file).product;
    let (code, text): (Vec<_>, Vec<_>) = (product.lines().collect(), file.text.lines().collect());
    let has_maker = product.contains("pub struct $");
    let mut problems = Vec::new();
    for (at, line) in code.iter().enumerate() {
        let made = || made_type(line).filter(|_| has_maker);
        let Some(name) = public_type(line).or_else(made) else { continue };
        let head = head(code.get(..at).unwrap_or_default(), text.get(..at).unwrap_or_default());
        let is_hidden = head.iter().any(|line| line.contains("#[doc(hidden)]"));
        if !is_hidden && !head.iter().any(|line| line.trim_start().starts_with("/// ```")) {
            let fix = "Show in 3 to 12 lines what a program does with it; or make it private, if no program needs it.";
            problems.push(Problem::new(&file.path, at + 1, format!("`{name}` has no example"), fix));
        }
    }
    problems
}

/// The name of the public type that a line of code begins; none of one that a macro names.
fn public_type(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = TYPES.iter().find_map(|begins| line.strip_prefix(begins))?;
    let name = &rest[..rest.find(|c| !super::source::is_word(c)).unwrap_or(rest.len())];
    (!name.is_empty()).then_some(name)
}

/// The name of the type that a macro is to make: `A;`, or with a length `A, 16;`.
fn made_type(line: &str) -> Option<&str> {
    let item = line.trim().strip_suffix(';')?;
    let (name, length) = item.split_once(", ").unwrap_or((item, "0"));
    let is_name =
        name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(super::source::is_word);
    (is_name && length.parse::<u32>().is_ok()).then_some(name)
}

/// The lines of documentation and attributes right above an item, given all lines above it.
fn head<'a>(code: &[&str], text: &'a [&'a str]) -> &'a [&'a str] {
    let is_above =
        |(code, text): (&&str, &&str)| text.trim().is_empty() || code.trim_end().ends_with(['{', '}', ';']);
    let begins = code.iter().zip(text).rposition(is_above).map_or(0, |above| above + 1);
    text.get(begins..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{places, tree::tree};

    const EXAMPLE: &str = "/// A thing.\n///\n/// ```\n/// a::A;\n/// ```\n";

    fn problems(path: &str, text: &str) -> Vec<String> {
        places(&check(&tree(&[(path, text)], vec![])))
    }

    fn in_a_library(text: &str) -> Vec<String> {
        problems("crates/helseid-api/src/a.rs", text)
    }

    #[test]
    fn types_with_an_example_pass() {
        for item in
            ["pub struct A;", "#[derive(\n    Debug,\n)]\n#[non_exhaustive]\npub enum A {}", "pub trait A {}"]
        {
            assert!(in_a_library(&format!("use b;\n\n{EXAMPLE}{item}")).is_empty(), "{item}");
        }
        assert!(
            in_a_library(&format!("m! {{\n    {}    pub struct A {{}}\n}}", EXAMPLE.replace("//", "    //")))
                .is_empty()
        );
    }

    #[test]
    fn each_type_without_one_is_found() {
        for item in ["pub struct A;", "pub enum A {}", "pub trait A {}", "pub type A<'a> = &'a str;"] {
            let place = ["crates/helseid-api/src/a.rs:2"];
            assert_eq!(in_a_library(&format!("/// A thing.\n{item}")), place, "{item}");
        }
    }

    #[test]
    fn the_example_of_a_neighbour_is_none() {
        for (between, line) in
            [("pub struct B;\n", 7), ("fn b() {}\n/// A thing.\n", 8), ("\n/// A thing.\n", 8)]
        {
            let place = format!("crates/helseid-api/src/a.rs:{line}");
            assert_eq!(in_a_library(&format!("{EXAMPLE}{between}pub struct A;")), [place], "{between}");
        }
    }

    #[test]
    fn each_type_that_a_macro_makes_without_one_is_found() {
        const MAKER: &str = "macro_rules! m { ($name:ident;) => { pub struct $name; } }\n";
        for item in ["A;", "A, 16;"] {
            let given = |documentation: &str| format!("m! {{\n{documentation}    {item}\n}}");
            let place = ["crates/helseid-api/src/a.rs:4"];
            assert_eq!(in_a_library(&format!("{MAKER}{}", given("/// A thing.\n"))), place, "{item}");
            assert!(in_a_library(&format!("{MAKER}{}", given(EXAMPLE))).is_empty(), "{item}");
            assert!(in_a_library(&given("/// A thing.\n")).is_empty(), "a macro of another file: {item}");
        }
    }

    #[test]
    fn what_nobody_outside_sees_needs_none() {
        for item in [
            "pub(crate) struct A;",
            "struct A;",
            "#[doc(hidden)]\npub struct A;",
            "pub fn a() {}",
            "// pub struct A;",
            "macro_rules! a { ($name:ident) => {\n    pub struct $name;\n} }",
            "#[cfg(test)]\nmod tests {\n    pub struct A;\n}",
        ] {
            assert!(in_a_library(item).is_empty(), "{item}");
        }
        for path in
            ["crates/helseid-api/tests/it/a.rs", "crates/helseid-api/src/a/tests.rs", "xtask/src/a.rs"]
        {
            assert!(problems(path, "pub struct A;").is_empty(), "{path}");
        }
    }
}
