//! Puts an authority together: opens the stores, builds what each folder shares, merges the routers, and listens. The only
//! module that knows all others.

mod listen;
mod stores;

use std::sync::Arc;

use helseid_protocol::dpop::NonceKey;
use helseid_protocol::endpoint::token;
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::random::bytes32;
use helseid_protocol::rule::Profile;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::admin::{self, Access, AdminMount};
use crate::app::{App, targets};
use crate::config::{Config, Error};
use crate::conformance::Sessions;
use crate::keys::{self, KeyKind, SigningKeys};
use crate::registry::bootstrap;
use crate::registry::{self, Registry, Waits};
use crate::replica;
use crate::running::Running;
use crate::storage::registry::{Folder, Store, StoreError};
use crate::trace::Trace;
use crate::web::rate_limit::Limits;
use crate::web::{self, MAX_ADMIN_CONNECTIONS, Places, Server};
use listen::{issuer, listen, listen_for_admin, local_address};
pub(crate) use stores::open;
use stores::{open_ephemeral, replay_key};

/// A local HelseID.
#[derive(Debug)]
pub struct Authority;

impl Authority {
    /// Opens the store, listens, and answers. The signing key of a new authority is made meanwhile; who needs it waits.
    pub async fn start(config: Config) -> Result<Running, Error> {
        config.check()?;
        let listeners = listen(&config).await?;
        let addresses: Vec<_> = listeners.iter().map(|listener| listener.address).collect();
        let issuer = issuer(&config, &addresses)?;
        let (admin_listeners, admin_mount) =
            listen_for_admin(&config.admin, local_address(&issuer, &addresses)?).await?;

        let (folder, store) = open(&config).await?;
        let waits = if config.shared.is_some() { Waits::Briefly } else { Waits::ForIt };
        let registry = Registry::load(store.clone(), waits).await?;
        let now = config.clock.now();
        bootstrap::fill(&registry, &*store, now).await?;
        let algorithm = signing_algorithm(&config, &keys::algorithms(&*store).await?)?;
        let kind = KeyKind { algorithm, rsa: config.rsa_size };
        let signing = SigningKeys::load(store.clone(), kind).await?;
        let replay_key = replay_key(&*store, &*config.random).await?;
        let fleeting = open_ephemeral(&config, folder.as_ref(), &store).await?;
        let (access, admin_token) =
            access(&config, &*store, folder.as_ref(), (&issuer, &admin_mount)).await?;
        let nonces = match &config.shared {
            Some(shared) => shared.secret.nonce_key(),
            None => NonceKey::new(&bytes32(&*config.random)),
        };

        // Before anything is answered.
        store.make_durable().await?;

        let app = Arc::new(App {
            token_endpoint: issuer.at(token::PATH),
            token_targets: targets(&issuer, token::PATH),
            issuer,
            profile: config.profile,
            algorithm,
            tolerance: config.tolerance,
            self_service_key_lifetime: config.self_service_key_lifetime,
            nonces,
            clock: config.clock,
            random: config.random,
            registry: Arc::new(registry),
            signing: Arc::new(signing),
            replay_key: Arc::new(replay_key),
            fleeting,
            proof_keys: Arc::default(),
            access,
            admin_mount,
            trace: Arc::new(Trace::new()),
            limits: Arc::new(Limits::new(config.requests_per_second)),
            log: Arc::default(),
            conformance: Sessions::default(),
            judged: None,
            scenarios: config.scenarios.then(Arc::default),
        });
        let (stop, stopped) = watch::channel(false);
        let mut servers = JoinSet::new();
        let places = Places::new(web::with_handles(config.max_connections), config.unlimited.clone());
        let server = Server::new(web::router(&app), places, app.clock.clone());
        for listener in listeners {
            servers.spawn(server.clone().serve(listener, stopped.clone()));
        }
        let places = Places::new(MAX_ADMIN_CONNECTIONS, config.unlimited);
        let server = Server::new(admin::routes(&app.admin_state()), places, app.clock.clone());
        for listener in admin_listeners {
            servers.spawn(server.clone().serve(listener, stopped.clone()));
        }
        servers.spawn(registry::trim_audit(app.registry.clone(), app.clock.clone(), stopped.clone()));
        if app.registry.is_replica() {
            servers.spawn(replica::follow(app.registry.clone(), app.signing.clone(), stopped));
        }
        app.signing.make_missing(now);
        Ok(Running { app, addresses, data_dir: config.data_dir, admin_token, stop, servers, _folder: folder })
    }
}

/// What was asked for, else what the profile signs with. Where a folder's keys do not fit the profile, a person makes the
/// next one: those who know the old keys need the lead that `rotate-keys` can give. Keys that replicas share are made by
/// the first that needs one, as nothing rotates them while all are stopped.
fn signing_algorithm(config: &Config, keys: &[Algorithm]) -> Result<Algorithm, Error> {
    if config.profile != Profile::Fapi2 {
        return Ok(config.algorithm.unwrap_or(Algorithm::RS256));
    }
    let fits = |algorithm: &&Algorithm| config.profile.switches().algorithms.contains(**algorithm);
    match (keys.iter().find(fits), keys.first()) {
        (None, Some(found)) if config.shared.is_none() => {
            Err(Error::SigningKeys { profile: config.profile, found: *found })
        }
        (own, _) => Ok(config.algorithm.or(own.copied()).unwrap_or(Algorithm::PS256)),
    }
}

async fn access(
    config: &Config,
    store: &dyn Store,
    folder: Option<&Folder>,
    (issuer, mount): (&Issuer, &AdminMount),
) -> Result<(Access, String), StoreError> {
    match &config.shared {
        Some(shared) => Access::of_replica(shared.secret.admin_tokens(), folder, issuer, mount),
        None => Access::start(store, folder, issuer, mount, &*config.random).await,
    }
}
