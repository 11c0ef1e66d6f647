//! Where the local authority keeps its data.

use std::path::{Path, PathBuf};

use crate::environment;
use crate::failure::Failure;

/// The folder that was named, else the user's own.
pub(crate) fn find(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let variable = |name: &str| environment::variable(name).map(PathBuf::from);
    let own = || {
        if cfg!(windows) {
            return variable("LOCALAPPDATA");
        }
        if cfg!(target_os = "macos") {
            return variable("HOME").map(|home| home.join("Library/Application Support"));
        }
        variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")))
    };
    let found = named.map(Path::to_owned).or_else(|| own().map(|data| data.join("helseid")));
    found.ok_or_else(|| {
        let why = "neither XDG_DATA_HOME nor HOME is set";
        Failure::usage("there is no folder for the authority's data", why, "name one with --data-dir")
    })
}
