//! What may be registered.

use helseid_protocol::id::{Issuer, is_loopback};
use helseid_protocol::person::SyntheticMonth;
use url::Url;

use super::Config;
use crate::registry::registration::{InsecureHost, RegistrationPolicy, Seed};

impl Config {
    /// Accepts persons' numbers with 40 added to the month, besides those with 80. The help numbers that hospitals give real
    /// patients look the same: set this only where no real number can come in.
    #[must_use]
    pub const fn allow_plus_40_numbers(mut self) -> Self {
        self.synthetic_month = SyntheticMonth::Plus80OrPlus40;
        self
    }

    /// Lets clients register addresses of this one host with http, as between containers: `http://web:3000/callback`. All others
    /// are https, or http on loopback.
    #[must_use]
    pub fn insecure_redirect_host(mut self, host: InsecureHost) -> Self {
        self.insecure_redirect_host = Some(host);
        self
    }

    /// Makes the registry hold what a seed file says before anything is answered, as
    /// [`Running::apply_seed`](crate::Running::apply_seed) does later.
    #[must_use]
    pub fn seed(mut self, seed: Seed, prune: bool) -> Self {
        self.seed = Some((seed, prune));
        self
    }

    /// Which persons and clients are registered.
    pub(crate) fn registration(&self) -> RegistrationPolicy {
        let is_here = |issuer: &Issuer| Url::parse(issuer.as_str()).is_ok_and(|url| is_loopback(&url));
        RegistrationPolicy {
            profile: self.profile,
            synthetic_month: self.synthetic_month,
            // Without a name of its own, an authority listens on loopback alone.
            issuer_is_loopback: self.issuer.as_ref().is_none_or(is_here),
            insecure_host: self.insecure_redirect_host.clone(),
        }
    }
}
