//! Arguments of `config`, `completions` and `man`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

use super::ClientFlags;

/// The configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every setting in effect, and whether it comes from a flag, the environment or a file; no secrets
    #[command(
        after_help = "Examples:\n  helseid config show\n  helseid config show --account second --format json"
    )]
    Show(Box<ClientFlags>),
    /// Check the configuration and the key, offline
    #[command(after_help = "\
Example:
  helseid config check --config production.toml

Exits with 1 if a setting is missing or wrong, or the key cannot be used. helseid doctor also asks
the issuer.")]
    Check(Box<ClientFlags>),
}

/// `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsFlags {
    /// The shell
    pub(crate) shell: Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub(crate) struct ManFlags {
    /// The command to print the page of, such as token get; by default helseid
    pub(crate) command: Vec<String>,
    /// Write every page into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) out: Option<PathBuf>,
}
