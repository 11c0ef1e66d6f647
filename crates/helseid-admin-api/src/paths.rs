//! Where the endpoints of the admin API are.

/// What every path of the admin API begins with, below the issuer.
pub const PREFIX: &str = "/admin/api";

/// Where the clients are, below the issuer.
pub const CLIENTS_PATH: &str = "/admin/api/clients";

/// Where the API resources are, below the issuer.
pub const APIS_PATH: &str = "/admin/api/apis";

/// Where the organisations are, below the issuer.
pub const ORGANISATIONS_PATH: &str = "/admin/api/organisations";

/// Where the keys for the doubles of NHN's services are, below the issuer.
pub const ACCESS_KEYS_PATH: &str = "/admin/api/access-keys";

/// Where the log of changes is, below the issuer.
pub const AUDIT_PATH: &str = "/admin/api/audit";

/// Where the trace of token requests is, below the issuer.
pub const TRACE_PATH: &str = "/admin/api/trace";

/// Where the faults on request are, below the issuer.
pub const SCENARIOS_PATH: &str = "/admin/api/scenarios";

/// Where the signing keys are, below the issuer.
pub const SIGNING_KEYS_PATH: &str = "/admin/api/signing-keys";

/// Where the conformance sessions are, below the issuer.
pub const CONFORMANCE_PATH: &str = "/admin/api/conformance";

/// Where links to the admin pages are made, below the issuer.
pub const SIGN_IN_LINKS_PATH: &str = "/admin/api/sign-in-links";

/// Where the entries are that cannot be read, below the issuer.
pub const BROKEN_PATH: &str = "/admin/api/broken";

/// Where the delegations are, below the issuer.
pub const DELEGATIONS_PATH: &str = "/admin/api/delegations";
