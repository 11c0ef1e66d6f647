//! Notes for a report what must be new in each authorization request.

use helseid_protocol::authorize::CheckedRequest;
use helseid_protocol::jose::crypto::sha256;
use helseid_protocol::rule::Rule;

use crate::issuer::ConformanceMode;
use crate::oauth::state::OAuthState;
use crate::trace::RequestArtifacts;

/// Notes hashes of `state`, `nonce` and `code_challenge`, at an issuer that reports. Whether one was sent before, the report tells.
pub(super) fn note(state: &OAuthState, checked: &CheckedRequest, artifacts: &mut RequestArtifacts) {
    if state.issuer.mode == ConformanceMode::Enforce {
        return;
    }
    let ask = &checked.ask;
    let values = [
        (Rule::AuthorizeState, checked.way_back.state()),
        (Rule::AuthorizeNonce, ask.nonce.as_ref().map(|nonce| nonce.as_str())),
        (Rule::AuthorizeCodeChallenge, Some(ask.code_challenge.as_str())),
    ];
    let hashes = values.into_iter().filter_map(|(rule, value)| Some((rule, sha256(value?.as_bytes()))));
    artifacts.fresh = hashes.collect();
}
