//! Arguments of `check-api`.

use std::path::PathBuf;

use clap::Args;
use url::Url;

use super::ClientFlags;

/// `check-api`.
#[derive(Debug, Args)]
pub(crate) struct CheckApiFlags {
    /// The address to call with GET; it answers a valid call with 2xx
    #[arg(value_name = "URL", value_parser = helseid_protocol::address::parse)]
    pub(crate) url: Url,
    /// The URL's host, NAME or NAME:PORT: needed unless it is this machine's loopback, so that nobody is sent broken requests by
    /// mistake
    #[arg(long, value_name = "HOST")]
    pub(crate) at: Option<String>,
    /// A file with a key of the test token service: tokens that the issuer itself makes wrong are sent, too
    #[arg(long, value_name = "FILE")]
    pub(crate) access_key_file: Option<PathBuf>,
    /// Call for a person of the test token service instead of only the client: for an API that requires a person
    #[arg(long, requires = "access_key_file")]
    pub(crate) test_person: bool,
    /// The test token service; by default that of the issuer
    #[arg(long, value_name = "URL", requires = "access_key_file", value_parser = helseid_protocol::address::parse)]
    pub(crate) test_service: Option<Url>,
    #[command(flatten)]
    pub(crate) client: ClientFlags,
}
