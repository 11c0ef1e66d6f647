//! `cargo xtask test`: every test of the workspace, those in the documentation and those that need services included.

use serde_json::Value;

use crate::services::Services;
use crate::shell::{self, Failure};

/// The feature of a crate that turns on its tests that need PostgreSQL or Redis.
const FEATURE: &str = "service-tests";

/// Runs all tests, also after one has failed, so that one run tells of every failure.
pub(crate) fn run() -> Result<(), Failure> {
    let services = Services::start()?;
    let features = features()?.join(",");
    let mut test =
        shell::cargo(&["test", "--workspace", "--locked", "--no-fail-fast", "--features", &features]);
    shell::run(services.tell(&mut test))
}

/// `CRATE/service-tests` for each crate that has it.
fn features() -> Result<Vec<String>, Failure> {
    let answer =
        shell::read(&mut shell::cargo(&["metadata", "--format-version=1", "--no-deps", "--locked"]))?;
    let metadata: Value = serde_json::from_slice(&answer)
        .map_err(|why| Failure::new(format!("cargo metadata is not JSON: {why}")))?;
    Ok(with_feature(&metadata))
}

fn with_feature(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let having = packages.filter(|package| package["features"].get(FEATURE).is_some());
    having.filter_map(|package| Some(format!("{}/{FEATURE}", package["name"].as_str()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feature_is_turned_on_where_it_is() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "a", "features": { "service-tests": [], "default": [] } },
            { "name": "b", "features": {} },
        ] });
        assert_eq!(with_feature(&metadata), ["a/service-tests"]);
    }

    #[test]
    fn this_workspace_has_such_tests() {
        assert!(!features().unwrap().is_empty());
    }
}
