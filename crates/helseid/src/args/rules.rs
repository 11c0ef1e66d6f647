//! Arguments of `rules`, `jws` and `proof`: what explains and verifies without a server.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use helseid_protocol::rule::Profile;
use http::Method;

/// `rules`.
#[derive(Debug, Args)]
pub(crate) struct RulesFlags {
    /// A rule, such as assertion.aud, or a family, such as assertion; by default all
    pub(crate) id: Option<String>,
    /// Also show how this profile applies them
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<Profile>,
}

/// Signatures.
#[derive(Debug, Subcommand)]
pub(crate) enum JwsCommand {
    /// Verify compact JWSs from stdin, one per line
    #[command(after_help = "\
Example:
  helseid token get | helseid jws verify --jwks issuer_jwks.json

Prints a line for each: valid, or invalid: and the reason. Only the signature is checked, not the
content; a key with an alg verifies that algorithm alone. Exits with 3 if one of them is not valid.")]
    Verify(JwsVerifyFlags),
}

/// `jws verify`.
#[derive(Debug, Args)]
pub(crate) struct JwsVerifyFlags {
    /// The public keys, as a JWK Set
    #[arg(long, value_name = "FILE")]
    pub(crate) jwks: PathBuf,
}

/// DPoP proofs.
#[derive(Debug, Subcommand)]
pub(crate) enum ProofCommand {
    /// Make a proof for one request
    #[command(after_help = "\
Examples:
  helseid proof make --key dpop_private.json --url https://api.example/patients --token-file token.txt
  helseid proof make --key dpop_private.json --method POST --url http://localhost:8480/connect/token

A token is bound to the key of the proof that it was requested with: only a proof by the same key
works with it.")]
    Make(ProofMakeFlags),
    /// Check a proof from stdin against a request, check by check
    #[command(after_help = "\
Example:
  helseid proof verify --url https://api.example/patients --token-file token.txt < proof.txt

Prints the result of each check of RFC 9449 section 4.3, and exits with 3 if one failed. Only the
server knows whether it issued the nonce and whether the proof was used before.")]
    Verify(ProofVerifyFlags),
}

/// The request that a proof is for.
#[derive(Debug, Args)]
pub(crate) struct ProofOf {
    /// The request's address
    #[arg(long)]
    pub(crate) url: String,
    /// The request's method
    #[arg(long, default_value = "GET")]
    pub(crate) method: Method,
    /// A file with the access token of the request; - is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

/// `proof make`.
#[derive(Debug, Args)]
pub(crate) struct ProofMakeFlags {
    #[command(flatten)]
    pub(crate) request: ProofOf,
    /// The private key to prove possession of
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The nonce of the server's DPoP-Nonce header
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) nonce: Option<String>,
}

/// `proof verify`.
#[derive(Debug, Args)]
pub(crate) struct ProofVerifyFlags {
    #[command(flatten)]
    pub(crate) request: ProofOf,
    /// The profile whose algorithms are accepted: helseid or fapi2
    #[arg(long, default_value = "helseid")]
    pub(crate) profile: Profile,
    /// The time at which to check the proof's age, in seconds since 1970; by default now
    #[arg(long, value_name = "SECONDS")]
    pub(crate) at: Option<i64>,
}
