//! Arguments of an authority that is one of several.

use std::path::PathBuf;

use clap::Args;

/// Where replicas keep what they share. All three belong together.
#[derive(Debug, Args)]
#[command(next_help_heading = "Replicas")]
pub(crate) struct ReplicaFlags {
    /// PostgreSQL for the registry: postgres://HOST/DATABASE. On another machine its certificate is verified; a private CA is
    /// named by ?sslrootcert=FILE. A URL with a password is given as HELSEID_AUTHORITY_STORE or in --store-file
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// A file with this URL
    #[arg(long, env = "HELSEID_AUTHORITY_STORE_FILE", value_name = "FILE", conflicts_with = "store")]
    pub(crate) store_file: Option<PathBuf>,
    /// Redis or Valkey for used assertions: rediss://HOST:PORT with TLS, where ?ca_file=FILE names a private CA, or redis://
    /// without. A URL with a password is given as HELSEID_AUTHORITY_EPHEMERAL or in --ephemeral-file
    #[arg(long, alias = "fleeting", value_name = "URL")]
    pub(crate) ephemeral: Option<String>,
    /// A file with this URL
    #[arg(
        long,
        alias = "fleeting-file",
        env = "HELSEID_AUTHORITY_EPHEMERAL_FILE",
        value_name = "FILE",
        conflicts_with = "ephemeral"
    )]
    pub(crate) ephemeral_file: Option<PathBuf>,
    /// The secret that all replicas share, made by helseid authority make-secret
    #[arg(long, env = "HELSEID_AUTHORITY_SECRET_FILE", value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
}
