//! On whose behalf a call is made or a token requested: the caller of an API of the program's, whose token is exchanged.

use helseid_protocol::secret::AccessToken;

use super::calls::Calls;
use crate::admitted::own_end;
use crate::callers::{Caller, Endpoint};
use crate::refusal::Refusal;

impl Calls {
    /// The token of somebody who called an API of `caller`'s, to be exchanged: only one that was admitted here with a proof, since a
    /// token alone may be stolen (threat B6). Who may not exchange tokens may not have them exchanged on the way, either.
    pub(super) async fn subject(&self, token: &str, caller: &Caller) -> Result<AccessToken, Refusal> {
        if !caller.rights.allow_endpoint(Endpoint::Exchange) {
            let why = "this caller may not act for others: see exchange in endpoints of its section";
            return Err(Refusal::forbidden(why));
        }
        let may = |gate: &str| caller.rights.allow_protect(gate);
        if !self.any_user_token && !self.admitted.has(token, may).await? {
            if own_end(token).is_some_and(|end| end <= self.clock().now()) {
                return Err(Refusal::invalid("user_token: it has expired: its sender needs a new one"));
            }
            return Err(Refusal::invalid(
                "user_token: it was not admitted here with a proof, by an API of yours: ask /api/v1/validate/NAME about its request \
                 first. Any other is taken only with insecure_any_user_token of [sidecar]",
            ));
        }
        Ok(AccessToken::new(token))
    }
}
