//! Arguments of `token` and `call`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use helseid_client::Environment;
use helseid_protocol::id::{Audience, Issuer};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::Scope;
use http::Method;
use url::Url;

use super::UserFlags;

/// What replaces the configuration's settings.
#[derive(Debug, Default, Args)]
pub(crate) struct ClientFlags {
    /// The issuer
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// The issuer, by name
    #[arg(long, value_enum, conflicts_with = "issuer")]
    pub(crate) environment: Option<KnownEnvironment>,
    /// The client's id
    #[arg(long)]
    pub(crate) client_id: Option<String>,
    /// The client's private key
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// The scopes to request; repeatable, or separated by spaces
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// The API that the token is for
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) resource: Option<String>,
    /// The organisation that a multi-tenant client acts for
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_parent: Option<String>,
    /// The unit that the client acts for
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_child: Option<String>,
    /// A file to keep tokens in between calls, readable only by its owner; by default they are not kept
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
  helseid token get --user             a token of the person who is logged in: helseid login
  helseid token get --output curl --url http://localhost:5000/api/patients | sh

A token is bound to a key that exists only in this command. Therefore header and curl include a
proof, which is valid for one call within seconds.")]
    Get(Box<GetFlags>),
    /// Exchange the token that an API was called with for one to the next API (RFC 8693)
    #[command(after_help = "\
Examples:
  helseid token exchange caller.txt --scope nhn:next-api/read | helseid token inspect
  helseid token exchange --scope nhn:next-api/read --output curl --url https://next.example/ < caller.txt | sh

The client of the configuration exchanges it: an API that is registered for the grant of token exchange,
and as the API that the token is for. The token is read from a file or stdin, never from an argument.")]
    Exchange(Box<ExchangeFlags>),
    /// Explain a token, a proof, an assertion or an answer of the token endpoint, claim by claim, offline
    #[command(after_help = "\
Examples:
  helseid token get | helseid token inspect
  helseid token inspect request.txt
  curl -v https://api.example/ 2>&1 | helseid token inspect

Reads a JWT, header lines, a response in JSON or a whole HTTP dump. Says of each JWT what it is:
an access token, an ID token, a logout token, a proof, an assertion or a request object, and
reports what is missing or odd, by rule. Repeats no token of a response. Verifies no signature
except a proof's own: see helseid token verify. Exits with 3 if something is odd.")]
    Inspect(InspectFlags),
    /// Verify a token as an API does: signature, issuer, API, times, scopes
    #[command(after_help = "\
Examples:
  helseid token get | helseid token verify
  helseid token verify token.txt --issuer https://helseid-sts.test.nhn.no --audience nhn:kjernejournal
  helseid token verify token.txt --jwks issuer_jwks.json --scope nhn:kjernejournal/read

Exits with 3 if a rule does not hold. Whether the sender has the token's key is checked with a
proof: helseid proof verify.")]
    Verify(VerifyFlags),
}

/// `token inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectFlags {
    /// The file to read; by default stdin
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
}

/// `token verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyFlags {
    /// The file with the token; by default stdin
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    /// The issuer that it must be from; by default the configuration's
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<Issuer>,
    /// The issuer's public keys, instead of those that it publishes
    #[arg(long, value_name = "FILE")]
    pub(crate) jwks: Option<PathBuf>,
    /// The API that it must be for; by default the one that it names
    #[arg(long)]
    pub(crate) audience: Option<Audience>,
    /// The profile whose algorithms are accepted: helseid or fapi2
    #[arg(long, default_value = "helseid")]
    pub(crate) profile: Profile,
    /// A scope that it must have; repeatable
    #[arg(long)]
    pub(crate) scope: Vec<Scope>,
    /// The time at which to check it, in seconds since 1970; by default now
    #[arg(long, value_name = "SECONDS")]
    pub(crate) at: Option<i64>,
}

/// `token get`.
#[derive(Debug, Args)]
pub(crate) struct GetFlags {
    #[command(flatten)]
    pub(crate) client: ClientFlags,
    #[command(flatten)]
    pub(crate) user: UserFlags,
    #[command(flatten)]
    pub(crate) print: PrintFlags,
}

/// `token exchange`.
#[derive(Debug, Args)]
pub(crate) struct ExchangeFlags {
    /// The file with the token to exchange; by default stdin
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) client: ClientFlags,
    #[command(flatten)]
    pub(crate) print: PrintFlags,
}

/// How a token is written.
#[derive(Debug, Args)]
pub(crate) struct PrintFlags {
    /// What to print: the token, the whole response, header lines for curl -H @FILE, or a whole command
    #[arg(long, default_value = "token")]
    pub(crate) output: TokenOutput,
    /// The address that header and curl are for; by default the configuration's API
    #[arg(long, value_parser = helseid_protocol::address::parse)]
    pub(crate) url: Option<Url>,
    /// The method that header and curl are for
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
    /// The address; by default the configuration's API
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) client: ClientFlags,
    #[command(flatten)]
    pub(crate) user: UserFlags,
    /// The method; by default POST with --data, otherwise GET
    #[arg(short = 'X', long)]
    pub(crate) request: Option<Method>,
    /// A header, as Name: value; repeatable
    #[arg(short = 'H', long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,
    /// The body: a text, @FILE, or - for stdin
    #[arg(short, long)]
    pub(crate) data: Option<String>,
    /// Also print the status and headers
    #[arg(short, long)]
    pub(crate) include: bool,
    /// Write the body to a file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// How the token is requested and sent; bearer only with a client of profile legacy
    #[arg(long, value_enum, default_value_t = CallScheme::Dpop, conflicts_with = "user")]
    pub(crate) scheme: CallScheme,
}

/// How `call` sends its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CallScheme {
    /// Bound to a key, with a proof
    Dpop,
    /// Not bound to a key: anyone who reads the token can use it
    Bearer,
}
