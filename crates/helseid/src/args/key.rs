//! Arguments of `key`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use helseid_protocol::jose::Algorithm;

use super::ClientFlags;

/// Keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Generate a key pair
    #[command(after_help = "\
Examples:
  helseid key generate --out m2m
  helseid key generate --alg ES256 --kid thumbprint --out m2m --jwks

Writes NAME_private.json, which only its owner can read, and NAME_public.json. Without --out, the
private key is written to stdout. Never use a key from a sample: generate your own.")]
    Generate(GenerateFlags),
    /// Print the public half of a key as a JWK
    #[command(after_help = "Example:\n  helseid key public m2m_private.json > m2m_public.json")]
    Public(KeyFile),
    /// Print the RFC 7638 thumbprint of a key
    #[command(after_help = "Example:\n  helseid key thumbprint m2m_public.json")]
    Thumbprint(KeyFile),
    /// Convert a key to another format
    #[command(after_help = "\
Examples:
  helseid key convert client.p12 --to jwk --out m2m_private.json
  helseid key convert m2m_private.json --to pem --out m2m.pem
  helseid key convert certificate.pem --to public-jwk
  helseid key convert keystore.p12 --alias m2m --to jwk --out m2m_private.json

HELSEID_KEY_PASSWORD decrypts PKCS#12 and encrypted PEM, and encrypts PKCS#12 that is written.
Numbers that are not encoded as RFC 7518 says (a sign byte, short coordinates, padding) are
corrected, with a note on stderr.")]
    Convert(Convert),
    /// Show when a key expires: the configured one at the authority, or one in a file; for monitoring
    #[command(after_help = "\
Examples:
  helseid key expiry --warn-days 30            the configured client's key, as the authority has it
  helseid key expiry client.p12 --warn-days 30

HelseID accepts a key until its registration expires, and tells clients with the scope
nhn:selvbetjening/client when that is. For a file, the expiry of the certificate and the exp of the
JWK are shown, which HelseID ignores. Exits with 0 if the key is valid for longer than --warn-days,
with 3 if it expires within them or has expired, and with 1 if that is not known.")]
    Expiry(Box<ExpiryFlags>),
}

/// `key expiry`.
#[derive(Debug, Args)]
pub(crate) struct ExpiryFlags {
    /// JWK, JWK Set, PEM, DER, PKCS#12 or certificate; - is stdin; by default the authority is asked
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) alias: KeyAlias,
    #[command(flatten)]
    pub(crate) client: ClientFlags,
    /// Exit with 3 if the key expires within this many days
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) warn_days: u32,
}

/// `key generate`.
#[derive(Debug, Args)]
pub(crate) struct GenerateFlags {
    /// RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or ES512
    #[arg(long, default_value = "PS256")]
    pub(crate) alg: Algorithm,
    /// The size of an RSA key in bits: 2048, 3072 or 4096
    #[arg(long, default_value_t = 4096)]
    pub(crate) size: u16,
    /// The key id: any text, or thumbprint
    #[arg(long, default_value = "thumbprint", value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) kid: String,
    /// The prefix of the file names
    #[arg(long, value_name = "NAME")]
    pub(crate) out: Option<PathBuf>,
    /// Also write NAME_jwks.json, a JWK Set with the public key
    #[arg(long, requires = "out")]
    pub(crate) jwks: bool,
    /// Replace existing files
    #[arg(long)]
    pub(crate) force: bool,
}

/// A file with a key.
#[derive(Debug, Args)]
pub(crate) struct KeyFile {
    /// JWK, JWK Set, PEM, DER, PKCS#12, certificate, XML or NHN's configuration file; - is stdin
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) alias: KeyAlias,
}

/// Which key of a file.
#[derive(Debug, Args)]
pub(crate) struct KeyAlias {
    /// Which key to use, if the file holds several: the alias in PKCS#12, the kid in a JWK Set; by default
    /// HELSEID_KEY_ALIAS
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) alias: Option<String>,
}

/// `key convert`.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    #[command(flatten)]
    pub(crate) from: KeyFile,
    /// The format to write
    #[arg(long)]
    pub(crate) to: KeyFormat,
    /// The file to write; by default stdout. Required for PKCS#12
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// What a key can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyFormat {
    /// A private JWK
    Jwk,
    /// A public JWK
    PublicJwk,
    /// A JWK Set with the public key
    Jwks,
    /// A private key in PKCS#8, as PEM
    Pem,
    /// A private key in PKCS#1 or SEC1, as PEM
    TraditionalPem,
    /// A public key, as PEM
    PublicPem,
    /// PKCS#12 with a self-signed certificate
    P12,
    /// XML RSAKeyValue
    Xml,
}
