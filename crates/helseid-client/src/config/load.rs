//! Loads the configuration from a file and the environment.

use std::path::Path;

use super::values::Config;
use crate::error::Error;
use crate::settings::Settings;

/// The default name of the configuration file.
pub const DEFAULT_FILE: &str = "helseid.toml";

impl Config {
    /// Reads the file that `HELSEID_CONFIG` names, or `helseid.toml` in the current folder, as [`Config::read`] does. If neither
    /// exists, the environment alone must hold the configuration.
    pub fn load() -> Result<Self, Error> {
        Self::load_with(variable)
    }

    /// Reads `helseid.toml`, or a configuration file downloaded from NHN. `HELSEID_*` variables take precedence over the file,
    /// and `HELSEID_ACCOUNT` selects one of its accounts.
    pub fn read(file: impl AsRef<Path>) -> Result<Self, Error> {
        Self::read_with(file.as_ref(), variable)
    }

    pub(super) fn load_with(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        match variable("HELSEID_CONFIG") {
            Some(file) => Self::read_with(Path::new(file.trim()), variable),
            None if Path::new(DEFAULT_FILE).exists() => Self::read_with(Path::new(DEFAULT_FILE), variable),
            None => Settings::from_environment(variable).finish(),
        }
    }

    pub(super) fn read_with(file: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let account = variable("HELSEID_ACCOUNT");
        let file = Settings::read(file, account.as_deref().map(str::trim))?;
        Settings::from_environment(variable).or(file).finish()
    }
}

/// A variable of the environment; a blank one counts as not set.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}
