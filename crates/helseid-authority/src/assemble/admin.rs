//! Builds the state of the admin.

use std::sync::Arc;

use crate::admin::{
    Access, AdminMount, AdminSite, AdminState, ConformanceAdmin, FaultAdmin, LoginAdmin, RegistryAdmin,
    SignInTokens, SigningKeyAdmin, TraceAdmin,
};
use crate::conformance::Sessions;
use crate::faults::Faults;
use crate::oauth::OAuthState;
use crate::registry::registration::RegistrationPolicy;

/// Of an authority without faults, `faults` is none.
pub(super) fn admin_state(
    oauth: &OAuthState,
    sessions: &Arc<Sessions>,
    faults: Option<&Arc<Faults>>,
    (access, mount): (Access, AdminMount),
    policy: RegistrationPolicy,
) -> AdminState {
    let OAuthState { issuer, registry, keys, replay, limits, trace, clock, random, .. } = oauth;
    AdminState {
        site: Arc::new(AdminSite {
            issuer: issuer.name.clone(),
            mount,
            profile: issuer.profile,
            clock: clock.clone(),
            log: limits.log.clone(),
        }),
        access: Arc::new(access),
        registry: Arc::new(RegistryAdmin {
            registry: registry.clone(),
            policy,
            clock: clock.clone(),
            random: random.clone(),
        }),
        signing_keys: Arc::new(SigningKeyAdmin {
            keys: keys.clone(),
            registry: registry.clone(),
            tolerance: issuer.tolerance,
            clock: clock.clone(),
        }),
        trace: Arc::new(TraceAdmin::new(trace.clone())),
        conformance: Arc::new(ConformanceAdmin::new(sessions.clone(), registry.clone())),
        faults: Arc::new(FaultAdmin { faults: faults.cloned(), registry: registry.clone() }),
        logins: Arc::new(LoginAdmin { oauth: oauth.clone() }),
        sign_in: Arc::new(SignInTokens {
            store: replay.store.clone(),
            hash_key: replay.ids.clone(),
            clock: clock.clone(),
            random: random.clone(),
        }),
    }
}
