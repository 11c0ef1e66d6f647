//! Arguments of the commands for APIs and organisations.

use clap::{Args, Subcommand};
use helseid_admin_api::{ClaimName, DisplayName};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::Audience;

use super::Registry;

/// `api add`.
#[derive(Debug, Args)]
pub(crate) struct ApiFlags {
    /// The API's audience, which is the aud of its tokens
    pub(crate) audience: Audience,
    /// Its scopes; repeatable, or separated by spaces
    #[arg(long, required = true)]
    pub(crate) scope: Vec<String>,
    /// A claim about the client that its tokens have, repeatable; by default all of them
    #[arg(long, value_name = "CLAIM")]
    pub(crate) claim: Vec<ClaimName>,
    /// Make clients that ask for its scopes themselves wait for helseid client approve
    #[arg(long)]
    pub(crate) approval: bool,
    #[command(flatten)]
    pub(crate) registry: Registry,
}

/// API resources.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiCommand {
    /// Add an API, or change the one with this audience
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
        /// The API's audience
        audience: Audience,
        #[command(flatten)]
        registry: Registry,
    },
}

/// Organisations.
#[derive(Debug, Subcommand)]
pub(crate) enum OrgCommand {
    /// Add an organisation, or change the one with this number
    #[command(
        after_help = "Example:\n  helseid org add 999977774 --name 'Granfjelldal kommune' --child 999977776"
    )]
    Add {
        /// The organisation's number
        number: OrganisationNumber,
        /// A name for people
        #[arg(long)]
        name: DisplayName,
        /// A unit of it, repeatable; without any, every unit is accepted
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
    /// Revoke a delegation
    #[command(after_help = "Example:\n  helseid org undelegate 999977774 --to 313745392")]
    Undelegate(DelegateFlags),
    /// Remove an organisation
    #[command(after_help = "Example:\n  helseid org remove 999977774")]
    Remove {
        /// The organisation's number
        number: OrganisationNumber,
        #[command(flatten)]
        registry: Registry,
    },
}

/// `org delegate`.
#[derive(Debug, Args)]
pub(crate) struct DelegateFlags {
    /// The organisation that delegates
    pub(crate) parent: OrganisationNumber,
    /// The supplier: the organisation that owns the client
    #[arg(long, value_name = "NUMBER")]
    pub(crate) to: OrganisationNumber,
    #[command(flatten)]
    pub(crate) registry: Registry,
}
