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
/// The journal at SFM that the client acts for.
pub const SFM_JOURNAL_ID: &str = "nhn:sfm:journal-id";
