//! What is remembered of a request object, so that it is good once.

use std::time::Duration;

use crate::assertion;
use crate::dpop::ReplayId;
use crate::id::{ClientId, JwtId};
use crate::jose::crypto::MacKey;
use crate::rule::Facts;
use crate::time::Timestamp;

/// The `jti` of a request object that was checked. Whether it is used for the first time is still open.
///
/// ```
/// use helseid_protocol::authorize::RequestObjectId;
/// use helseid_protocol::{dpop::ReplayId, id::ClientId, jose::crypto::MacKey, time::Timestamp};
/// use std::time::Duration;
///
/// /// Under what a store remembers that the object was used, and until when: it is used up at once.
/// fn entry(id: &RequestObjectId, client: &ClientId, key: &MacKey) -> (ReplayId, Timestamp) {
///     (id.replay_id(client, key), id.remember_until(Duration::ZERO))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestObjectId {
    jti: JwtId,
    /// From when on no request with it is judged that is not refused by its age, the difference of clocks included.
    until: Timestamp,
    /// Whether it has the client for its subject.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    could_be_an_assertion: bool,
}

impl RequestObjectId {
    pub(super) fn new(jti: JwtId, expires: Timestamp, tolerance: Duration) -> Self {
        let until = expires.plus(tolerance * 2).plus(Duration::from_secs(1));
        Self { jti, until, could_be_an_assertion: false }
    }

    /// The same for an object that has the client for its subject.
    pub(super) const fn with_the_client_for_subject(mut self) -> Self {
        self.could_be_an_assertion = true;
        self
    }

    /// Under which the object of `client` is remembered as used, by a `key` of the authority's own. One that could pass for a
    /// client assertion is used up as such (RFC 9101 section 10.8): whoever sees it in a URL does not authenticate with it
    /// after that, and an assertion that was sent is no request object.
    #[must_use]
    pub fn replay_id(&self, client: &ClientId, key: &MacKey) -> ReplayId {
        if self.could_be_an_assertion {
            return assertion::replay_id(client, &self.jti, key);
        }
        ReplayId::of(key, &[b"request_object", client.as_str().as_bytes(), self.jti.as_str().as_bytes()])
    }

    /// From when on it need not be remembered, if a request with it is answered at most `answered_within` after it was judged:
    /// zero where it is used up at once. A browser may bring it to several pages while it is good, and answer each much later.
    #[must_use]
    pub fn remember_until(&self, answered_within: Duration) -> Timestamp {
        self.until.plus(answered_within)
    }

    /// The breach of using it twice: of [`Rule::RequestObjectJtiOnce`](crate::rule::Rule::RequestObjectJtiOnce).
    #[must_use]
    pub fn used_before(&self) -> Facts {
        Facts::new("a new jti in each request object", format_args!("a jti that was used: '{}'", self.jti))
    }
}
