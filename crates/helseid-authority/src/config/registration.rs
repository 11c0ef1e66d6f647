//! What may be registered.

use helseid_protocol::person::SyntheticMonth;

use super::Config;
use crate::registry::registration::RegistrationPolicy;

impl Config {
    /// Accepts persons' numbers with 40 added to the month, besides those with 80. The help numbers that hospitals give real
    /// patients look the same: set this only where no real number can come in.
    #[must_use]
    pub const fn allow_plus_40_numbers(mut self) -> Self {
        self.synthetic_month = SyntheticMonth::Plus80OrPlus40;
        self
    }

    /// Which persons and clients are registered.
    pub(crate) const fn registration(&self) -> RegistrationPolicy {
        RegistrationPolicy { profile: self.profile, synthetic_month: self.synthetic_month }
    }
}
