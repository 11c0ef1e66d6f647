//! How strict the rules are, and what tokens are signed with.

use std::time::Duration;

use helseid_protocol::jose::{Algorithm, RsaSize};
use helseid_protocol::rule::Profile;

use super::Config;
use super::error::Error;

impl Config {
    /// Sets the profile of clients that have none of their own.
    #[must_use]
    pub const fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Signs tokens with RS256 (the default), PS256 or ES256. Profile `fapi2` does not allow RS256: there it is PS256, ES256
    /// or EdDSA, by default the algorithm of the newest key in the folder, and PS256 if there is no key.
    #[must_use]
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// The size of new RSA keys: 3072 bits by default. Existing keys keep theirs.
    #[must_use]
    pub const fn rsa_size(mut self, size: RsaSize) -> Self {
        self.rsa_size = size;
        self
    }

    /// How far clients' clocks may be off: 10 s by default.
    #[must_use]
    pub const fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Checks that the profile allows the algorithm.
    pub(super) fn check_algorithm(&self) -> Result<(), Error> {
        match (self.profile, self.algorithm) {
            (Profile::Fapi2, Some(other)) if !self.profile.switches().algorithms.contains(other) => {
                Err(Error::AlgorithmOfProfile(self.profile, other))
            }
            (Profile::Fapi2, _)
            | (_, None | Some(Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256)) => Ok(()),
            (_, Some(other)) => Err(Error::Algorithm(other)),
        }
    }
}
