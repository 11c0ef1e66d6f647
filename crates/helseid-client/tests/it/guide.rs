//! The guide says what is true: its metrics are those of the code, and the tests that it names are there.

use std::collections::BTreeSet;
use std::path::Path;

const GUIDE: &str = include_str!("../../../../docs/guides/client.md");
const TELEMETRY: &str = include_str!("../../src/telemetry.rs");
const RESILIENCE: &str = include_str!("../../src/resilience.rs");

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
fn the_table_of_what_is_repeated_is_that_of_the_code() {
    let rows = |text: &str, mark: &str| {
        let rows = text.lines().filter_map(|line| line.strip_prefix(mark));
        let ours =
            rows.skip_while(|row| !row.starts_with("| what happened")).take_while(|row| row.starts_with('|'));
        ours.map(|row| row.replace("...", "…")).collect::<Vec<_>>()
    };
    assert_eq!(rows(GUIDE, ""), rows(RESILIENCE, "/// "));
    assert!(rows(GUIDE, "").len() > 6);
}

#[test]
fn every_test_that_the_guide_names_is_where_it_says() {
    let guides = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides"));
    let files: Vec<(&str, &str)> =
        GUIDE.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ")).collect();
    let mut checked = 0;
    for row in GUIDE.lines().filter(|line| line.starts_with("| ") && line.contains(" | Y | [")) {
        let shown = row.rsplit(" | Y | ").next().unwrap();
        for (name, file) in &files {
            let Some((_, rest)) = shown.split_once(&format!("[{name}]")) else { continue };
            let text = std::fs::read_to_string(guides.join(file)).unwrap();
            if let Some(test) = rest.strip_prefix(" `").and_then(|rest| rest.split('`').next()) {
                assert!(text.contains(&format!("fn {test}()")), "{test} is not in {file}");
                checked += 1;
            }
        }
    }
    assert!(checked >= 20, "{checked}");
}
