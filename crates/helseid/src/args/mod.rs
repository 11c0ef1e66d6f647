//! Arguments as they are typed.

#[cfg(feature = "authority")]
mod authority;
mod check_api;
mod client;
#[cfg(feature = "authority")]
mod conformance;
mod environment;
mod key;
mod login;
mod manual;
mod operations;
mod person;
mod port;
#[cfg(feature = "authority")]
mod replica;
mod resources;
mod rules;
mod session;
#[cfg(feature = "authority")]
mod session_api;
#[cfg(feature = "sidecar")]
mod sidecar;
#[cfg(feature = "authority")]
mod tls;
mod token;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

#[cfg(feature = "authority")]
pub(crate) use authority::{AuthorityConfig, AuthorityFlags, Maintenance, SampleApiFlags};
pub(crate) use check_api::CheckApiFlags;
pub(crate) use client::{
    Cleared, ClientCommand, ClientKeyCommand, InitFlags, RegisterFlags, Registry, UpdateFlags,
};
#[cfg(feature = "authority")]
pub(crate) use conformance::ConformanceFlags;
pub(crate) use key::{Convert, ExpiryFlags, GenerateFlags, KeyCommand, KeyFile, KeyFormat};
pub(crate) use login::{LoginFlags, RefreshUsage};
pub(crate) use manual::{CompletionsFlags, ConfigCommand, ManFlags};
pub(crate) use operations::{AccessKeyCommand, AuditFlags, DoctorFlags, RotateFlags, TraceFlags};
pub(crate) use person::{PersonCommand, PersonFlags};
#[cfg(feature = "authority")]
pub(crate) use replica::ReplicaFlags;
pub(crate) use resources::{ApiCommand, OrgCommand};
pub(crate) use rules::{JwsCommand, ProofCommand, ProofMakeFlags, ProofOf, ProofVerifyFlags, RulesFlags};
pub(crate) use session::{LoginCommandFlags, SessionFlags, SessionPlace, UserFlags};
#[cfg(feature = "authority")]
pub(crate) use session_api::SessionApiFlags;
#[cfg(feature = "sidecar")]
pub(crate) use sidecar::SidecarFlags;
#[cfg(feature = "authority")]
pub(crate) use tls::{ApiTlsFlags, TlsFlags};
pub(crate) use token::{
    CallFlags, CallScheme, ClientFlags, ExchangeFlags, GetFlags, InspectFlags, PrintFlags, TokenCommand,
    TokenOutput, VerifyFlags,
};

/// Keys, registration, tokens and calls for HelseID, and a local HelseID to try them against.
#[derive(Debug, Parser)]
#[command(
    name = "helseid",
    version,
    about,
    arg_required_else_help = true,
    after_help = "\
Examples:
  helseid demo                         the whole flow in one go
  helseid authority                    a local HelseID on http://localhost:8480
  helseid sample-api                   a protected API on http://localhost:5000
  helseid init                         a client: key pair, registration, helseid.toml
  helseid call                         calls the API with a token and a fresh proof"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// Reads `words`, of which the first is the program; what is wrong with them, or the help, ends the program.
    pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Self {
        let mut command = port::with_port_hint(environment::lenient(Self::command()));
        let matches = command.try_get_matches_from_mut(words).unwrap_or_else(|why| why.exit());
        Self::from_arg_matches(&matches).unwrap_or_else(|why| why.format(&mut command).exit())
    }
}

const EVERYWHERE: &str = "Options of every command";

/// Flags of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The client's configuration file; by default ./helseid.toml
    #[arg(long, global = true, help_heading = EVERYWHERE, env = "HELSEID_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The section [account.NAME] of the configuration file
    #[arg(long, global = true, help_heading = EVERYWHERE, env = "HELSEID_ACCOUNT", value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Certificates to trust besides the system's; by default HELSEID_CA_FILE or the configuration's ca_file
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// A host to call over http, which anyone on the network path can read: NAME or NAME:PORT, repeatable;
    /// by default HELSEID_INSECURE_HTTP or the configuration's insecure_http
    #[arg(long, global = true, help_heading = EVERYWHERE, value_delimiter = ',', value_name = "HOST")]
    pub(crate) insecure_http: Vec<String>,
    /// Output for people, or JSON for programs
    #[arg(long, global = true, help_heading = EVERYWHERE, default_value = "text")]
    pub(crate) format: Format,
    /// Logs for people, or JSON lines; HELSEID_LOG sets the level, such as info or debug
    #[arg(long, global = true, help_heading = EVERYWHERE, default_value = "text", env = "HELSEID_LOG_FORMAT")]
    pub(crate) log: LogFormat,
}

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the whole flow in one process: authority, API, key, registration, token, patients, refusals
    #[cfg(feature = "authority")]
    #[command(
        after_help = "Examples:\n  helseid demo\n  helseid demo --login\n\nUses free ports, and leaves no files or processes behind."
    )]
    Demo {
        /// Show a person who logs in instead: pushed request, ID token, API, refresh, logout
        #[arg(long)]
        login: bool,
    },
    /// Set up a client at the local authority: key pair, registration, helseid.toml
    #[command(
        after_help = "Examples:\n  helseid init\n  helseid init web-app --web\n  helseid init my-client --scope norsk-helsenett:python-sample-api/read"
    )]
    Init(InitFlags),
    /// Run a local HelseID
    #[cfg(feature = "authority")]
    #[command(after_help = "\
Examples:
  helseid authority
  helseid authority --in-memory --listen 127.0.0.1:0 -- cargo test

Prints one line of JSON when it listens. Stop it with Ctrl-C or SIGTERM.")]
    Authority(Box<AuthorityFlags>),
    /// Run a protected API with five patients
    #[cfg(feature = "authority")]
    #[command(
        after_help = "Examples:\n  helseid sample-api\n  helseid sample-api --scheme transition --listen 127.0.0.1:0"
    )]
    SampleApi(SampleApiFlags),
    /// Serve programs in any language over HTTP: call APIs for them, and check the callers of their own
    #[cfg(feature = "sidecar")]
    #[command(after_help = "\
Examples:
  helseid sidecar --socket /run/helseid/sidecar.sock
  helseid sidecar --shared-key-file sidecar.key
  helseid sidecar --insecure-no-key    any program on this machine may use it

The clients are those in helseid.toml. Its sections [api.NAME] are the APIs that can be called, and
[protect.NAME] the APIs whose callers are checked: docs/guides/sidecar.md. Prints one line of JSON when it listens. Stop it with Ctrl-C or SIGTERM.")]
    Sidecar(SidecarFlags),
    /// Generate, convert and monitor keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Register, list, show and remove clients
    #[command(subcommand)]
    Client(ClientCommand),
    /// Add, list and remove API resources
    #[command(subcommand)]
    Api(ApiCommand),
    /// Add and list organisations, and let suppliers act for them
    #[command(subcommand)]
    Org(OrgCommand),
    /// Add, list and remove the synthetic persons who log in
    #[command(subcommand)]
    Person(PersonCommand),
    /// Check the whole handshake step by step, and report what is wrong, why, and what to do
    #[command(after_help = "\
Examples:
  helseid doctor                       with ./helseid.toml
  helseid doctor https://api.example/patients --config production.toml
  helseid doctor --login --person doctor      a login, at a local authority
  helseid doctor --login --redirect-uri http://localhost:3000/callback   that of a web app
  helseid doctor --format json > ticket.json

Checks the configuration and the key, the connection to the issuer, its metadata and clock, the
token request, the token, and the API. It requests real tokens, and calls the API twice with GET,
once without a token. With --login: the pushed request, the login page, and with --person the code,
the ID token, userinfo, a refresh and the logout. The JSON contains no token, signature or key.
Exits with 0, also with warnings, and with 1 if a step failed.")]
    Doctor(Box<DoctorFlags>),
    /// Replace the key with a new one: generate, register, prove, swap. Can be interrupted and run again
    #[command(after_help = "\
Examples:
  helseid rotate --dry-run             what would be done, and when the current key expires
  helseid rotate

The key file is a JWK, or NHN's configuration file. The old key is kept beside it as FILE.retired,
and stays registered until it expires. A running program that uses the key file picks up the new
key by itself. FILE.lock, which keeps two rotations apart, is empty and stays.")]
    Rotate(RotateFlags),
    /// Show how the newest requests to the authority's endpoints ended, rule by rule
    #[command(after_help = "\
Examples:
  helseid trace                        the newest requests
  helseid trace --failed --client 2b0f…
  helseid trace 4mZq…                  one of them, with each rule: passed, failed or not reached
  helseid trace --follow               requests as they come")]
    Trace(TraceFlags),
    /// Show who changed what in the registry
    #[command(after_help = "Example:\n  helseid audit --limit 20")]
    Audit(AuditFlags),
    /// Make, list and remove access keys for the simulated services of NHN
    #[command(subcommand)]
    AccessKey(AccessKeyCommand),
    /// Log a person in with the browser of this machine, and keep the login for later commands
    #[command(after_help = "\
Examples:
  helseid login
  helseid login --level 4 --scope norsk-helsenett:python-sample-api/read
  helseid login --person doctor        at a local authority, without a browser
  helseid login --no-browser           shows the address to open in a browser on this machine

The client must have the redirect URI http://127.0.0.1/callback, and the grants authorization_code
and refresh_token, as helseid init --native registers it. Afterwards: helseid whoami,
helseid token get --user, helseid call --user, helseid logout.")]
    Login(Box<LoginCommandFlags>),
    /// End the login of this client, here and at the authority
    #[command(after_help = "Example:\n  helseid logout")]
    Logout(SessionFlags),
    /// Show who is logged in, from the login that is kept, without asking the authority
    #[command(after_help = "Examples:\n  helseid whoami\n  helseid whoami --format json")]
    Whoami(SessionFlags),
    /// Get, explain and verify tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Verify signatures
    #[command(subcommand)]
    Jws(JwsCommand),
    /// Make and check DPoP proofs
    #[command(subcommand)]
    Proof(ProofCommand),
    /// List the rules of the protocol: what must hold, the source, and how to fix a breach
    #[command(
        after_help = "Examples:\n  helseid rules\n  helseid rules assertion.aud\n  helseid rules dpop --profile legacy"
    )]
    Rules(RulesFlags),
    /// Run a client against an issuer that records what it does, and report each rule as kept, broken or not exercised
    #[cfg(feature = "authority")]
    #[command(after_help = "\
Examples:
  helseid conformance -- helseid token get
  helseid conformance --alg ES256 -- python client.py
  helseid conformance --key my_private.json --client-id my-client -- ./my-client
  helseid conformance --redirect-uri http://localhost:3000/callback -- ./my-web-app
  helseid conformance -- sh -c 'helseid call $HELSEID_CONFORMANCE_API/patients'

The command reads the issuer from HELSEID_ISSUER, and the client that is registered for it from
HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE and, if it logs people in,
HELSEID_REDIRECT_URI. HELSEID_CONFORMANCE_API is the address of an API that reports how the client
calls it. A breach is recorded, and the client goes on. Exits with 0 if a token was issued and no
rule was broken, and with 1 otherwise.")]
    Conformance(Box<ConformanceFlags>),
    /// Call an API with a token and a fresh proof
    #[command(after_help = "\
Examples:
  helseid call
  helseid call http://localhost:5000/api/patients --include
  helseid call --user                  for the person who is logged in: helseid login
  helseid call -X POST -H 'Content-Type: application/json' -d @order.json https://api.example/orders

A body is sent again if the API asks for a nonce. Large bodies show a progress line on a terminal.
Exits with 0 for a 2xx or 3xx response, 4 for 4xx, 5 for 5xx, and 1 without a response.")]
    Call(Box<CallFlags>),
    /// Send an API the faults that it must refuse, one at a time, and report what it let in
    #[command(after_help = "\
Examples:
  helseid check-api http://localhost:5000/api/patients
  helseid check-api https://api.example/patients --at api.example --account test --format json
  helseid check-api http://localhost:5000/api/patients --access-key-file key

Requests a real token, calls the API with GET, and then sends requests with one thing broken: the
thirteen broken proofs of NHN's test token service, other broken proofs, and altered tokens. With a
key of the test token service it also sends tokens that the issuer itself makes wrong: expired, for
another API, and so on. A fault that is let in is a call that the API has carried out: choose an
address that only reads. The tokens are bound to a key of this run. Only the URL's origin, the
issuer and the test token service are called, the API with at most 96 requests, and only status and
known error codes of its responses are printed. Tokens of HelseID's production are not used.
Exits with 0 if each fault was refused, with 3 if one was let in or the answer is unclear, and with
1 if the API does not let the valid call in, at the beginning or at the end.")]
    CheckApi(Box<CheckApiFlags>),
    /// Show and check the client's configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print completions for a shell
    #[command(after_help = "\
Examples:
  helseid completions bash > ~/.local/share/bash-completion/completions/helseid
  helseid completions zsh > ~/.zfunc/_helseid
  helseid completions fish > ~/.config/fish/completions/helseid.fish")]
    Completions(CompletionsFlags),
    /// Print a man page, or write all of them to a folder
    #[command(after_help = "\
Examples:
  helseid man token get | man -l -
  helseid man --out ~/.local/share/man/man1")]
    Man(ManFlags),
}
