//! The members of the workspace and what they depend on, as cargo tells it.

use std::path::Path;

use serde_json::Value;

use crate::shell::{self, Failure};

/// A crate of the workspace.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    /// The path of its manifest from the root.
    pub(super) manifest: String,
    /// The names of its normal and build dependencies; those of its tests are free.
    pub(super) dependencies: Vec<String>,
}

/// Asks cargo.
pub(super) fn read() -> Result<Vec<Member>, Failure> {
    let answer =
        shell::read(&mut shell::cargo(&["metadata", "--format-version=1", "--no-deps", "--locked"]))?;
    let metadata = serde_json::from_slice(&answer)
        .map_err(|error| Failure::new(format!("cargo metadata is not JSON: {error}")))?;
    parse(&metadata, &shell::root())
        .ok_or_else(|| Failure::new("cargo metadata has another form than tidy knows"))
}

fn parse(metadata: &Value, root: &Path) -> Option<Vec<Member>> {
    metadata["packages"].as_array()?.iter().map(|package| member(package, root)).collect()
}

fn member(package: &Value, root: &Path) -> Option<Member> {
    let manifest = Path::new(package["manifest_path"].as_str()?);
    let mut dependencies = Vec::new();
    for dependency in package["dependencies"].as_array()? {
        if dependency["kind"].as_str() != Some("dev") {
            dependencies.push(dependency["name"].as_str()?.to_owned());
        }
    }
    Some(Member {
        name: package["name"].as_str()?.to_owned(),
        manifest: manifest.strip_prefix(root).unwrap_or(manifest).to_string_lossy().replace('\\', "/"),
        dependencies,
    })
}

/// A member at `crates/NAME`, for tests.
#[cfg(test)]
pub(super) fn member_with(name: &str, dependencies: &[&str]) -> Member {
    Member {
        name: name.into(),
        manifest: format!("crates/{name}/Cargo.toml"),
        dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dependencies_of_tests_are_left_out() {
        let metadata = json!({"packages": [{
            "name": "a", "manifest_path": "/somewhere/crates/a/Cargo.toml",
            "dependencies": [
                {"name": "b", "kind": null}, {"name": "c", "kind": "dev"}, {"name": "d", "kind": "build"},
            ],
        }]});
        let members = parse(&metadata, Path::new("/somewhere")).expect("a known form");
        assert_eq!(members, [member_with("a", &["b", "d"])]);
    }

    #[test]
    fn an_unknown_form_is_no_empty_workspace() {
        assert_eq!(parse(&json!({}), Path::new("/")), None);
    }
}
