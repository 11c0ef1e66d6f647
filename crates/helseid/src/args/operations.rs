//! Arguments of the commands for whoever runs an authority.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use helseid_admin_api::{KeyPurpose, TraceOutcome};
use helseid_protocol::rule::Profile;
use url::Url;

use super::{ClientFlags, Registry};

/// `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorFlags {
    #[command(flatten)]
    pub(crate) client: ClientFlags,
    /// The API to call; by default the configuration's
    #[arg(value_name = "URL", conflicts_with = "url", value_parser = helseid_protocol::address::parse)]
    pub(crate) address: Option<Url>,
    /// The same, as a flag
    #[arg(long, visible_alias = "api", value_parser = helseid_protocol::address::parse)]
    pub(crate) url: Option<Url>,
    /// Check a login instead of the client's own token, as far as it goes without a browser
    #[arg(long, conflicts_with_all = ["address", "url"])]
    pub(crate) login: bool,
    /// With --login, the synthetic person who logs in, by short name, at a local authority
    #[arg(long, value_name = "SHORT_NAME", requires = "login")]
    pub(crate) person: Option<String>,
    /// With --login, the redirect URI of the application; by default that of helseid login
    #[arg(long, value_name = "URI", requires = "login")]
    pub(crate) redirect_uri: Option<String>,
    /// The profile that the assertion is checked against: helseid, helseid-next, legacy or fapi2
    #[arg(long, default_value = "helseid")]
    pub(crate) profile: Profile,
    /// Warn if a registered key expires within this many days
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) warn_days: u32,
    /// The local authority's data folder, to find the owner of a key in its registry
    #[arg(long, env = "HELSEID_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// `rotate`.
#[derive(Debug, Args)]
pub(crate) struct RotateFlags {
    /// Change nothing, and show what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) client: ClientFlags,
}

/// `trace`.
#[derive(Debug, Args)]
pub(crate) struct TraceFlags {
    /// The request to show: the end of error_uri, or of a line of the list
    #[arg(allow_hyphen_values = true)]
    pub(crate) id: Option<String>,
    /// Only requests of this client
    #[arg(long, value_name = "CLIENT_ID")]
    pub(crate) client: Option<String>,
    /// Only requests of this login, by the id in the list: its story, from the pushed request to the logout
    #[arg(long, value_name = "LOGIN")]
    pub(crate) login: Option<String>,
    /// Only requests that broke a rule
    #[arg(long, conflicts_with = "outcome")]
    pub(crate) failed: bool,
    /// Only requests with this outcome: granted, nonce_wanted, refused or unavailable
    #[arg(long)]
    pub(crate) outcome: Option<TraceOutcome>,
    /// The most requests to show
    #[arg(long, default_value = "20", value_name = "N")]
    pub(crate) limit: u32,
    /// Show new requests as they come, until Ctrl-C
    #[arg(long, conflicts_with = "id")]
    pub(crate) follow: bool,
    /// Also show the structured claims, which may be about patients
    #[arg(long, requires = "id")]
    pub(crate) details: bool,
    #[command(flatten)]
    pub(crate) registry: Registry,
}

/// `audit`.
#[derive(Debug, Args)]
pub(crate) struct AuditFlags {
    /// The most changes to show
    #[arg(long, default_value = "100", value_name = "N")]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) registry: Registry,
}

/// Access keys.
#[derive(Debug, Subcommand)]
pub(crate) enum AccessKeyCommand {
    /// Make a key and print it, this once
    #[command(after_help = "\
Examples:
  helseid access-key make test-tokens --name ci > key
  helseid access-key make client-drafts --name installer > key")]
    Make {
        /// What it gives access to: test-tokens (/v2, header X-Auth-Key) or client-drafts (/v1, header api-key)
        purpose: KeyPurpose,
        /// A name for people
        #[arg(long)]
        name: String,
        #[command(flatten)]
        registry: Registry,
    },
    /// List the keys, without their values
    #[command(after_help = "Example:\n  helseid access-key list")]
    List(Registry),
    /// Remove a key
    #[command(after_help = "Example:\n  helseid access-key remove 7")]
    Remove {
        /// The access key's id
        id: String,
        #[command(flatten)]
        registry: Registry,
    },
}
