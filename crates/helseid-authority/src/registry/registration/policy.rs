//! What an authority was set up to register.

use helseid_protocol::person::SyntheticMonth;
use helseid_protocol::rule::Profile;

/// What an authority was set up to register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegistrationPolicy {
    /// What clients are held to that have no profile of their own.
    pub(crate) profile: Profile,
    /// Which numbers of persons are taken.
    pub(crate) synthetic_month: SyntheticMonth,
}
