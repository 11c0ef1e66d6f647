//! `at_hash`: which access token came with an ID token.

use crate::jose::{Algorithm, base64url, crypto};
use crate::secret::AccessToken;

/// The left half of the access token's hash, by the hash function of the ID token's `alg` (OpenID Connect Core 1.0 section
/// 3.1.3.6; SHA-512 for Ed25519, as libraries agree).
#[must_use]
pub fn at_hash(token: &AccessToken, algorithm: Algorithm) -> String {
    let hash = crypto::hash_of(algorithm, token.expose().as_bytes());
    let (left, _) = hash.split_at(hash.len() / 2);
    base64url::encode(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_openid_connect_has_this_hash() {
        // OpenID Connect Core 1.0 appendix A.3.
        let token = AccessToken::new("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
        assert_eq!(at_hash(&token, Algorithm::RS256), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(at_hash(&token, Algorithm::ES256), "77QmUPtjPfzWtF2AnpK9RQ");
        for (algorithm, bytes) in [(Algorithm::PS384, 24), (Algorithm::ES512, 32), (Algorithm::EdDSA, 32)] {
            assert_eq!(base64url::decode(&at_hash(&token, algorithm)).expect("base64url").len(), bytes);
        }
    }
}
