//! Which client calls.

use std::sync::Arc;

use ::http::StatusCode;
use ::http::request::Parts;
use helseid_protocol::id::{Audience, ClientId};
use helseid_protocol::scope::ScopeSet;

use super::problem::Problem;
use crate::domain::change::Subject;
use crate::domain::model::KnownClient;
use crate::nhn::NhnState;
use crate::nhn::test_tokens;
use crate::oauth::own_api::{self, Denied, OwnApi};
use crate::registry::Snapshot;
use crate::registry::bootstrap::{SELF_SERVICE, SELF_SERVICE_SCOPE};

/// The client that calls, and the registry as it was then.
pub(super) struct CallingClient {
    pub(super) known: Arc<KnownClient>,
    pub(super) registry: Arc<Snapshot>,
}

/// The client that the request's token was issued to, if token and proof hold.
pub(super) async fn calling_client(state: &NhnState, parts: &Parts) -> Result<CallingClient, Problem> {
    let (id, oauth) = (client_id(state, parts).await?, &state.oauth);
    if !oauth.limits.client(&id, oauth.clock.now()) {
        return Err(Problem::too_many());
    }
    let registry = oauth.registry.now();
    if registry.broken.contains_key(&Subject::client(&id)) {
        return Err(not_let_in(&format!(
            "the registration of {id} cannot be read; the authority's log says why"
        )));
    }
    let known = registry.clients.get(&id).filter(|known| known.client.enabled && known.client.approved);
    let known =
        known.cloned().ok_or_else(|| not_let_in(&format!("{id} is registered no more, or disabled")))?;
    Ok(CallingClient { known, registry })
}

/// 403: token and proof are good, and the caller is not let in all the same.
fn not_let_in(detail: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "the caller is not let in", detail)
}

async fn client_id(state: &NhnState, parts: &Parts) -> Result<ClientId, Problem> {
    let api = OwnApi {
        audience: Audience::parse(SELF_SERVICE).map_err(Problem::wrong)?,
        scopes: ScopeSet::parse(SELF_SERVICE_SCOPE).map_err(Problem::wrong)?,
    };
    match own_api::verify(&state.oauth, &api, parts).await {
        // The double makes no token for us. If it ever did, whoever holds its key would be every client.
        Ok(caller) if test_tokens::is_test_token(caller.claims()) => Err(not_let_in(
            "this is a test token, made for the tests of another API; get one at the token endpoint",
        )),
        Ok(caller) => {
            caller.claims().client_id().cloned().ok_or_else(|| not_let_in("the token has no client_id"))
        }
        Err(Denied::Unavailable(why)) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not now", why)),
        Err(Denied::Credentials { status, fault, challenges }) => {
            Err(Problem::of_credentials(status, fault.as_ref(), challenges))
        }
    }
}
