//! The table of requirements names tests that are there.

use std::collections::HashMap;
use std::path::Path;

const TABLE: &str = include_str!("../../../../docs/conformity.md");

#[test]
fn each_test_of_the_table_is_where_it_says() {
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
    let links = TABLE.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    let files: HashMap<_, _> =
        links.map(|(name, file)| (name, std::fs::read_to_string(docs.join(file)).expect(file))).collect();
    let mut checked = 0;
    for row in TABLE.lines().filter(|row| row.starts_with('|')) {
        let shown = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for named in shown.split(", ").filter(|named| named.starts_with('[')) {
            let (file, test) = named[1..].split_once("] `").unwrap_or_else(|| panic!("{named}"));
            let test = test.strip_suffix('`').unwrap_or_else(|| panic!("{named}"));
            let text = files.get(file).unwrap_or_else(|| panic!("[{file}] leads nowhere"));
            assert!(text.contains(&format!("fn {test}()")), "{test} is not in {file}");
            checked += 1;
        }
    }
    assert!(checked > 70, "{checked}");
}
