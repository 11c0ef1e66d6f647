//! What an authority was set up to register.

use helseid_protocol::person::SyntheticMonth;
use helseid_protocol::rule::Profile;

use super::InsecureHost;

/// What an authority was set up to register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegistrationPolicy {
    /// What clients are held to that have no profile of their own.
    pub(crate) profile: Profile,
    /// Which numbers of persons are taken.
    pub(crate) synthetic_month: SyntheticMonth,
    /// Whether the authority's own name is on loopback.
    pub(crate) issuer_is_loopback: bool,
    /// The one host off loopback that clients' addresses may name with http.
    pub(crate) insecure_host: Option<InsecureHost>,
}
