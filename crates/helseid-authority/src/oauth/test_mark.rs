//! The mark of tokens that a double of NHN's test token service made: they are signed as all others are, and open nothing here.

use helseid_protocol::jose::json::Object;

/// The claim that only they have.
pub(crate) const MARK: &str = "helseid-local:test-token";

/// Whether a token with these claims is one.
pub(crate) fn is_test_token(claims: &Object) -> bool {
    claims.contains_key(MARK)
}
