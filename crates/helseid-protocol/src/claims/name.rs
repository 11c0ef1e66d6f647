//! The names of HelseID's own claims (HelseID: claims).

/// The client's name, for logs only.
pub const CLIENT_NAME: &str = "helseid://claims/client/client_name";
/// `single-tenant`, `multi-tenant` or `none`.
pub const CLIENT_TENANCY: &str = "helseid://claims/client/client_tenancy";
/// The number of the organisation that the client acts for.
pub const ORGNR_PARENT: &str = "helseid://claims/client/claims/orgnr_parent";
/// The number of the unit below it.
pub const ORGNR_CHILD: &str = "helseid://claims/client/claims/orgnr_child";
/// The number of the supplier that acts for the organisation.
pub const ORGNR_SUPPLIER: &str = "helseid://claims/client/claims/orgnr_supplier";
/// The national identity number of the user.
pub const PID: &str = "helseid://claims/identity/pid";
/// How strongly the user is logged in: `2`, `3` or `4`, as a text.
pub const SECURITY_LEVEL: &str = "helseid://claims/identity/security_level";
/// The user's number in the register of health personnel, as a text.
pub const HPR_NUMBER: &str = "helseid://claims/hpr/hpr_number";
/// The user's registration as health personnel, an object that userinfo alone has.
pub const HPR_DETAILS: &str = "helseid://claims/hpr/hpr_details";
/// A pseudonym of the user; `sub` has the same value, and this one is to go.
pub const PID_PSEUDONYM: &str = "helseid://claims/identity/pid_pseudonym";
/// `low`, `substantial` or `high`; to go, see [`SECURITY_LEVEL`].
pub const ASSURANCE_LEVEL: &str = "helseid://claims/identity/assurance_level";
/// Where the user logged in from: `internett` or `helsenett`.
pub const NETWORK: &str = "helseid://claims/identity/network";
/// The organisation that a user of ID-porten acts for.
pub const ON_BEHALF_OF: &str = "helseid://claims/client/on_behalf_of";
/// The client that a token was exchanged from.
pub const ORIGINAL_CLIENT_ID: &str = "helseid://claims/client/original_client_id";
/// How the client authenticated, in older tokens; see `client_amr`.
pub const CLIENT_AMR: &str = "helseid://claims/client/amr";
/// The organisation of the client's enterprise certificate, in older tokens.
pub const CERTIFICATE_ORGNR_PARENT: &str = "helseid://claims/client/ec/orgnr_parent";
/// The unit of the client's enterprise certificate, in older tokens.
pub const CERTIFICATE_ORGNR_CHILD: &str = "helseid://claims/client/ec/orgnr_child";
/// Until when the client's enterprise certificate holds, in older tokens.
pub const CERTIFICATE_EXP: &str = "helseid://claims/client/ec/exp";
/// The name in the client's enterprise certificate, in older tokens.
pub const CERTIFICATE_COMMON_NAME: &str = "helseid://claims/client/ec/common_name";
/// The journal at SFM that the client acts for.
pub const SFM_JOURNAL_ID: &str = "nhn:sfm:journal-id";
/// When the authority accepted the attestation that stands beside it: seconds since 1970. A claim of this project's authority, which
/// HelseID is not known to have.
pub const ATTESTED_AT: &str = "helseid-local:attested_at";
