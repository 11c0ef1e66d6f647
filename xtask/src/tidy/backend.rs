//! One file names the crypto backend, so that its promises are checked in one place.
//!
//! `rustls::crypto::aws_lc_rs` is TLS and no signature of ours: written out in full it passes. So does the bench's
//! limit, which is the bare backend.

use super::Problem;
use super::source::{self, Source};
use super::tree::Tree;

const BACKEND: &str = "aws_lc_rs";
const HOME: &str = "crates/helseid-protocol/src/jose/crypto";
const LIMIT: &str = "bench/src/limit.rs";

/// Looks for the backend's name in all Rust code but its home's.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let at_home = |path: &str| path == format!("{HOME}.rs") || path.starts_with(&format!("{HOME}/"));
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|file| file.is_rust() && !at_home(&file.path) && file.path != LIMIT)
    {
        let code = Source::of(file).code;
        for at in source::words(&code, BACKEND) {
            if !code[..at].ends_with("rustls::crypto::") {
                problems.push(Problem::new(
                    &file.path,
                    source::line_at(&code, at),
                    format!("names the crypto backend, which {HOME}.rs alone does"),
                    "Add what is needed there, and call it through helseid_protocol::jose.",
                ));
            }
        }
    }
    if !tree.files.iter().any(|file| at_home(&file.path)) {
        problems.push(Problem::new(
            "xtask/src/tidy/backend.rs",
            1,
            format!("{HOME}.rs is gone"),
            "Say here where the crypto backend is named now.",
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{places, tree::tree};

    const HOME_FILE: (&str, &str) = ("crates/helseid-protocol/src/jose/crypto.rs", "use aws_lc_rs::digest;");

    #[test]
    fn its_home_tls_and_comments_may_name_the_backend() {
        let other = "// aws_lc_rs is fast\nfn tls() { rustls::crypto::aws_lc_rs::default_provider(); }";
        assert_eq!(check(&tree(&[HOME_FILE, ("crates/a/src/lib.rs", other)], vec![])), []);
    }

    #[test]
    fn another_file_may_not() {
        let tree = tree(&[HOME_FILE, ("crates/a/src/lib.rs", "\nuse aws_lc_rs::rand;")], vec![]);
        assert_eq!(places(&check(&tree)), ["crates/a/src/lib.rs:2"]);
    }

    #[test]
    fn a_home_that_moved_is_found() {
        assert_eq!(places(&check(&tree(&[], vec![]))), ["xtask/src/tidy/backend.rs:1"]);
    }
}
