//! Verifies a token for one of the authority's own APIs, as any API verifies one: by its signature, its claims and its proof.

use ::http::StatusCode;
use ::http::request::Parts;
use helseid_protocol::dpop::{CachedKeys, ExpectedNonce};
use helseid_protocol::id::Audience;
use helseid_protocol::log_within;
use helseid_protocol::resource::{self, Caller, Credentials, Policy, Request};
use helseid_protocol::rule::{Fault, Trail};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::shown;

use super::state::OAuthState;
use crate::storage::ephemeral::Unavailable;

/// An API of the authority's own, and the scopes that all its callers need.
pub(crate) struct OwnApi {
    pub(crate) audience: Audience,
    pub(crate) scopes: ScopeSet,
}

/// Why a caller is not let in.
pub(crate) enum Denied {
    /// The request has no credentials, or credentials that are not good enough.
    Credentials {
        status: StatusCode,
        /// The rule that they break; none if there are no credentials.
        fault: Option<Fault>,
        /// The values of `WWW-Authenticate`.
        challenges: Vec<String>,
    },
    /// This is not the request's fault, and the same may be sent again.
    Unavailable(&'static str),
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

/// The caller of `api`, if its token and proof hold and were not used before.
pub(crate) async fn verify(state: &OAuthState, api: &OwnApi, parts: &Parts) -> Result<Caller, Denied> {
    let issuer = &state.issuer;
    let mut policy = Policy::new(issuer.name.clone(), api.audience.clone());
    policy.switches = *issuer.profile.switches();
    policy.tolerance = issuer.tolerance;
    let mut trail = Trail::new();
    let challenges =
        |fault: Option<&Fault>| policy.challenges(fault).iter().map(ToString::to_string).collect();
    let admitted = match Credentials::read(&parts.headers, policy.scheme, &mut trail) {
        Ok(None) => {
            let status = StatusCode::UNAUTHORIZED;
            return Err(Denied::Credentials { status, fault: None, challenges: challenges(None) });
        }
        Ok(Some(credentials)) => caller(state, parts, credentials, &policy, &mut trail).await,
        Err(fault) => Err(fault.into()),
    };
    let allowed = admitted.and_then(|caller| {
        caller.require_scopes_all(&api.scopes, &mut trail)?;
        Ok(caller)
    });
    allowed.map_err(|stop| match stop {
        Stop::Unavailable(why) => Denied::Unavailable(why),
        Stop::Fault(fault) => {
            let (now, rule, path) = (state.clock.now(), fault.rule().id(), shown(parts.uri.path()));
            log_within!(state.limits.log.strangers, now, info, rule, %fault, path, "refused");
            let (status, challenges) = (resource::status(fault.code()), challenges(Some(&fault)));
            Denied::Credentials { status, fault: Some(fault), challenges }
        }
    })
}

async fn caller(
    state: &OAuthState,
    parts: &Parts,
    credentials: Credentials<'_>,
    policy: &Policy,
    trail: &mut Trail,
) -> Result<Caller, Stop> {
    let key_set = state.keys.wait().await.map_err(|_| Stop::Unavailable("the signing key is being made"))?;
    let now = state.clock.now();
    let token = credentials.token(policy, trail)?;
    let key = token.kid().and_then(|kid| key_set.verify_key(kid, now));
    let token = token.check(key, policy, now, trail)?;
    let request = Request {
        method: &parts.method,
        targets: &state.issuer.targets(parts.uri.path()),
        headers: &parts.headers,
        nonce: ExpectedNonce::None,
        cached_keys: CachedKeys::NONE,
        now,
    };
    let bound = token.bind(request, policy, trail)?;
    let first_use = state.replay.first_use(&bound, now).await?;
    Ok(bound.admit(first_use, trail)?)
}
