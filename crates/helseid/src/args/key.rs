//! Arguments of `key`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use helseid_protocol::jose::Algorithm;

use super::ClientFlags;

/// Keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key pair
    #[command(after_help = "\
Examples:
  helseid key generate --out m2m
  helseid key generate --alg ES256 --kid thumbprint --out m2m --jwks

Writes NAME_private.json, which its owner alone can read, and NAME_public.json. Without --out the
private key goes to stdout. Never use a key from a sample: make your own.")]
    Generate(GenerateFlags),
    /// Write the public half of a key, as a JWK
    #[command(after_help = "Example:\n  helseid key public m2m_private.json > m2m_public.json")]
    Public(KeyFile),
    /// Write the RFC 7638 thumbprint of a key
    #[command(after_help = "Example:\n  helseid key thumbprint m2m_public.json")]
    Thumbprint(KeyFile),
    /// Write a key in another format
    #[command(after_help = "\
Examples:
  helseid key convert client.p12 --to jwk --out m2m_private.json
  helseid key convert m2m_private.json --to pem --out m2m.pem
  helseid key convert certificate.pem --to public-jwk
  helseid key convert keystore.p12 --alias m2m --to jwk --out m2m_private.json

HELSEID_KEY_PASSWORD opens PKCS#12 and encrypted PEM, and protects PKCS#12 that is written. Numbers
that are not in the form of RFC 7518 (a sign byte, short coordinates, padding) are corrected, with
a note on stderr.")]
    Convert(Convert),
    /// Tell when a key ends: the configured one at the authority, or one in a file; for monitors
    #[command(after_help = "\
Examples:
  helseid key expiry --warn-days 30            the configured client's key, as the authority has it
  helseid key expiry client.p12 --warn-days 30

HelseID takes a key until its registration ends; it tells that to clients with the scope
nhn:selvbetjening/client. Of a file, the certificate and the JWK's exp are looked at, which
HelseID does not do. Ends with 0 if the key holds for longer than the days that are given, with 3
if it ends within them or has ended, and with 1 if that cannot be told.")]
    Expiry(Box<ExpiryFlags>),
}

/// `key expiry`.
#[derive(Debug, Args)]
pub(crate) struct ExpiryFlags {
    /// JWK, JWK Set, PEM, DER, PKCS#12 or certificate; - is stdin; the authority is asked unless given
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) alias: KeyAlias,
    #[command(flatten)]
    pub(crate) client: ClientFlags,
    /// How many days ahead it counts as soon
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) warn_days: u32,
}

/// `key generate`.
#[derive(Debug, Args)]
pub(crate) struct GenerateFlags {
    /// RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or ES512
    #[arg(long, default_value = "PS256")]
    pub(crate) alg: Algorithm,
    /// Bits of an RSA key: 2048, 3072 or 4096
    #[arg(long, default_value_t = 4096)]
    pub(crate) size: u16,
    /// The key's name: any text, or thumbprint
    #[arg(long, default_value = "thumbprint", value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) kid: String,
    /// The beginning of the files' names
    #[arg(long, value_name = "NAME")]
    pub(crate) out: Option<PathBuf>,
    /// Also write NAME_jwks.json, a JWK Set with the public key
    #[arg(long, requires = "out")]
    pub(crate) jwks: bool,
    /// Replace files that are there
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
    /// Which key is meant, if the file holds several: the alias in PKCS#12, the kid in a JWK Set;
    /// HELSEID_KEY_ALIAS unless given
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
    /// Where to write; stdout unless given. Required for PKCS#12
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace a file that is there
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
