//! Arguments of `conformance`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::Scope;

use super::{LoginFlags, SessionApiFlags};

/// `conformance`.
#[derive(Debug, Args)]
pub(crate) struct ConformanceFlags {
    /// The profile that the client is held to: helseid, helseid-next, legacy or fapi2
    #[arg(long, default_value = "helseid")]
    pub(crate) profile: Profile,
    /// The client's private or public key, passed in HELSEID_CLIENT_JWK_FILE; by default a new one, but none with --authority
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The algorithm of a new key
    #[arg(long, default_value = "PS256", conflicts_with_all = ["key", "authority"])]
    pub(crate) alg: Algorithm,
    /// The client's id, passed in HELSEID_CLIENT_ID; by default a new one, but none with --authority
    #[arg(long)]
    pub(crate) client_id: Option<ClientId>,
    /// The scopes that the client requests, passed in HELSEID_SCOPE; by default norsk-helsenett:python-sample-api/read, with
    /// --redirect-uri also openid, profile and offline_access, but none with --authority. A scope of an unknown API adds that API
    #[arg(long)]
    pub(crate) scope: Vec<Scope>,
    #[command(flatten)]
    pub(crate) login: LoginFlags,
    #[command(flatten)]
    pub(crate) api: SessionApiFlags,
    /// A running authority with the client registered; by default one only for this command
    #[arg(long, value_name = "URL")]
    pub(crate) authority: Option<String>,
    /// That authority's data folder, with its admin token
    #[arg(long, env = "HELSEID_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The client: a command that requests tokens from HELSEID_ISSUER, or logs people in there. Ctrl-C ends it, and the report follows
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}
