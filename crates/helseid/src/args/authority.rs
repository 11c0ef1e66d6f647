//! Arguments of the servers.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Subcommand};
use helseid_authority::Network;
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::resource::Scheme;
use helseid_protocol::rule::Profile;

use super::{Registry, ReplicaFlags};

/// `authority`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct AuthorityFlags {
    /// Where to listen, repeatable; port 8480 on the IPv4 and IPv6 loopback unless given, port 0 is any free one
    #[arg(long, env = "HELSEID_AUTHORITY_LISTEN", value_delimiter = ',', value_name = "ADDRESS")]
    pub(crate) listen: Vec<SocketAddr>,
    /// Where the admin API and the pages listen, repeatable; beside the token endpoint unless given
    #[arg(long, env = "HELSEID_AUTHORITY_ADMIN_LISTEN", value_delimiter = ',', value_name = "ADDRESS")]
    pub(crate) admin_listen: Vec<SocketAddr>,
    /// Have no admin API and no pages
    #[arg(long, env = "HELSEID_AUTHORITY_NO_ADMIN", value_parser = BoolishValueParser::new(), conflicts_with = "admin_listen")]
    pub(crate) no_admin: bool,
    /// The authority's name; http://localhost:PORT unless given
    #[arg(long, env = "HELSEID_AUTHORITY_ISSUER", value_name = "URL")]
    pub(crate) issuer: Option<Issuer>,
    /// Where clients and keys are kept; the user's own data folder unless given
    #[arg(long, env = "HELSEID_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Keep nothing, wherever the data folder is
    #[arg(long)]
    pub(crate) in_memory: bool,
    /// The rules for clients that name no profile: helseid, helseid-next, legacy or fapi2
    #[arg(long, env = "HELSEID_AUTHORITY_PROFILE", default_value = "helseid")]
    pub(crate) profile: Profile,
    /// How tokens are signed: RS256 unless given, PS256 or ES256; with profile fapi2 PS256, ES256 or EdDSA, as the data
    /// folder's key or PS256 unless given
    #[arg(long, env = "HELSEID_AUTHORITY_ALG")]
    pub(crate) alg: Option<Algorithm>,
    /// Bits of a new RSA signing key: 2048, 3072 or 4096
    #[arg(long, env = "HELSEID_AUTHORITY_RSA_BITS", default_value_t = 3072, value_name = "BITS")]
    pub(crate) rsa_bits: u16,
    /// Clients, APIs and organisations to put into the registry at the start, in TOML
    #[arg(long, env = "HELSEID_AUTHORITY_SEED", value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// Only tell what the seed file would change, and end
    #[arg(long, requires = "seed")]
    pub(crate) dry_run: bool,
    /// Remove what an earlier seed file put there and this one does not name
    #[arg(long, requires = "seed")]
    pub(crate) prune: bool,
    /// Accept faults for single clients, to test them: PUT them to /admin/api/scenarios/CLIENT
    #[arg(long, alias = "enable-scenarios")]
    pub(crate) enable_faults: bool,
    /// How long a key is good that a client adds at the self-service API, in days
    #[arg(long, env = "HELSEID_AUTHORITY_SELF_SERVICE_KEY_DAYS", default_value = "90", value_name = "DAYS")]
    pub(crate) self_service_key_days: u32,
    /// Requests that one client, one access key, and one address may make in a second
    #[arg(long, env = "HELSEID_AUTHORITY_REQUESTS_PER_SECOND", value_name = "N")]
    pub(crate) requests_per_second: Option<u32>,
    /// The most connections at once, half of them of one address; 4096 unless given
    #[arg(long, env = "HELSEID_AUTHORITY_MAX_CONNECTIONS", value_name = "N")]
    pub(crate) max_connections: Option<usize>,
    /// A proxy that may have more than half of the connections, repeatable: an address, or a network such as 10.0.0.0/8
    #[arg(long, env = "HELSEID_AUTHORITY_TRUSTED_PROXY", value_delimiter = ',', value_name = "NETWORK")]
    pub(crate) trusted_proxy: Vec<Network>,
    /// Hold also the addresses of this machine to half of the connections
    #[arg(long, env = "HELSEID_AUTHORITY_LIMIT_LOOPBACK", value_parser = BoolishValueParser::new())]
    pub(crate) limit_loopback: bool,
    /// The most megabytes that the registry may take on the disk
    #[arg(long, env = "HELSEID_AUTHORITY_MAX_STORE_MB", value_name = "MB")]
    pub(crate) max_store_mb: Option<u32>,
    #[command(flatten)]
    pub(crate) replica: ReplicaFlags,
    #[command(subcommand)]
    pub(crate) maintenance: Option<Maintenance>,
    /// A command to run with HELSEID_ISSUER set; the authority ends with it, and with its exit code
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// What is done to an authority's data folder.
#[derive(Debug, Subcommand)]
pub(crate) enum Maintenance {
    /// Print a link that opens the admin pages in a browser, once and within ten minutes
    #[command(after_help = "\
Example:
  helseid authority sign-in")]
    SignIn {
        #[command(flatten)]
        registry: Registry,
    },
    /// Make a new signing key: published now, signing after --lead
    #[command(after_help = "\
Example:
  helseid authority rotate-keys --lead 600

The keys before it stay published until their last token has expired; then they move to
/connect/expiredjwks. An authority that runs is asked; of one that does not, the data folder is
opened.")]
    RotateKeys {
        /// How long it is published before it signs, in seconds
        #[arg(long, default_value = "0", value_name = "SECONDS")]
        lead: u32,
        /// Of an authority that does not run: how it will sign; as before unless given
        #[arg(long, env = "HELSEID_AUTHORITY_ALG")]
        alg: Option<Algorithm>,
        /// Of an authority that does not run: bits of the new key if it is RSA
        #[arg(long, env = "HELSEID_AUTHORITY_RSA_BITS", default_value_t = 3072, value_name = "BITS")]
        rsa_bits: u16,
        #[command(flatten)]
        registry: Registry,
    },
    /// Check what an authority would be started with
    #[command(subcommand)]
    Config(AuthorityConfig),
    /// Make the secret that replicas over one PostgreSQL and one Redis share
    #[command(after_help = "\
Example:
  helseid authority make-secret replicas.secret

It seals the signing keys in PostgreSQL; nonces and the admin token follow from it. All replicas
are given the same file. To change it, put a new line first, and leave the old one below until
every replica has both.")]
    MakeSecret {
        /// Where to; nothing may be there
        file: PathBuf,
    },
    /// Copy the registry into a file, also while the authority runs
    #[command(after_help = "\
Example:
  helseid authority backup helseid.backup

The file holds the signing keys: keep it as the data folder. To restore, put it into an empty data
folder as registry.sqlite.")]
    Backup {
        /// Where to; nothing may be there
        file: PathBuf,
        /// The authority's data folder
        #[arg(long, env = "HELSEID_DATA_DIR", value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
}

/// An authority's configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum AuthorityConfig {
    /// Check the flags, the environment and the seed file; starts and changes nothing
    #[command(after_help = "\
Examples:
  helseid authority config check
  helseid authority config check --listen 0.0.0.0:8480 --issuer https://helseid.example

Takes the flags of helseid authority, and reads HELSEID_AUTHORITY_* as it does. Ends with 1 or 2
if it would not start.")]
    Check {
        /// Flags of helseid authority
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS")]
        flags: Vec<OsString>,
    },
}

/// `sample-api`.
#[derive(Debug, Args)]
pub(crate) struct SampleApiFlags {
    /// Where to listen; port 0 is any free one
    #[arg(long, env = "HELSEID_API_LISTEN", default_value = "127.0.0.1:5000", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// Whose tokens are taken
    #[arg(long, env = "HELSEID_API_ISSUER", default_value = "http://localhost:8480", value_name = "URL")]
    pub(crate) issuer: String,
    /// The API's name
    #[arg(long, env = "HELSEID_API_AUDIENCE", default_value = "norsk-helsenett:python-sample-api")]
    pub(crate) audience: String,
    /// Which tokens are taken: dpop, bearer or transition (both)
    #[arg(long, env = "HELSEID_API_SCHEME", default_value = "dpop")]
    pub(crate) scheme: Scheme,
    /// The profile that the API is held to: algorithms follow it, and fapi2 takes no unbound tokens
    #[arg(long, env = "HELSEID_API_PROFILE", default_value = "helseid")]
    pub(crate) profile: Profile,
    /// The address that callers use, repeatable, such as http://api:5000; a loopback address unless given. By http and off
    /// loopback, --insecure-http must name its host
    #[arg(long, env = "HELSEID_API_PUBLIC_URL", value_delimiter = ',', value_name = "URL")]
    pub(crate) public_url: Vec<String>,
}
