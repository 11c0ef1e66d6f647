//! Arguments of the sidecar.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// `sidecar`.
#[derive(Debug, Args)]
pub(crate) struct SidecarFlags {
    /// The address to listen on: of the loopback, or any with tls_cert in helseid.toml; port 0 means any free port. By default 127.0.0.1:8481
    #[arg(long, env = "HELSEID_SIDECAR_LISTEN", value_name = "ADDRESS", conflicts_with = "socket")]
    pub(crate) listen: Option<SocketAddr>,
    /// The Unix socket to listen on instead of an address
    #[arg(long, env = "HELSEID_SIDECAR_SOCKET", value_name = "FILE")]
    pub(crate) socket: Option<PathBuf>,
    /// An address where GET /health and GET /ready are answered, and nothing else, such as 0.0.0.0:8482 in a pod of Kubernetes
    #[arg(long, env = "HELSEID_SIDECAR_PROBE_LISTEN", value_name = "ADDRESS")]
    pub(crate) probe_listen: Option<SocketAddr>,
    /// The file with the key that callers send in the header X-HelseID-Key
    #[arg(long, env = "HELSEID_SIDECAR_KEY_FILE", value_name = "FILE", conflicts_with = "insecure_no_key")]
    pub(crate) shared_key_file: Option<PathBuf>,
    /// Serve any program that can reach the address, without a key
    #[arg(long, env = "HELSEID_SIDECAR_INSECURE_NO_KEY", value_parser = clap::builder::BoolishValueParser::new())]
    pub(crate) insecure_no_key: bool,
}
