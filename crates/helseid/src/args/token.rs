//! Arguments of `token` and `call`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use helseid_client::Environment;
use helseid_protocol::id::{Audience, Issuer};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::Scope;
use http::Method;
use url::Url;

/// What replaces the configuration's settings.
#[derive(Debug, Default, Args)]
pub(crate) struct ClientFlags {
    /// Whose tokens
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// Whose tokens, by name
    #[arg(long, value_enum, conflicts_with = "issuer")]
    pub(crate) environment: Option<KnownEnvironment>,
    /// Who asks
    #[arg(long)]
    pub(crate) client_id: Option<String>,
    /// Its private key
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// What is asked for; repeatable, or separated by spaces
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// The one API that the token is for
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) resource: Option<String>,
    /// For whom a multi-tenant client acts
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_parent: Option<String>,
    /// Which unit the client acts for
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_child: Option<String>,
    /// Keep tokens between calls in this file, for its owner alone; not kept unless given
    #[arg(long, env = "HELSEID_TOKEN_CACHE", value_name = "FILE")]
    pub(crate) token_cache: Option<PathBuf>,
}

/// Issuers with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KnownEnvironment {
    /// http://localhost:8480
    Local,
    /// HelseID's test environment
    Test,
    /// HelseID itself
    Production,
}

impl From<KnownEnvironment> for Environment {
    fn from(known: KnownEnvironment) -> Self {
        match known {
            KnownEnvironment::Local => Self::Local,
            KnownEnvironment::Test => Self::Test,
            KnownEnvironment::Production => Self::Production,
        }
    }
}

/// Tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Get a token
    #[command(after_help = "\
Examples:
  helseid token get
  helseid token get --output json
  helseid token get --output curl --url http://localhost:5000/api/patients | sh

A token is bound to a key that ends with this command; header and curl therefore come with a
proof, good for one call within seconds.")]
    Get(GetFlags),
    /// Explain a token, a proof or an assertion, claim by claim; asks nobody
    #[command(after_help = "\
Examples:
  helseid token get | helseid token inspect
  helseid token inspect request.txt
  curl -v https://api.example/ 2>&1 | helseid token inspect

Reads a JWT alone, header lines, an answer in JSON, or a whole HTTP dump, and says what is missing
or odd by rule. Looks at no signature but a proof's own: see helseid token verify. Ends with 3 if
something is odd.")]
    Inspect(InspectFlags),
    /// Verify a token as an API does: signature, issuer, API, times, scopes
    #[command(after_help = "\
Examples:
  helseid token get | helseid token verify
  helseid token verify token.txt --issuer https://helseid-sts.test.nhn.no --audience nhn:kjernejournal
  helseid token verify token.txt --jwks issuer_jwks.json --scope nhn:kjernejournal/read

Ends with 3 if a rule does not hold. Whether the token's sender has its key is checked with a
proof: helseid proof verify.")]
    Verify(VerifyFlags),
}

/// `token inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectFlags {
    /// A file with it; stdin unless given
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
}

/// `token verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyFlags {
    /// A file with the token; stdin unless given
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    /// Whose token it must be; the configuration's unless given
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<Issuer>,
    /// The issuer's public keys, in place of those that it publishes
    #[arg(long, value_name = "FILE")]
    pub(crate) jwks: Option<PathBuf>,
    /// The API that it must be for; the one that it names unless given
    #[arg(long)]
    pub(crate) audience: Option<Audience>,
    /// The profile whose algorithms are taken: helseid or fapi2
    #[arg(long, default_value = "helseid")]
    pub(crate) profile: Profile,
    /// A scope that it must have; repeatable
    #[arg(long)]
    pub(crate) scope: Vec<Scope>,
    /// Judge its times as of this point, in seconds since 1970; now unless given
    #[arg(long, value_name = "SECONDS")]
    pub(crate) at: Option<i64>,
}

/// `token get`.
#[derive(Debug, Args)]
pub(crate) struct GetFlags {
    #[command(flatten)]
    pub(crate) client: ClientFlags,
    /// What is written: the token, the whole answer, header lines for curl -H @FILE, or a whole command
    #[arg(long, default_value = "token")]
    pub(crate) output: TokenOutput,
    /// The address that header and curl are for; the configuration's API unless given
    #[arg(long, value_parser = helseid_protocol::address::parse)]
    pub(crate) url: Option<Url>,
    /// The method that they are for
    #[arg(long, default_value = "GET")]
    pub(crate) method: Method,
}

/// What `token get` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenOutput {
    Token,
    Json,
    Header,
    Curl,
}

/// `call`.
#[derive(Debug, Args)]
pub(crate) struct CallFlags {
    /// The address; the configuration's API unless given
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) client: ClientFlags,
    /// The method; POST with --data, else GET
    #[arg(short = 'X', long)]
    pub(crate) request: Option<Method>,
    /// A header, as Name: value; repeatable
    #[arg(short = 'H', long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,
    /// The body: a text, @FILE, or - for stdin
    #[arg(short, long)]
    pub(crate) data: Option<String>,
    /// Write the status and headers, too
    #[arg(short, long)]
    pub(crate) include: bool,
    /// Write the body to a file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// How the token is asked for and sent; bearer only with a client of profile legacy
    #[arg(long, value_enum, default_value_t = CallScheme::Dpop)]
    pub(crate) scheme: CallScheme,
}

/// How `call` sends its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CallScheme {
    /// Bound to a key, with a proof
    Dpop,
    /// Bound to no key: whoever reads the token can use it
    Bearer,
}
