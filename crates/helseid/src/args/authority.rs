//! Arguments of the servers.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Subcommand};
use helseid_authority::{InsecureHost, Network};
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::resource::Scheme;
use helseid_protocol::rule::Profile;

use super::{ApiTlsFlags, Registry, ReplicaFlags, TlsFlags};

/// `authority`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct AuthorityFlags {
    /// The address to listen on, repeatable; by default port 8480 on the IPv4 and IPv6 loopback. Port 0 means any free port
    #[arg(long, env = "HELSEID_AUTHORITY_LISTEN", value_delimiter = ',', value_name = "ADDRESS")]
    pub(crate) listen: Vec<SocketAddr>,
    /// The address of the admin API and the admin pages, repeatable; by default that of the token endpoint
    #[arg(long, env = "HELSEID_AUTHORITY_ADMIN_LISTEN", value_delimiter = ',', value_name = "ADDRESS")]
    pub(crate) admin_listen: Vec<SocketAddr>,
    /// Turn off the admin API and the admin pages
    #[arg(long, env = "HELSEID_AUTHORITY_NO_ADMIN", value_parser = BoolishValueParser::new(), conflicts_with = "admin_listen")]
    pub(crate) no_admin: bool,
    /// The issuer; by default http://localhost:PORT, or https://localhost:PORT with HTTPS
    #[arg(long, env = "HELSEID_AUTHORITY_ISSUER", value_name = "URL")]
    pub(crate) issuer: Option<Issuer>,
    /// The folder for clients and keys; by default the user's data folder
    #[arg(long, env = "HELSEID_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Store nothing, even if a data folder is set
    #[arg(long)]
    pub(crate) in_memory: bool,
    /// The profile of clients that are registered without one: helseid, helseid-next, legacy or fapi2
    #[arg(long, env = "HELSEID_AUTHORITY_PROFILE", default_value = "helseid")]
    pub(crate) profile: Profile,
    /// The algorithm that tokens are signed with: RS256 (the default), PS256 or ES256; with profile fapi2 PS256, ES256 or
    /// EdDSA, by default that of the data folder's key, or PS256
    #[arg(long, env = "HELSEID_AUTHORITY_ALG")]
    pub(crate) alg: Option<Algorithm>,
    /// The size of a new RSA signing key in bits: 2048, 3072 or 4096
    #[arg(long, env = "HELSEID_AUTHORITY_RSA_BITS", default_value_t = 3072, value_name = "BITS")]
    pub(crate) rsa_bits: u16,
    /// A TOML file with clients, APIs and organisations to put into the registry at startup
    #[arg(long, env = "HELSEID_AUTHORITY_SEED", value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// Only show what the seed file would change, and exit
    #[arg(long, requires = "seed")]
    pub(crate) dry_run: bool,
    /// Remove entries that an earlier seed file added and this one does not have
    #[arg(long, requires = "seed")]
    pub(crate) prune: bool,
    /// Accept faults for single clients, to test them: PUT them to /admin/api/faults/CLIENT
    #[arg(long, alias = "enable-scenarios")]
    pub(crate) enable_faults: bool,
    /// Accept persons' numbers with 40 added to the month, too. The help numbers that hospitals give real patients look the same
    #[arg(long, env = "HELSEID_AUTHORITY_ALLOW_PLUS_40_NUMBERS", value_parser = BoolishValueParser::new())]
    pub(crate) allow_plus_40_numbers: bool,
    /// The one host off loopback that clients may register addresses of with http, NAME or NAME:PORT, as between containers; anyone
    /// on the network path can read what is sent there
    #[arg(long, env = "HELSEID_AUTHORITY_INSECURE_REDIRECT_HOST", value_name = "HOST")]
    pub(crate) insecure_redirect_host: Option<InsecureHost>,
    /// The host of an issuer off loopback at which people may log in; whoever picks a person there is logged in as that person
    #[arg(long, env = "HELSEID_AUTHORITY_TEST_LOGIN_AT", value_name = "HOST")]
    pub(crate) test_login_at: Option<String>,
    /// The lifetime of a key that a client adds at the self-service API, in days
    #[arg(long, env = "HELSEID_AUTHORITY_SELF_SERVICE_KEY_DAYS", default_value = "90", value_name = "DAYS")]
    pub(crate) self_service_key_days: u32,
    /// How often a token may be exchanged, one API after the other: 0 to 10
    #[arg(long, env = "HELSEID_AUTHORITY_MAX_EXCHANGES", default_value = "3", value_name = "N", value_parser = clap::value_parser!(u8).range(..=10))]
    pub(crate) max_exchanges: u8,
    /// The most requests per second of one client, one access key or one address
    #[arg(long, env = "HELSEID_AUTHORITY_REQUESTS_PER_SECOND", value_name = "N")]
    pub(crate) requests_per_second: Option<u32>,
    /// The most connections at once, of which one address may have half; by default 4096
    #[arg(long, env = "HELSEID_AUTHORITY_MAX_CONNECTIONS", value_name = "N")]
    pub(crate) max_connections: Option<usize>,
    /// A proxy that may have more than half of the connections, repeatable: an address, or a network such as 10.0.0.0/8
    #[arg(long, env = "HELSEID_AUTHORITY_TRUSTED_PROXY", value_delimiter = ',', value_name = "NETWORK")]
    pub(crate) trusted_proxy: Vec<Network>,
    /// Also limit the addresses of this machine to half of the connections
    #[arg(long, env = "HELSEID_AUTHORITY_LIMIT_LOOPBACK", value_parser = BoolishValueParser::new())]
    pub(crate) limit_loopback: bool,
    /// The maximum size of the registry on disk, in megabytes
    #[arg(long, env = "HELSEID_AUTHORITY_MAX_STORE_MB", value_name = "MB")]
    pub(crate) max_store_mb: Option<u32>,
    #[command(flatten)]
    pub(crate) tls: TlsFlags,
    #[command(flatten)]
    pub(crate) replica: ReplicaFlags,
    #[command(subcommand)]
    pub(crate) maintenance: Option<Maintenance>,
    /// A command to run with HELSEID_ISSUER set; the authority stops when it ends, and exits with its exit code
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// What is done to an authority's data folder.
#[derive(Debug, Subcommand)]
pub(crate) enum Maintenance {
    /// Print a link that opens the admin pages in a browser once, within ten minutes
    #[command(after_help = "\
Example:
  helseid authority sign-in")]
    SignIn {
        #[command(flatten)]
        registry: Registry,
    },
    /// Make a new signing key, which is published now and signs after --lead
    #[command(after_help = "\
Example:
  helseid authority rotate-keys --lead 600

Earlier keys stay published until their last token has expired, and then move to
/connect/expiredjwks. A running authority makes the key itself; if it is not running, its data
folder is opened.")]
    RotateKeys {
        /// How long the new key is published before it signs, in seconds
        #[arg(long, default_value = "0", value_name = "SECONDS")]
        lead: u32,
        /// The algorithm of the new key, if the authority is not running; by default as before
        #[arg(long, env = "HELSEID_AUTHORITY_ALG")]
        alg: Option<Algorithm>,
        /// The size of a new RSA key in bits, if the authority is not running
        #[arg(long, env = "HELSEID_AUTHORITY_RSA_BITS", default_value_t = 3072, value_name = "BITS")]
        rsa_bits: u16,
        #[command(flatten)]
        registry: Registry,
    },
    /// Check the configuration of an authority
    #[command(subcommand)]
    Config(AuthorityConfig),
    /// Generate the secret that replicas with one PostgreSQL and one Redis share
    #[command(after_help = "\
Example:
  helseid authority make-secret replicas.secret

It encrypts the signing keys in PostgreSQL; nonces and the admin token are derived from it. Give
all replicas the same file. To change it, add a new first line, and keep the old one below it until
every replica has both.")]
    MakeSecret {
        /// The file to write, which must not exist
        file: PathBuf,
    },
    /// Copy the registry to a file, even while the authority is running
    #[command(after_help = "\
Example:
  helseid authority backup helseid.backup

The file contains the signing keys: protect it like the data folder. To restore it, put it into an
empty data folder as registry.sqlite.")]
    Backup {
        /// The file to write, which must not exist
        file: PathBuf,
        /// The authority's data folder
        #[arg(long, env = "HELSEID_DATA_DIR", value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
}

/// An authority's configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum AuthorityConfig {
    /// Check the flags, the environment and the seed file, without starting or changing anything
    #[command(after_help = "\
Examples:
  helseid authority config check
  helseid authority config check --listen 0.0.0.0:8480 --issuer https://helseid.example

Takes the flags of helseid authority, and reads HELSEID_AUTHORITY_* as it does. Exits with 1 or 2
if the authority would not start.")]
    Check {
        /// Flags of helseid authority
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS")]
        flags: Vec<OsString>,
    },
}

/// `sample-api`.
#[derive(Debug, Args)]
pub(crate) struct SampleApiFlags {
    /// The address to listen on; port 0 means any free port
    #[arg(long, env = "HELSEID_API_LISTEN", default_value = "127.0.0.1:5000", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// The issuer whose tokens are accepted
    #[arg(long, env = "HELSEID_API_ISSUER", default_value = "http://localhost:8480", value_name = "URL")]
    pub(crate) issuer: String,
    /// The API's audience
    #[arg(long, env = "HELSEID_API_AUDIENCE", default_value = "norsk-helsenett:python-sample-api")]
    pub(crate) audience: String,
    /// Which tokens are accepted: dpop, bearer or transition (both)
    #[arg(long, env = "HELSEID_API_SCHEME", default_value = "dpop")]
    pub(crate) scheme: Scheme,
    /// The API's profile, which decides the algorithms; with fapi2, unbound tokens are refused
    #[arg(long, env = "HELSEID_API_PROFILE", default_value = "helseid")]
    pub(crate) profile: Profile,
    /// The address that callers use, repeatable, such as http://api:5000; by default a loopback address. If it is http and
    /// not loopback, --insecure-http must name its host
    #[arg(long, env = "HELSEID_API_PUBLIC_URL", value_delimiter = ',', value_name = "URL")]
    pub(crate) public_url: Vec<String>,
    #[command(flatten)]
    pub(crate) tls: ApiTlsFlags,
}
