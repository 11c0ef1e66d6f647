//! Arguments of `config`, `completions` and `man`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

use super::ClientFlags;

/// The configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every setting in force, and whether a flag, the environment or a file says it; no secret
    #[command(
        after_help = "Examples:\n  helseid config show\n  helseid config show --account second --format json"
    )]
    Show(Box<ClientFlags>),
    /// Check the configuration and the key; asks nobody
    #[command(after_help = "\
Example:
  helseid config check --config production.toml

Ends with 1 if a setting is missing or wrong, or the key cannot be used. helseid doctor also asks
the issuer.")]
    Check(Box<ClientFlags>),
}

/// `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsFlags {
    /// For which shell
    pub(crate) shell: Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub(crate) struct ManFlags {
    /// The command whose page it is, such as token get; all of it unless given
    pub(crate) command: Vec<String>,
    /// Write every page into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) out: Option<PathBuf>,
}
