//! What must be new in each authorization request: only several requests together show that it is not.

use std::collections::HashSet;
use std::sync::Arc;

use helseid_admin_api::TraceOutcome;
use helseid_protocol::rule::{Facts, Rule};

use crate::trace::Recorded;

/// The rules whose values were sent twice in requests that broke no other: `state` (RFC 9700 section 4.7), `nonce` (OpenID Connect
/// Core 1.0 section 15.5.2) and `code_challenge` (RFC 7636 section 4.1). A request that was refused may be sent again as it was.
pub(super) fn sent_again(requests: &[&Arc<Recorded>]) -> Vec<(Rule, Facts)> {
    let granted = requests.iter().filter(|request| request.outcome == TraceOutcome::Granted);
    let (mut seen, mut again) = (HashSet::new(), Vec::new());
    for (rule, hash) in granted.flat_map(|request| &request.artifacts.fresh) {
        if !seen.insert((rule, hash)) && again.iter().all(|(known, _)| known != rule) {
            again.push((*rule, Facts::new("a new one in each request", "one that was sent before")));
        }
    }
    again
}
