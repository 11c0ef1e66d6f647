//! The guide says what is true: its metrics are those of the code, and the tests that it names are there.

use std::collections::BTreeSet;
use std::path::Path;

const GUIDE: &str = include_str!("../../../../docs/guides/client.md");
const TELEMETRY: &str = include_str!("../../src/telemetry.rs");
const ROOT: &str = include_str!("../../src/lib.rs");
const PROTOCOL: &str = include_str!("../../src/protocol.rs");
const RETRY: &str = include_str!("../../src/authority/retry.rs");

fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

#[test]
fn the_metrics_of_the_guide_are_those_of_the_code() {
    let names = |text| between(text, "`helseid_client_", "`").into_iter().collect::<BTreeSet<_>>();
    let in_code: BTreeSet<_> = between(TELEMETRY, "\"helseid_client_", "\"").into_iter().collect();
    assert_eq!(names(GUIDE), in_code);
    assert_eq!(names(TELEMETRY), in_code, "the table in the documentation");
}

#[test]
fn the_documentation_names_the_items_of_the_protocol_that_the_crate_has() {
    let plain = |text: &str| {
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        text.replace("{ ", "{").replace(", }", "}").replace(" }", "}")
    };
    let in_code: BTreeSet<_> =
        between(PROTOCOL, "pub use helseid_protocol::", ";").into_iter().map(plain).collect();
    let (_, section) = ROOT.split_once("# Items of the protocol").unwrap();
    let (section, _) = section.split_once("Processes that").unwrap();
    let section = plain(&section.replace("//!", ""));
    let spans = section.split('`').skip(1).step_by(2).filter(|span| span.contains("::"));
    let named: BTreeSet<_> = spans.map(str::to_owned).collect();
    assert_eq!(named, in_code);
    assert!(named.len() > 10);
}

#[test]
fn the_table_of_what_is_sent_again_is_that_of_the_code() {
    let rows = |text: &str, mark: &str| {
        let rows = text.lines().filter_map(|line| line.strip_prefix(mark));
        let ours =
            rows.skip_while(|row| !row.starts_with("| what happened")).take_while(|row| row.starts_with('|'));
        ours.map(|row| row.replace("...", "…")).collect::<Vec<_>>()
    };
    assert_eq!(rows(GUIDE, ""), rows(RETRY, "/// "));
    assert!(rows(GUIDE, "").len() > 6);
}

#[test]
fn each_feature_of_the_guide_names_a_test_that_is_where_it_says() {
    let guides = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides"));
    let files: Vec<(&str, &str)> =
        GUIDE.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ")).collect();
    let mut checked = 0;
    let (_, table) = GUIDE.split_once("| shown by |\n| --- | --- |\n").unwrap();
    for row in table.lines().take_while(|line| line.starts_with('|')) {
        let (_, shown) = row.trim_end_matches(" |").rsplit_once(" | ").unwrap();
        for named in shown.split(", ") {
            let (place, test) = named.split_once(" `").unwrap_or_else(|| panic!("{named} names no test"));
            let test = test.trim_end_matches('`');
            // `[text][name]` or `[name]`.
            let name = place.rsplit('[').next().unwrap().trim_end_matches(']');
            let file = files.iter().find(|(known, _)| *known == name);
            let (_, file) = file.unwrap_or_else(|| panic!("[{name}] leads nowhere"));
            let text = std::fs::read_to_string(guides.join(file)).unwrap();
            assert!(text.contains(&format!("fn {test}()")), "{test} is not in {file}");
            checked += 1;
        }
    }
    assert!(checked >= 30, "{checked}");
}
