//! Arguments of `token` and `call`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use http::Method;

/// What replaces the configuration's settings.
#[derive(Debug, Default, Args)]
pub(crate) struct ClientFlags {
    /// Whose tokens
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// Who asks
    #[arg(long)]
    pub(crate) client_id: Option<String>,
    /// Its private key
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// What is asked for; repeatable, or separated by spaces
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// The one API that the token is for
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) resource: Option<String>,
    /// For whom a multi-tenant client acts
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_parent: Option<String>,
    /// Which unit the client acts for
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_child: Option<String>,
}

/// Tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Get a token
    #[command(after_help = "\
Examples:
  helseid token get
  helseid token get --output json
  helseid token get --output curl --url http://localhost:5000/api/patients | sh

A token is bound to a key that ends with this command; header and curl therefore come with a proof, good for one call
within seconds.")]
    Get(GetFlags),
}

/// `token get`.
#[derive(Debug, Args)]
pub(crate) struct GetFlags {
    #[command(flatten)]
    pub(crate) client: ClientFlags,
    /// What is written: the token, the whole answer, header lines for curl -H @FILE, or a whole command
    #[arg(long, default_value = "token")]
    pub(crate) output: TokenOutput,
    /// The address that header and curl are for; the configuration's API unless given
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// The method that they are for
    #[arg(long, default_value = "GET")]
    pub(crate) method: Method,
}

/// What `token get` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenOutput {
    Token,
    Json,
    Header,
    Curl,
}

/// `call`.
#[derive(Debug, Args)]
pub(crate) struct CallFlags {
    /// The address; the configuration's API unless given
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) client: ClientFlags,
    /// The method; POST with --data, else GET
    #[arg(short = 'X', long)]
    pub(crate) request: Option<Method>,
    /// A header, as Name: value; repeatable
    #[arg(short = 'H', long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,
    /// The body: a text, @FILE, or - for stdin
    #[arg(short, long)]
    pub(crate) data: Option<String>,
    /// Write the status and headers, too
    #[arg(short, long)]
    pub(crate) include: bool,
    /// Write the body to a file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}
