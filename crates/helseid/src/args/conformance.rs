//! Arguments of `conformance`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::Scope;

/// `conformance`.
#[derive(Debug, Args)]
pub(crate) struct ConformanceFlags {
    /// What the client is held to: helseid, helseid-next, legacy or fapi2
    #[arg(long, default_value = "helseid")]
    pub(crate) profile: Profile,
    /// The client's key, either half, told in HELSEID_CLIENT_JWK_FILE; a new one unless given or at --authority
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// How a new key signs
    #[arg(long, default_value = "PS256", conflicts_with_all = ["key", "authority"])]
    pub(crate) alg: Algorithm,
    /// The client's id, told in HELSEID_CLIENT_ID; a new one unless given or at --authority
    #[arg(long)]
    pub(crate) client_id: Option<ClientId>,
    /// What the client asks for, told in HELSEID_SCOPE; norsk-helsenett:python-sample-api/read unless given or at --authority.
    /// Scopes of APIs that are not known get an API of their own
    #[arg(long)]
    pub(crate) scope: Vec<Scope>,
    /// An authority that runs, with the client registered there; one for the command alone unless given
    #[arg(long, value_name = "URL")]
    pub(crate) authority: Option<String>,
    /// That authority's data folder, with its admin token
    #[arg(long, env = "HELSEID_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The client: a command that asks HELSEID_ISSUER for tokens
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}
