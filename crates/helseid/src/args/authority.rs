//! Arguments of the servers.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::resource::Scheme;
use helseid_protocol::rule::Profile;

/// `authority`.
#[derive(Debug, Args)]
pub(crate) struct AuthorityFlags {
    /// Where to listen, repeatable; port 8480 on the IPv4 and IPv6 loopback unless given, port 0 is any free one
    #[arg(long, env = "HELSEID_AUTHORITY_LISTEN", value_delimiter = ',', value_name = "ADDRESS")]
    pub(crate) listen: Vec<SocketAddr>,
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
    /// How tokens are signed: RS256, PS256 or ES256
    #[arg(long, env = "HELSEID_AUTHORITY_ALG", default_value = "RS256")]
    pub(crate) alg: Algorithm,
    /// Clients, APIs and organisations to put into the registry at the start, in TOML
    #[arg(long, env = "HELSEID_AUTHORITY_SEED", value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// A command to run with HELSEID_ISSUER set; the authority ends with it, and with its exit code
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
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
}
