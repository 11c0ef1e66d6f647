//! Builds the states of issuers, and the routers over them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use helseid_http::Outbound;
use helseid_protocol::dpop::NonceKey;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::random::bytes32;
use helseid_protocol::rule::Endpoint;

use crate::conformance::{self, SessionServer, Sessions};
use crate::faults::{FaultLayer, Faults, Hooks};
use crate::issuer::ServedIssuer;
use crate::login::{self, LoginBackend, LoginState, SessionSettings, TestLogin};
use crate::oauth::{self, Backend, IssuerSecrets, OAuthState, UserLogin, called_api};
use crate::outgoing::Outgoing;
use crate::registry::registration::RegistrationPolicy;
use crate::replica;
use crate::storage::registry::Sqlite;
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

/// How people log in, at the authority's own issuer and at those of its sessions.
#[derive(Clone)]
pub(super) struct LoginSetup {
    pub(super) settings: SessionSettings,
    /// Which addresses and numbers of persons may be registered.
    pub(super) addresses: Arc<RegistrationPolicy>,
    /// What sends logout tokens.
    pub(super) outgoing: Arc<Outgoing>,
}

/// The state of an issuer at which people log in, with the store of their sessions and refresh tokens. Whether they may is asked
/// before: whoever picks a person is that person.
pub(super) fn with_login(
    state: OAuthState,
    sessions: Arc<dyn SessionStore>,
    LoginSetup { settings, addresses, outgoing }: &LoginSetup,
) -> OAuthState {
    let rooms = LoginState::new(LoginBackend {
        issuer: &state.issuer,
        secret: &state.replay.ids,
        test_login: TestLogin::On,
        settings: *settings,
        registry: state.registry.clone(),
        synthetic_month: addresses.synthetic_month,
        sessions: sessions.clone(),
        uses: state.replay.store.clone(),
        limits: state.limits.clone(),
        clock: state.clock.clone(),
        random: state.random.clone(),
    });
    state.with_login(UserLogin { sessions, rooms, outgoing: outgoing.clone(), addresses: addresses.clone() })
}

/// The most bytes of the logins of one session.
const MAX_LOGIN_BYTES: u64 = 16 * 1024 * 1024;

/// The sessions below `parent`. Each is an issuer over the same registry and keys; nonces, used ids, trace, and who is logged in
/// are its own. People log in there if `login` says how, and calls to the APIs behind them leave on `way`.
pub(super) fn sessions(
    parent: &OAuthState,
    (backend, way): (Backend, Arc<Outbound>),
    explains: Explains,
    login: Option<LoginSetup>,
) -> Sessions {
    let time_and_chance = (backend.clock.clone(), backend.random.clone());
    Sessions::new(parent.issuer.clone(), way, time_and_chance, move |issuer, api| {
        let (backend, login) = (backend.clone(), login.clone());
        Box::pin(async move {
            let new_key = || bytes32(&*backend.random);
            let ids = Arc::new(MacKey::new(&new_key()));
            let secrets = IssuerSecrets { ids, nonces: NonceKey::new(&new_key()) };
            let state = oauth_state(backend, issuer, secrets, explains);
            let state = match &login {
                // A refresh token of a session is worth nothing elsewhere, and ends with it.
                Some(login) => {
                    with_login(state, Arc::new(Sqlite::in_memory_within(MAX_LOGIN_BYTES).await?), login)
                }
                None => state,
            };
            let (api, calls) = called_api::served(&state, api);
            let router = oauth::mount(&state, below(&state, None).merge(api));
            let endpoints = oauth::judged(&state).into_iter().chain([Endpoint::Api]).collect();
            Ok(SessionServer { issuer: state.issuer, trace: state.trace, calls, endpoints, router })
        })
    })
}

/// What every issuer has below its path: its endpoints, and the pages where people log in.
fn below(state: &OAuthState, faults: Option<FaultLayer>) -> Router {
    let endpoints = oauth::endpoints(state, faults);
    match &state.login {
        Some(login) => endpoints.merge(login::routes(&login.rooms, oauth::finish(state))),
        None => endpoints,
    }
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
    let below = below(state, faults).merge(others);
    let metadata = conformance::metadata_routes(sessions.clone(), below.clone());
    let below = below.clone().merge(conformance::routes(sessions.clone(), below));
    oauth::mount(state, below).merge(metadata)
}
