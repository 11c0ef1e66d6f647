//! Arguments of `login`, `logout` and `whoami`, and of what is done for the person who is logged in.

use std::path::PathBuf;

use clap::Args;
use helseid_protocol::id::Audience;

use super::ClientFlags;

/// Where the login is kept.
#[derive(Debug, Default, Args)]
pub(crate) struct SessionPlace {
    /// The file that the login is kept in, readable only by its owner; by default helseid_session.json beside the configuration
    #[arg(long, env = "HELSEID_SESSION", value_name = "FILE")]
    pub(crate) session: Option<PathBuf>,
}

/// `logout` and `whoami`.
#[derive(Debug, Args)]
pub(crate) struct SessionFlags {
    #[command(flatten)]
    pub(crate) place: SessionPlace,
}

/// For whom a token is.
#[derive(Debug, Args)]
pub(crate) struct UserFlags {
    /// For the person who is logged in (helseid login), instead of the client itself; with --org-parent and --org-child on
    /// behalf of that organisation
    #[arg(long, conflicts_with = "token_cache")]
    pub(crate) user: bool,
    /// What the person attests for one patient: a file with the JSON structure nhn:tillitsrammeverk:parameters, or - for stdin.
    /// It is in this one token, which is not kept
    #[arg(long, value_name = "FILE", requires = "user")]
    pub(crate) attestation: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: SessionPlace,
}

/// `login`.
#[derive(Debug, Args)]
pub(crate) struct LoginCommandFlags {
    /// The synthetic person to log in without a browser, by short name, at a local authority: helseid person list
    #[arg(long, value_name = "SHORT_NAME", conflicts_with = "no_browser")]
    pub(crate) person: Option<String>,
    /// The lowest security level to accept: 3 or 4
    #[arg(long, value_parser = clap::value_parser!(u8).range(3..=4))]
    pub(crate) level: Option<u8>,
    /// The scopes to request, repeatable, or separated by spaces; by default the configuration's. Who it is, by name, and a
    /// refresh token are always requested
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// An API to get tokens for, repeatable; the first token is for the first
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) resource: Vec<Audience>,
    /// Open no browser, and show the address
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Keep the login of whoever logs in, without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) place: SessionPlace,
}

impl LoginCommandFlags {
    /// The scopes as a client's flags have them.
    pub(crate) fn client(&self) -> ClientFlags {
        ClientFlags { scope: self.scope.clone(), ..ClientFlags::default() }
    }
}
