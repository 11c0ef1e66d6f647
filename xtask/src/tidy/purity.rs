//! The protocol reads no clock, does no I/O and keeps no globals: its decisions depend on what it is given.

use super::Problem;
use super::source::{self, Source};
use super::tree::Tree;

const HOME: &str = "crates/helseid-protocol/src/";

/// Modules of the standard library that reach outside.
const OUTSIDE: &[&str] = &["fs", "net", "env", "process", "thread"];

const CLOCKS: &[&str] = &["SystemTime::now", "Instant::now", ".elapsed("];

/// Looks for clocks, I/O and globals in the code of the protocol that is not a test's.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let files: Vec<_> =
        tree.files.iter().filter(|file| file.is_rust() && file.path.starts_with(HOME)).collect();
    let mut problems = Vec::new();
    for file in &files {
        let code = Source::of(file).product;
        let mut found = Vec::new();
        for clock in CLOCKS {
            found.extend(source::words(&code, clock).map(|at| (at, "reads a clock", "Take the time now.")));
        }
        for at in source::words(&code, "std::") {
            if source::first_names(&code[at + "std::".len()..]).iter().any(|module| OUTSIDE.contains(module))
            {
                found.push((at, "reaches outside", "Take what is needed as a parameter."));
            }
        }
        for at in source::words(&code, "tokio") {
            found.push((at, "names an async runtime", "Leave waiting to the caller."));
        }
        for at in source::words(&code, "static").chain(source::words(&code, "thread_local!")) {
            if !code[..at].ends_with('\'') {
                found.push((at, "keeps a global", "Make it a const, or take it as a parameter."));
            }
        }
        found.sort_unstable();
        for (at, what, fix) in found {
            let what = format!("{what}, which helseid-protocol never does");
            problems.push(Problem::new(&file.path, source::line_at(&code, at), what, fix));
        }
    }
    if files.is_empty() {
        let what = format!("{HOME} holds no code");
        problems.push(Problem::new(
            "xtask/src/tidy/purity.rs",
            1,
            what,
            "Say here where the protocol is now.",
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{places, tree::tree};

    fn problems(code: &str) -> Vec<String> {
        places(&check(&tree(&[("crates/helseid-protocol/src/a.rs", code)], vec![])))
    }

    #[test]
    fn pure_code_passes() {
        for code in [
            "use std::time::{Duration, SystemTime};",
            "use std::{fmt, collections::{HashMap, hash_map::Entry}};",
            "/// Never std::fs and never Instant::now.\nfn a(text: &'static str) {}",
            "#[cfg(test)]\nmod tests { use std::fs; }",
        ] {
            assert!(problems(code).is_empty(), "{code}");
        }
    }

    #[test]
    fn each_way_outside_is_found() {
        for code in [
            "use std::fs;",
            "use std::{fmt, net::IpAddr};",
            "use std::{fmt::{self, Display}, env};",
            "let now = SystemTime::now();",
            "let now = std::time::Instant::now();",
            "let since = UNIX_EPOCH.elapsed();",
            "use tokio::sync::Mutex;",
            "static SEEN: Mutex<u8> = Mutex::new(0);",
            "thread_local! { }",
        ] {
            assert_eq!(problems(&format!("\n{code}")), ["crates/helseid-protocol/src/a.rs:2"], "{code}");
        }
    }

    #[test]
    fn a_protocol_that_moved_is_found() {
        assert_eq!(places(&check(&tree(&[], vec![]))), ["xtask/src/tidy/purity.rs:1"]);
    }
}
