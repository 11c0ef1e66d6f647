//! Arguments for the API of a conformance session.

use clap::{Args, ValueEnum};
use helseid_admin_api::{PersonLevel, SessionApi, SessionDemands, ShownCredentials};
use helseid_protocol::id::Audience;

/// What the session's API demands, and which API is behind it.
#[derive(Debug, Args)]
pub(crate) struct SessionApiFlags {
    /// The base address of the API that gets the calls which broke no rule: https, or http on loopback. By default the session answers
    /// calls itself
    #[arg(long, value_name = "URL")]
    pub(crate) upstream: Option<String>,
    /// What that API is shown of a call's credentials: as-sent by default
    #[arg(long, value_enum, requires = "upstream")]
    pub(crate) upstream_credentials: Option<Shown>,
    /// The API that tokens must be for; by default any that is registered
    #[arg(long, value_name = "API")]
    pub(crate) audience: Option<Audience>,
    /// What the session's API demands of its callers, repeatable
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    pub(crate) require: Vec<Demanded>,
    /// The least security level that it demands, 3 or 4
    #[arg(long, value_name = "LEVEL")]
    pub(crate) require_level: Option<PersonLevel>,
    /// The oldest attestation that it takes, in minutes: 60 unless given
    #[arg(
        long,
        value_name = "MINUTES",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "60",
        value_parser = clap::value_parser!(u16).range(1..=i64::from(SessionDemands::MAX_ATTESTATION_MINUTES))
    )]
    pub(crate) require_attestation: Option<u16>,
}

/// What an API may be shown of a call's credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shown {
    /// Authorization and DPoP as they came
    AsSent,
    /// The token as Bearer, without the proof
    AsBearer,
}

/// What a session's API may demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Demanded {
    /// A token of a person
    Person,
    /// A person with an HPR number
    HprNumber,
    /// A token that names an organisation
    Organisation,
    /// A proof with a nonce of the API's own
    Nonce,
}

impl SessionApiFlags {
    /// The API as the admin API has it.
    pub(crate) fn api(&self) -> SessionApi {
        let demands = |what: Demanded| self.require.contains(&what);
        SessionApi {
            upstream: self.upstream.clone(),
            credentials: match self.upstream_credentials {
                None | Some(Shown::AsSent) => ShownCredentials::AsSent,
                Some(Shown::AsBearer) => ShownCredentials::AsBearer,
            },
            audience: self.audience.clone(),
            requires: SessionDemands {
                person: demands(Demanded::Person),
                security_level: self.require_level,
                hpr_number: demands(Demanded::HprNumber),
                attestation_minutes: self.require_attestation,
                organisation: demands(Demanded::Organisation),
                nonce: demands(Demanded::Nonce),
            },
        }
    }
}
