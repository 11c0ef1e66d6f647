//! What the local authority and its command line say to each other: the types of the admin API. Not part of HelseID.
//!
//! | module | what |
//! | --- | --- |
//! | `paths` | where the endpoints are |
//! | `client` | clients and their keys, as they are registered and as they are shown |
//! | `resources` | API resources, organisations, delegations, and entries that cannot be read |
//! | `operations` | access keys, the log of changes, signing keys, faults on request |
//! | `trace` | requests to the token endpoint |
//! | `conformance` | the report of a conformance session |
//! | `listing`, `problem` | what answers have in common |
//! | `bounds` | how long names and lists may be |
//! | `admin_file` | the file that lets the command line in |

mod admin_file;
mod bounds;
mod client;
mod conformance;
mod listing;
mod operations;
mod paths;
mod problem;
mod resources;
mod trace;

pub use admin_file::{AdminFile, FILE_NAME};
pub use bounds::{
    ClaimName, ClaimNames, DisplayName, InvalidClaimName, InvalidDisplayName, MAX_CLIENT_KEYS,
    OrganisationNumbers,
};
pub use client::{
    ApiClaim, ClientChange, ClientRegistration, KeyOrigin, NewKey, RegisteredClient, RegisteredKey,
};
pub use conformance::{ConformanceReport, NewConformance, RuleReport, RuleState};
pub use listing::{Listed, Page};
pub use operations::{
    AccessKeyEntry, AuditEntry, KeyPurpose, MadeAccessKey, NewAccessKey, Rotation, Scenario, SignInLink,
    SigningKeyEntry,
};
pub use paths::{
    ACCESS_KEYS_PATH, APIS_PATH, AUDIT_PATH, BROKEN_PATH, CLIENTS_PATH, CONFORMANCE_PATH, DELEGATIONS_PATH,
    ORGANISATIONS_PATH, PREFIX, SCENARIOS_PATH, SIGN_IN_LINKS_PATH, SIGNING_KEYS_PATH, TRACE_PATH,
};
pub use problem::Problem;
pub use resources::{ApiResource, BrokenEntry, Delegation, OrganisationEntry};
pub use trace::{Decoded, TraceDetails, TraceEntry, TraceOutcome};
