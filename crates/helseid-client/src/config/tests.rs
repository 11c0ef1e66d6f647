//! The guide's page of settings is that of the code.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use super::values::Config;
use crate::settings::Settings;

const PAGE: &str = include_str!("../../../../docs/guides/client-settings.md");
const COMMAND_LINE: &str = include_str!("../../../../docs/cli.md");
const BUILDER: &str = include_str!("../builder.rs");
const TEST_UTIL: &str = include_str!("../test_util.rs");

/// The names in code spans in one column of the table under a heading.
fn names(heading: &str, column: usize) -> BTreeSet<String> {
    let (_, section) = PAGE.split_once(&format!("\n## {heading}\n")).unwrap();
    let table = section.lines().skip_while(|line| !line.starts_with('|')).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(column + 1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The names that a file may have in this place, as the error about another one lists them.
fn known(text: &str) -> BTreeSet<String> {
    let error = toml::from_str::<Settings>(text).expect_err("an unknown name");
    let (_, known) = error.message().split_once("expected").unwrap();
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_page_has_every_setting_of_the_file_and_no_other() {
    let mut settings = known("unknown = 1");
    // Sections, each with entries that have a name of their own.
    for section in ["account", "api", "protect"] {
        assert!(settings.remove(section), "{section}: {settings:?}");
        settings.insert(format!("{section}.NAME"));
    }
    assert!(settings.len() > 10, "{settings:?}");
    settings.extend(known("[api]\nunknown = 1").into_iter().map(|name| format!("api.{name}")));
    assert_eq!(names("File, environment and flags", 0), settings);
}

#[test]
fn the_page_has_every_variable_and_no_other() {
    let asked = RefCell::new(BTreeSet::new());
    let record = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    let empty = tempfile::NamedTempFile::new().unwrap();
    // Nothing is set, so both fail in the end.
    Config::load_with(record).expect_err("no issuer");
    Config::read_with(Path::new(empty.path()), record).expect_err("no issuer");
    assert_eq!(names("File, environment and flags", 1), asked.into_inner());
}

#[test]
fn every_flag_of_the_page_is_one_of_the_command_line() {
    let flags = names("File, environment and flags", 2);
    assert!(flags.len() > 8, "{flags:?}");
    for flag in flags {
        assert!(COMMAND_LINE.contains(&format!(" {flag} <")), "{flag}");
    }
}

#[test]
fn the_page_has_every_method_of_the_builder_and_no_other() {
    let methods = [BUILDER, TEST_UTIL].into_iter().flat_map(|source| {
        let starts = ["    pub fn ", "    pub const fn "];
        source.lines().filter_map(move |line| starts.iter().find_map(|start| line.strip_prefix(start)))
    });
    let setters = methods.filter(|line| line.contains("self") && !line.contains("&self"));
    let setters: BTreeSet<_> = setters.filter_map(|line| line.split_once('(')).collect();
    let setters: BTreeSet<_> = setters.into_iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names("In a program", 0), setters);
}

#[test]
fn the_page_has_the_defaults_of_the_code() {
    let capacity = crate::tokens::DEFAULT_CAPACITY;
    assert_eq!(capacity, 1_000);
    assert!(PAGE.contains("| `tokens_kept` | 1,000 tokens |"));
    assert_eq!(format!("{:?}", crate::RetryPolicy::default()), "RetryPolicy { retries: 2, pause: 200ms }");
    let circuit = crate::authority::DEFAULT_CIRCUIT;
    assert_eq!(circuit, [5, 60].map(std::time::Duration::from_secs));
    assert!(PAGE.contains("| `circuit_breaker` | 5 s, 60 s |"));
    assert!(PAGE.contains("| `retry` | 2 retries, after up to 200 ms and up to 400 ms |"));
}

#[test]
fn variables_name_the_file_and_select_its_account() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("elsewhere.toml");
    let text = "environment = \"test\"\nclient_id = \"one\"\nkey_file = \"key.json\"\n[account.other]\nclient_id = \"two\"\n";
    std::fs::write(&file, text).unwrap();
    let (path, accounts) =
        (file.to_str().unwrap(), [(None, "one"), (Some("other"), "two"), (Some("other\n"), "two")]);
    for (account, client_id) in accounts {
        let variable = |name: &str| match name {
            "HELSEID_CONFIG" => Some(format!("{path}\n")),
            "HELSEID_ACCOUNT" => account.map(str::to_owned),
            _ => None,
        };
        for config in [Config::load_with(variable), Config::read_with(&file, variable)] {
            assert_eq!(config.unwrap().client_id.as_str(), client_id, "{account:?}");
        }
    }
    let variable = |name: &str| (name == "HELSEID_ACCOUNT").then(|| "third".to_owned());
    let error = Config::read_with(&file, variable).expect_err("no such account");
    assert!(error.why().contains("other"), "{error}");
    let nowhere = |name: &str| (name == "HELSEID_CONFIG").then(|| "/nowhere/helseid.toml".to_owned());
    let error = Config::load_with(nowhere).expect_err("no such file");
    assert!(error.what().contains("/nowhere/helseid.toml"), "{error}");
}
