//! What the local authority and its command line send each other: the types of the admin API, which is not part of HelseID.
//!
//! | module | what |
//! | --- | --- |
//! | [`operation`] | every operation: method, path, and the types of query, body and response |
//! | `client`, `registered_client` | clients and their keys, as they are registered and as they are shown |
//! | `grant_types`, `login`, `uris` | which grants a client may use, how it logs people in, and the addresses that it registers for it |
//! | `person`, `short_name`, `level`, `identity_provider` | synthetic persons: what they are called, how strongly and where they log in |
//! | `resources` | API resources, organisations, delegations, and entries that cannot be read |
//! | `operations`, `access_keys` | the log of changes, signing keys, faults on request; access keys |
//! | `trace`, `trace_outcome` | requests to the token endpoint, and how they ended |
//! | `login_step`, `attested` | the steps of a login, and what an attestation in the trace says |
//! | `sign_in` | logins that are made and ended for tests |
//! | `conformance`, `conformance_text`, `session_api` | the report of a conformance session, as JSON and for people, and what its API demands |
//! | `query`, `listing`, `problem` | what operations have in common |
//! | `openapi` | generates [`OPENAPI`] from all of this, in a test |
//! | `bounds` | how long names and lists may be |
//! | `admin_file` | the file with the command line's admin token |

mod access_keys;
mod admin_file;
mod attested;
mod bounds;
mod client;
mod conformance;
mod conformance_text;
mod grant_types;
mod identity_provider;
mod level;
mod listing;
mod login;
mod login_step;
#[cfg(test)]
mod openapi;
pub mod operation;
mod operations;
mod person;
mod problem;
mod query;
mod registered_client;
mod resources;
mod session_api;
mod short_name;
mod sign_in;
mod trace;
mod trace_outcome;
mod uris;

pub use access_keys::{AccessKeyEntry, KeyPurpose, MadeAccessKey, NewAccessKey};
pub use admin_file::{AdminFile, FILE_NAME};
pub use attested::{TracedAttestation, TracedDecision};
pub use bounds::{
    ClaimName, ClaimNames, DisplayName, InvalidClaimName, InvalidDisplayName, MAX_CLIENT_KEYS,
    OrganisationNumbers,
};
pub use client::{ClientChange, ClientRegistration, NewKey};
pub use conformance::{ConformanceReport, EndpointReport, NewConformance, RuleReport, RuleState};
pub use grant_types::GrantTypes;
pub use identity_provider::{TestProvider, TestProviders, UnknownProvider};
pub use level::{InvalidPersonLevel, PersonLevel};
pub use listing::{Listed, Page};
pub use login::{Audiences, ClientIds, LoginSettings, RefreshTokenUsage};
pub use login_step::LoginStep;
pub use operation::{OpenApiDocument, Operation, PREFIX, TraceEvents};
pub use operations::{AuditEntry, ClientFaults, Rotation, SignInLink, SigningKeyEntry};
pub use person::{InvalidPerson, MAX_PERSONS, PersonEntry};
pub use problem::Problem;
pub use query::{AuditQuery, ClientsQuery, LiveTraceQuery, TraceDetailsQuery, TraceQuery};
pub use registered_client::{ApiClaim, KeyOrigin, RegisteredClient, RegisteredKey};
pub use resources::{ApiResource, BrokenEntry, Delegation, OrganisationEntry};
pub use session_api::{SessionApi, SessionDemands, ShownCredentials, UnknownCredentials};
pub use short_name::{InvalidShortName, MAX_SHORT_NAME_BYTES, ShortName};
pub use sign_in::{ActingFor, LoginTokens, LoginsToEnd, PersonSignIn};
pub use trace::{Decoded, TraceDetails, TraceEntry};
pub use trace_outcome::TraceOutcome;
pub use uris::{InvalidUri, LogoutUri, MAX_URI_BYTES, RedirectUri, RedirectUris};

/// The former name of [`ClientFaults`].
///
/// ```
/// # #![allow(deprecated)]
/// use helseid_admin_api::{ClientFaults, Scenario};
///
/// // What was written for the former name goes on, as the same type.
/// let faults: ClientFaults = Scenario { nonces_refused: 1, ..Scenario::default() };
/// assert_eq!(serde_json::to_value(&faults)?["nonces_refused"], 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[deprecated = "use ClientFaults"]
pub type Scenario = ClientFaults;

/// The OpenAPI 3.1 document of the admin API. A test makes it from [`operation`] and the types, and fails when it differs;
/// `HELSEID_WRITE_DOCS=1 cargo test -p helseid-admin-api` writes it.
pub const OPENAPI: &str = include_str!("../openapi.json");
