//! Arguments of `init` and of a client's commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::rule::Profile;

use super::LoginFlags;

/// Which authority's registry.
#[derive(Debug, Args)]
pub(crate) struct Registry {
    /// The authority's address; by default that of the data folder
    #[arg(long, value_name = "URL")]
    pub(crate) authority: Option<String>,
    /// The authority's data folder, with its admin token
    #[arg(long, env = "HELSEID_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// `init`.
#[derive(Debug, Args)]
pub(crate) struct InitFlags {
    /// The folder for the files
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) registry: Registry,
    /// A client that logs people in, at http://localhost:3000, instead of one for machines
    #[arg(long)]
    pub(crate) web: bool,
    /// A client that logs people in at a terminal (helseid login), instead of one for machines
    #[arg(long, conflicts_with = "web")]
    pub(crate) native: bool,
    /// The client's name, for people; by default m2m-app, web-app or native-app
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The scopes that the client may request, repeatable, or separated by spaces; by default the sample API's, and with --web
    /// or --native those of an identity, too
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// The key's algorithm
    #[arg(long, default_value = "ES256")]
    pub(crate) alg: Algorithm,
    /// Replace existing files
    #[arg(long)]
    pub(crate) force: bool,
}

/// Clients.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Register a client, or replace the one with --client-id, and print its id
    #[command(after_help = "\
Examples:
  helseid client register --name m2m-app --scope norsk-helsenett:python-sample-api/read \\
      --key m2m_public.json --out helseid.toml
  helseid client register --name web --scope 'openid profile offline_access' --key web_public.json \\
      --grant authorization_code --grant refresh_token --redirect-uri https://app.example/callback")]
    Register(Box<RegisterFlags>),
    /// List the clients
    #[command(after_help = "Example:\n  helseid client list --format json")]
    List(Registry),
    /// Show a client with its keys
    #[command(after_help = "Example:\n  helseid client show 2b0f…")]
    Show {
        /// The client's id
        client_id: ClientId,
        #[command(flatten)]
        registry: Registry,
    },
    /// Change the given settings of a client, and leave the rest
    #[command(after_help = "\
Examples:
  helseid client update 2b0f… --name 'Another name' --token-lifetime 300
  helseid client update 2b0f… --scope nhn:my-api/read --scope nhn:my-api/write
  helseid client update 2b0f… --redirect-uri http://localhost:3000/callback --refresh-usage reusable
  helseid client update 2b0f… --clear redirect-uri --clear own-audience
  helseid client update 2b0f… --enabled false

A list that is given replaces the one that is there. Of two updates at the same time none undoes the
other: one that comes too late changes nothing, and says so.")]
    Update(Box<UpdateFlags>),
    /// Approve a draft, and grant what a client asked for itself
    #[command(after_help = "Example:\n  helseid client approve 2b0f…")]
    Approve {
        /// The client's id
        client_id: ClientId,
        #[command(flatten)]
        registry: Registry,
    },
    /// Add and remove keys
    #[command(subcommand)]
    Key(ClientKeyCommand),
    /// Remove a client and its keys
    #[command(after_help = "Example:\n  helseid client remove 2b0f…")]
    Remove {
        /// The client's id
        client_id: ClientId,
        #[command(flatten)]
        registry: Registry,
    },
}

/// `client register`.
#[derive(Debug, Args)]
pub(crate) struct RegisterFlags {
    #[command(flatten)]
    pub(crate) registry: Registry,
    /// A name for people
    #[arg(long)]
    pub(crate) name: String,
    /// The client's id; by default a new GUID
    #[arg(long)]
    pub(crate) client_id: Option<ClientId>,
    /// The scopes that it may request; repeatable, or separated by spaces
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// Its private or public key; only the public half is sent
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The number of days until the key expires; by default it does not
    #[arg(long, value_name = "DAYS")]
    pub(crate) key_days: Option<u32>,
    /// single-tenant, multi-tenant or none
    #[arg(long, default_value = "none")]
    pub(crate) tenancy: ClientTenancy,
    /// The organisation that owns it
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_parent: Option<OrganisationNumber>,
    /// A unit that a single-tenant client may act for; repeatable
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_child: Vec<OrganisationNumber>,
    /// Its profile: helseid, helseid-next, legacy or fapi2; by default the authority's
    #[arg(long)]
    pub(crate) profile: Option<Profile>,
    /// The lifetime of its tokens, in seconds; by default 600
    #[arg(long, value_name = "SECONDS")]
    pub(crate) token_lifetime: Option<u32>,
    #[command(flatten)]
    pub(crate) login: LoginFlags,
    /// Write the client's configuration to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace an existing configuration
    #[arg(long)]
    pub(crate) force: bool,
}

/// `client update`.
#[derive(Debug, Args)]
pub(crate) struct UpdateFlags {
    /// The client's id
    pub(crate) client_id: ClientId,
    #[command(flatten)]
    pub(crate) registry: Registry,
    /// A name for people
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// All the scopes that it may request; repeatable, or separated by spaces
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// single-tenant, multi-tenant or none
    #[arg(long)]
    pub(crate) tenancy: Option<ClientTenancy>,
    /// The organisation that owns it
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_parent: Option<OrganisationNumber>,
    /// All the units that it may act for; repeatable
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_child: Vec<OrganisationNumber>,
    /// Its profile: helseid, helseid-next, legacy or fapi2
    #[arg(long)]
    pub(crate) profile: Option<Profile>,
    /// The lifetime of its tokens, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) token_lifetime: Option<u32>,
    /// Whether it is given tokens: true or false
    #[arg(long)]
    pub(crate) enabled: Option<bool>,
    /// Empty a list, repeatable
    #[arg(long, value_name = "LIST")]
    pub(crate) clear: Vec<Cleared>,
    #[command(flatten)]
    pub(crate) login: LoginFlags,
}

/// What `client update` can empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Cleared {
    /// All its scopes
    Scope,
    /// All the units that it may act for
    OrgChild,
    /// All its redirect URIs
    RedirectUri,
    /// All addresses after a logout
    PostLogoutRedirectUri,
    /// What a browser loads when a session ends
    FrontchannelLogoutUri,
    /// What the authority calls when a session ends
    BackchannelLogoutUri,
    /// The identity providers: persons may then use any
    IdentityProvider,
    /// The APIs that it is itself
    OwnAudience,
    /// The clients that may exchange its tokens
    MayBeExchangedBy,
}

/// Keys of a client.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientKeyCommand {
    /// Add a key to a client
    #[command(after_help = "Example:\n  helseid client key add 2b0f… --key new_public.json --key-days 90")]
    Add {
        /// The client's id
        client_id: ClientId,
        /// The private or public key; only the public half is sent
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The number of days until the key expires; by default it does not
        #[arg(long, value_name = "DAYS")]
        key_days: Option<u32>,
        #[command(flatten)]
        registry: Registry,
    },
    /// Remove a key from a client
    #[command(after_help = "Example:\n  helseid client key remove 2b0f… 4Qx…")]
    Remove {
        /// The client's id
        client_id: ClientId,
        /// The key's kid or thumbprint
        #[arg(allow_hyphen_values = true)]
        name: String,
        #[command(flatten)]
        registry: Registry,
    },
}
