//! Arguments of the registry's commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use helseid_admin_api::{ClaimName, DisplayName};
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::{Audience, ClientId};
use helseid_protocol::jose::Algorithm;
use helseid_protocol::rule::Profile;

/// Which authority's registry.
#[derive(Debug, Args)]
pub(crate) struct Registry {
    /// The authority; the one of the data folder unless given
    #[arg(long, value_name = "URL")]
    pub(crate) authority: Option<String>,
    /// The authority's data folder, with its admin token
    #[arg(long, env = "HELSEID_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// `init`.
#[derive(Debug, Args)]
pub(crate) struct InitFlags {
    /// Where the files go
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) registry: Registry,
    /// The client's name, for people
    #[arg(long, default_value = "m2m-app")]
    pub(crate) name: String,
    /// What the client may ask for; repeatable, or separated by spaces
    #[arg(long, default_value = "norsk-helsenett:python-sample-api/read")]
    pub(crate) scope: Vec<String>,
    /// The key's algorithm
    #[arg(long, default_value = "ES256")]
    pub(crate) alg: Algorithm,
    /// Replace files that are there
    #[arg(long)]
    pub(crate) force: bool,
}

/// Clients.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Register a client, or change the one of --client-id; prints its id
    #[command(after_help = "\
Example:
  helseid client register --name m2m-app --scope norsk-helsenett:python-sample-api/read \\
      --key m2m_public.json --out helseid.toml")]
    Register(Box<RegisterFlags>),
    /// List the clients
    #[command(after_help = "Example:\n  helseid client list --format json")]
    List(Registry),
    /// Show a client with its keys
    #[command(after_help = "Example:\n  helseid client show 2b0f…")]
    Show {
        /// Its id
        client_id: ClientId,
        #[command(flatten)]
        registry: Registry,
    },
    /// Change what is named of a client; the rest stays
    #[command(after_help = "\
Examples:
  helseid client update 2b0f… --name 'Another name' --token-lifetime 300
  helseid client update 2b0f… --scope nhn:my-api/read --scope nhn:my-api/write
  helseid client update 2b0f… --enabled false")]
    Update(Box<UpdateFlags>),
    /// Let a draft become a client, and grant what a client asked for itself
    #[command(after_help = "Example:\n  helseid client approve 2b0f…")]
    Approve {
        /// Its id
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
        /// Its id
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
    /// For people
    #[arg(long)]
    pub(crate) name: String,
    /// Its id; a new GUID unless given
    #[arg(long)]
    pub(crate) client_id: Option<ClientId>,
    /// What it may ask for; repeatable, or separated by spaces
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// Its key, either half; only the public one is sent
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// No longer take the key after this many days; never unless given
    #[arg(long, value_name = "DAYS")]
    pub(crate) key_days: Option<u32>,
    /// single-tenant, multi-tenant or none
    #[arg(long, default_value = "none")]
    pub(crate) tenancy: ClientTenancy,
    /// The organisation that owns it
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_parent: Option<OrganisationNumber>,
    /// A unit that a single-tenant client may name; repeatable
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_child: Vec<OrganisationNumber>,
    /// Its rules: helseid, helseid-next, legacy or fapi2; the authority's unless given
    #[arg(long)]
    pub(crate) profile: Option<Profile>,
    /// How long its tokens are good, in seconds; 600 unless given
    #[arg(long, value_name = "SECONDS")]
    pub(crate) token_lifetime: Option<u32>,
    /// Write the client's configuration there
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace a configuration that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// `client update`.
#[derive(Debug, Args)]
pub(crate) struct UpdateFlags {
    /// Its id
    pub(crate) client_id: ClientId,
    #[command(flatten)]
    pub(crate) registry: Registry,
    /// For people
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Everything that it may ask for; repeatable, or separated by spaces
    #[arg(long)]
    pub(crate) scope: Vec<String>,
    /// single-tenant, multi-tenant or none
    #[arg(long)]
    pub(crate) tenancy: Option<ClientTenancy>,
    /// The organisation that owns it
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_parent: Option<OrganisationNumber>,
    /// Every unit that it may name; repeatable
    #[arg(long, value_name = "NUMBER")]
    pub(crate) org_child: Vec<OrganisationNumber>,
    /// Its rules: helseid, helseid-next, legacy or fapi2
    #[arg(long)]
    pub(crate) profile: Option<Profile>,
    /// How long its tokens are good, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) token_lifetime: Option<u32>,
    /// Whether it gets tokens at all: true or false
    #[arg(long)]
    pub(crate) enabled: Option<bool>,
}

/// Keys of a client.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientKeyCommand {
    /// Add a key to a client's others
    #[command(after_help = "Example:\n  helseid client key add 2b0f… --key new_public.json --key-days 90")]
    Add {
        /// Whose
        client_id: ClientId,
        /// The key, either half; only the public one is sent
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// No longer take it after this many days; never unless given
        #[arg(long, value_name = "DAYS")]
        key_days: Option<u32>,
        #[command(flatten)]
        registry: Registry,
    },
    /// Remove a key from a client
    #[command(after_help = "Example:\n  helseid client key remove 2b0f… 4Qx…")]
    Remove {
        /// Whose
        client_id: ClientId,
        /// Its kid, or its thumbprint
        #[arg(allow_hyphen_values = true)]
        name: String,
        #[command(flatten)]
        registry: Registry,
    },
}

/// `api add`.
#[derive(Debug, Args)]
pub(crate) struct ApiFlags {
    /// Its name, which tokens for it have as aud
    pub(crate) audience: Audience,
    /// Its scopes; repeatable, or separated by spaces
    #[arg(long, required = true)]
    pub(crate) scope: Vec<String>,
    /// A claim about clients that its tokens shall have; repeatable; all of them unless given
    #[arg(long, value_name = "CLAIM")]
    pub(crate) claim: Vec<ClaimName>,
    /// Clients that ask for its scopes themselves must wait for helseid client approve
    #[arg(long)]
    pub(crate) approval: bool,
    #[command(flatten)]
    pub(crate) registry: Registry,
}

/// API resources.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiCommand {
    /// Add an API, or change the one of that name
    #[command(
        after_help = "Example:\n  helseid api add nhn:my-api --scope nhn:my-api/read --scope nhn:my-api/write"
    )]
    Add(ApiFlags),
    /// List the APIs
    #[command(after_help = "Example:\n  helseid api list")]
    List(Registry),
    /// Remove an API
    #[command(after_help = "Example:\n  helseid api remove nhn:my-api")]
    Remove {
        /// Its name
        audience: Audience,
        #[command(flatten)]
        registry: Registry,
    },
}

/// Organisations.
#[derive(Debug, Subcommand)]
pub(crate) enum OrgCommand {
    /// Add an organisation, or change the one of that number
    #[command(
        after_help = "Example:\n  helseid org add 999977774 --name 'Granfjelldal kommune' --child 999977776"
    )]
    Add {
        /// Its number
        number: OrganisationNumber,
        /// For people
        #[arg(long)]
        name: DisplayName,
        /// A unit of it; without any, every child passes
        #[arg(long, value_name = "NUMBER")]
        child: Vec<OrganisationNumber>,
        #[command(flatten)]
        registry: Registry,
    },
    /// List the organisations
    #[command(after_help = "Example:\n  helseid org list")]
    List(Registry),
    /// Let a supplier's multi-tenant clients act for an organisation
    #[command(after_help = "Example:\n  helseid org delegate 999977774 --to 313745392")]
    Delegate(DelegateFlags),
    /// Take that back
    #[command(after_help = "Example:\n  helseid org undelegate 999977774 --to 313745392")]
    Undelegate(DelegateFlags),
    /// Remove an organisation
    #[command(after_help = "Example:\n  helseid org remove 999977774")]
    Remove {
        /// Its number
        number: OrganisationNumber,
        #[command(flatten)]
        registry: Registry,
    },
}

/// `org delegate`.
#[derive(Debug, Args)]
pub(crate) struct DelegateFlags {
    /// The organisation
    pub(crate) parent: OrganisationNumber,
    /// The organisation that owns the client
    #[arg(long, value_name = "NUMBER")]
    pub(crate) to: OrganisationNumber,
    #[command(flatten)]
    pub(crate) registry: Registry,
}
