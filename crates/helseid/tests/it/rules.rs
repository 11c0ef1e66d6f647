//! `docs/rules.md` is what the catalogue says; written when `HELSEID_WRITE_DOCS` is set, and otherwise held against it.

use std::fmt::Write as _;

use helseid_protocol::rule::{Family, Profile, Rule};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");

const HEAD: &str = "\
# The rules

Every demand of the protocol, as the authority, the API layer and the command line hold it; `helseid rules` tells the same. The table is
written from the catalogue in `helseid-protocol`: `HELSEID_WRITE_DOCS=1 cargo test -p helseid rules`.
";

fn document() -> String {
    let mut text = HEAD.to_owned();
    for family in Family::ALL {
        writeln!(text, "\n## {}\n", family.name()).unwrap();
        text.push_str("| rule | what must hold | answer | how to fix a breach | source |\n| --- | --- | --- | --- | --- |\n");
        for rule in Rule::ALL.iter().filter(|rule| rule.family() == family) {
            let (id, statement, code) = (rule.id(), rule.statement(), rule.code());
            writeln!(text, "| `{id}` | {statement} | `{code}` | {} | {} |", rule.fix(), rule.source())
                .unwrap();
        }
    }
    text.push_str("\n## What the profiles make of them\n\nRules that are not named here are the same in all four.\n\n| rule |");
    Profile::ALL.iter().for_each(|profile| write!(text, " `{profile}` |").unwrap());
    text.push_str("\n| --- | --- | --- | --- | --- |\n");
    for rule in Rule::ALL {
        let switches: Vec<_> =
            Profile::ALL.iter().filter_map(|profile| profile.switches().meaning(*rule)).collect();
        if !switches.is_empty() {
            writeln!(text, "| `{}` | {} |", rule.id(), switches.join(" | ")).unwrap();
        }
    }
    text
}

#[test]
fn the_document_is_what_the_catalogue_says() {
    let document = document();
    if std::env::var_os("HELSEID_WRITE_DOCS").is_some() {
        std::fs::write(DOCUMENT, &document).unwrap();
    }
    assert_eq!(std::fs::read_to_string(DOCUMENT).unwrap(), document, "regenerate it: see its head");
}
