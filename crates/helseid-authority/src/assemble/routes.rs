//! Builds the states of issuers, and the routers over them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use helseid_protocol::dpop::NonceKey;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::person::SyntheticMonth;
use helseid_protocol::random::bytes32;

use crate::conformance::{self, SessionServer, Sessions};
use crate::faults::{FaultLayer, Faults, Hooks};
use crate::issuer::ServedIssuer;
use crate::login::{self, LoginBackend, LoginState, SessionSettings, TestLogin};
use crate::oauth::{self, Backend, IssuerSecrets, OAuthState, UserLogin};
use crate::replica;
use crate::storage::sessions::SessionStore;
use crate::trace::{self, Trace};

/// Whether an issuer explains why it refused a request, to whoever has the request's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Explains {
    Refusals,
    Nothing,
}

/// The state of an issuer, be it the authority's own or that of a session.
pub(super) fn oauth_state(
    backend: Backend,
    issuer: ServedIssuer,
    secrets: IssuerSecrets,
    explains: Explains,
) -> OAuthState {
    let trace = match explains {
        Explains::Refusals => Trace::new().explained_at(issuer.name.at(trace::endpoint::PATH)),
        Explains::Nothing => Trace::new(),
    };
    OAuthState::new(backend, issuer, secrets, trace)
}

/// The state of the authority's own issuer, at which people log in.
pub(super) fn with_login(
    state: OAuthState,
    sessions: Arc<dyn SessionStore>,
    (test_login, settings, synthetic_month): (TestLogin, SessionSettings, SyntheticMonth),
) -> OAuthState {
    let rooms = LoginState::new(LoginBackend {
        issuer: &state.issuer,
        secret: &state.replay.ids,
        test_login,
        settings,
        registry: state.registry.clone(),
        synthetic_month,
        sessions: sessions.clone(),
        uses: state.replay.store.clone(),
        limits: state.limits.clone(),
        clock: state.clock.clone(),
        random: state.random.clone(),
    });
    state.with_login(UserLogin { sessions, rooms })
}

/// The sessions below `parent`. Each is an issuer over the same registry and keys; nonces, used ids and trace are its own.
pub(super) fn sessions(parent: &OAuthState, backend: Backend, explains: Explains) -> Sessions {
    let (clock, random) = (backend.clock.clone(), backend.random.clone());
    Sessions::new(parent.issuer.clone(), clock, random, move |issuer| {
        let random = &*backend.random;
        let ids = Arc::new(MacKey::new(&bytes32(random)));
        let secrets = IssuerSecrets { ids, nonces: NonceKey::new(&bytes32(random)) };
        let state = oauth_state(backend.clone(), issuer, secrets, explains);
        let router = oauth::mount(&state, oauth::endpoints(&state, None));
        SessionServer { issuer: state.issuer, trace: state.trace, router }
    })
}

/// The layer that puts faults around the endpoints of `state`.
pub(super) fn fault_layer(faults: Arc<Faults>, state: &OAuthState) -> FaultLayer {
    let (nonces, rotated, counted) = (state.replay.clone(), state.clone(), state.clone());
    let hooks = Hooks {
        clock: state.clock.clone(),
        admits: Box::new(move |address| counted.limits.address(address, counted.clock.now())),
        issue_nonce: Box::new(move |now| nonces.nonces.issue(now)),
        rotate: Box::new(move || {
            let state = rotated.clone();
            Box::pin(async move {
                let (lead, tolerance) = (Duration::ZERO, state.issuer.tolerance);
                let now = state.clock.now();
                // A failure is in the log.
                let _ = replica::rotate(&state.registry, &state.keys, lead, tolerance, now).await;
            })
        }),
    };
    FaultLayer::new(faults, hooks)
}

/// The router of the authority's own issuer, with its sessions and what else stands below its path.
pub(super) fn issuer_router(
    state: &OAuthState,
    faults: Option<FaultLayer>,
    sessions: &Arc<Sessions>,
    others: Router,
) -> Router {
    let below = oauth::endpoints(state, faults).merge(others);
    let below = match &state.login {
        Some(login) => below.merge(login::routes(&login.rooms, oauth::finish(state))),
        None => below,
    };
    let metadata = conformance::metadata_routes(sessions.clone(), below.clone());
    let below = below.clone().merge(conformance::routes(sessions.clone(), below));
    oauth::mount(state, below).merge(metadata)
}
