//! Which client calls: the line of an API over our own tokens.

use std::sync::Arc;

use ::http::StatusCode;
use ::http::request::Parts;
use helseid_protocol::dpop::{CachedKeys, ExpectedNonce};
use helseid_protocol::id::{Audience, ClientId};
use helseid_protocol::log_within;
use helseid_protocol::resource::{self, Caller, Credentials, FirstUse, Policy, Request};
use helseid_protocol::rule::{Fault, Trail};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::shown;

use super::problem::Problem;
use crate::app::{App, targets};
use crate::domain::change::Subject;
use crate::domain::model::KnownClient;
use crate::nhn::test_tokens;
use crate::registry::bootstrap::{SELF_SERVICE, SELF_SERVICE_SCOPE};
use crate::storage::ephemeral::{Claim, Unavailable, Use};

/// The client that the request's token was issued to, if token and proof hold.
pub(super) async fn own_client(app: &App, parts: &Parts) -> Result<Arc<KnownClient>, Problem> {
    let id = client_id(app, parts).await?;
    if !app.limits.client(&id, app.clock.now()) {
        return Err(Problem::too_many());
    }
    if app.registry.now().broken.contains_key(&Subject::client(&id)) {
        return Err(not_let_in(&format!(
            "the registration of {id} cannot be read; whoever runs the authority sees why"
        )));
    }
    let known = app.registry.client(&id).filter(|known| known.client.enabled && known.client.approved);
    known.ok_or_else(|| not_let_in(&format!("{id} is registered no more, or disabled")))
}

/// 403: nothing is wrong with token and proof, and still.
fn not_let_in(detail: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "the caller is not let in", detail)
}

/// A fault of the request, or ours.
enum Stop {
    Fault(Fault),
    Unavailable(&'static str),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Unavailable> for Stop {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable.why())
    }
}

async fn client_id(app: &App, parts: &Parts) -> Result<ClientId, Problem> {
    let policy = policy(app)?;
    let (scopes, mut trail) = (ScopeSet::parse(SELF_SERVICE_SCOPE).map_err(Problem::wrong)?, Trail::new());
    let admitted = match Credentials::read(&parts.headers, policy.scheme, &mut trail) {
        Ok(None) => {
            let challenges = policy.challenges(None).iter().map(ToString::to_string).collect();
            return Err(Problem::of_credentials(StatusCode::UNAUTHORIZED, None, challenges));
        }
        Ok(Some(credentials)) => caller(app, parts, credentials, &policy, &mut trail).await,
        Err(fault) => Err(fault.into()),
    };
    let allowed = admitted.and_then(|caller| {
        caller.require_scopes_all(&scopes, &mut trail)?;
        Ok(caller)
    });
    match allowed {
        // The double makes none for us. If it ever did, whoever holds its key would be every client.
        Ok(caller) if test_tokens::is_test_token(caller.claims()) => Err(not_let_in(
            "this is a test token, made for the tests of another API; get one at the token endpoint",
        )),
        Ok(caller) => {
            caller.claims().client_id().cloned().ok_or_else(|| not_let_in("the token has no client_id"))
        }
        Err(Stop::Unavailable(why)) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not now", why)),
        Err(Stop::Fault(fault)) => {
            let (now, rule, path) = (app.clock.now(), fault.rule().id(), shown(parts.uri.path()));
            log_within!(app.log.strangers, now, info, rule, %fault, path, "refused");
            let challenges = policy.challenges(Some(&fault)).iter().map(ToString::to_string).collect();
            Err(Problem::of_credentials(resource::status(fault.code()), Some(&fault), challenges))
        }
    }
}

async fn caller(
    app: &App,
    parts: &Parts,
    credentials: Credentials<'_>,
    policy: &Policy,
    trail: &mut Trail,
) -> Result<Caller, Stop> {
    let ring = app.signing.ring().await.map_err(|_| Stop::Unavailable("the signing key is being made"))?;
    let now = app.clock.now();
    let token = credentials.token(policy, trail)?;
    let key = token.kid().and_then(|kid| ring.verify_key(kid, now));
    let token = token.check(key, policy, now, trail)?;
    let request = Request {
        method: &parts.method,
        targets: &targets(&app.issuer, parts.uri.path()),
        headers: &parts.headers,
        nonce: ExpectedNonce::None,
        cached_keys: CachedKeys::NONE,
        now,
    };
    let bound = token.bind(request, policy, trail)?;
    let first_use = match bound.replay_id(&app.replay_key) {
        None => FirstUse::Yes,
        Some((id, end)) => match app.fleeting.claim(Use { id, end }, now).await? {
            Claim::First => FirstUse::Yes,
            Claim::Again => FirstUse::No,
        },
    };
    Ok(bound.admit(first_use, trail)?)
}

fn policy(app: &App) -> Result<Policy, Problem> {
    let audience = Audience::parse(SELF_SERVICE).map_err(Problem::wrong)?;
    let mut policy = Policy::new(app.issuer.clone(), audience);
    policy.switches = *app.profile.switches();
    policy.tolerance = app.tolerance;
    Ok(policy)
}
