//! Puts an authority together: opens the stores, builds what each folder shares, merges the routers, and listens. The only
//! module that knows all others.

mod admin;
mod listen;
mod routes;
mod stores;

use std::sync::Arc;
use std::time::Duration;

#[cfg(not(feature = "nhn"))]
use axum::Router;
use helseid_http::Outbound;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::rule::Profile;
use helseid_tls::{CA_FILE, TlsServer};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::admin::{Access, AdminAddress, AdminMount, AdminToken};
use crate::config::{Config, Error, TLS_FOLDER};
use crate::faults::Faults;
use crate::issuer::{ConformanceMode, ServedIssuer};
use crate::keys::{self, KeyKind, SigningKeys};
use crate::login::{SessionSettings, TestLogin};
#[cfg(feature = "nhn")]
use crate::nhn::{self, NhnState};
use crate::oauth::Backend;
use crate::outgoing::{Outgoing, Patience};
use crate::registry::bootstrap;
use crate::registry::registration::{RegistrationPolicy, apply_seed};
use crate::registry::{self, Registry, Waits};
use crate::replica;
use crate::running::Running;
use crate::storage::registry::{Folder, Store, StoreError};
use crate::storage::sessions;
use crate::web::rate_limit::Limits;
use crate::web::{self, MAX_ADMIN_CONNECTIONS, Places, Server};
use admin::admin_state;
use listen::{issuer, listen, listen_for_admin, local_address};
use routes::{Explains, LoginSetup};
pub(crate) use stores::open;
use stores::{open_ephemeral, secrets};

/// How long connecting to an API behind a session of conformance may take, each read, and a call.
const TO_CONNECT: Duration = Duration::from_secs(5);
const FOR_A_READ: Duration = Duration::from_secs(30);
const FOR_A_CALL: Duration = Duration::from_secs(120);

/// A local HelseID.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_authority::{Authority, Config};
///
/// // Keeps its clients and keys in the folder, and listens on 8480.
/// let authority = Authority::start(Config::in_folder("helseid-data".into())).await?;
/// authority.ready().await;
/// println!("{} answers at {:?}", authority.issuer(), authority.addresses());
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Authority;

impl Authority {
    /// Opens the store, listens, and answers. The signing key of a new authority is made meanwhile; who needs it waits.
    pub async fn start(config: Config) -> Result<Running, Error> {
        config.check()?;
        let listeners = listen(&config).await?;
        let addresses: Vec<_> = listeners.iter().map(|listener| listener.address).collect();
        let issuer = issuer(&config, &addresses)?;
        let (admin_listeners, mount) = listen_for_admin(&config, local_address(&issuer, &addresses)?).await?;

        let (folder, store) = open(&config).await?;
        let tls = listen::tls(&config, folder.as_ref(), &issuer, &mount)?;
        let now = config.clock.now();
        let waits = if config.shared.is_some() { Waits::Briefly } else { Waits::ForIt };
        let registry = Registry::load(store.clone(), waits).await?;
        bootstrap::fill(&registry, &*store, now).await?;
        if let Some((seed, prune)) = config.seed.clone() {
            apply_seed(&registry, seed, prune, &config.registration(), now).await.map_err(Error::Seed)?;
        }
        let algorithm = signing_algorithm(&config, &keys::algorithms(&*store).await?)?;
        let kind = KeyKind { algorithm, rsa: config.rsa_size };
        let backend = Backend {
            registry: Arc::new(registry),
            keys: Arc::new(SigningKeys::load(store.clone(), kind).await?),
            store: open_ephemeral(&config, folder.as_ref(), &store).await?,
            limits: Arc::new(Limits::new(config.requests_per_second)),
            clock: config.clock.clone(),
            random: config.random.clone(),
        };
        let secrets = secrets(&config, &*store).await?;
        let ca_file = tls.as_ref().and_then(TlsServer::ca_pem).map(|_| format!("{TLS_FOLDER}/{CA_FILE}"));
        let address = AdminAddress { issuer: &issuer, mount: &mount, ca_file: ca_file.as_deref() };
        let (access, admin_token) = access(&config, &*store, folder.as_ref(), address).await?;

        // Before anything is answered. The disk gets both at once.
        tokio::try_join!(store.make_durable(), admin_token.write(folder.as_ref()))?;

        let enforce = ConformanceMode::Enforce;
        let served = ServedIssuer::new(issuer, config.profile, config.tolerance, enforce)
            .max_exchanges(config.max_exchanges);
        let explains = if mount == AdminMount::Off { Explains::Nothing } else { Explains::Refusals };
        let oauth = routes::oauth_state(backend.clone(), served, secrets, explains);
        let settings = SessionSettings::new(config.tolerance);
        let login = match config.test_login(&oauth.issuer.name)? {
            TestLogin::On => {
                let addresses = Arc::new(config.registration());
                let outgoing = outgoing(&config, &addresses, tls.as_ref())?;
                Some(LoginSetup { settings, addresses, outgoing })
            }
            // Whoever picks a person is that person.
            TestLogin::Off => None,
        };
        let login_sessions = stores::sessions(&config, &store);
        let oauth = match &login {
            Some(login) => routes::with_login(oauth, login_sessions.clone(), login),
            None => oauth,
        };
        let way = to_apis(&config, &config.registration(), tls.as_ref())?;
        let conformance = Arc::new(routes::sessions(&oauth, (backend.clone(), way), explains, login));
        let faults = config.faults.then(Arc::<Faults>::default);
        #[cfg(feature = "nhn")]
        let doubles = nhn::routes(
            NhnState {
                oauth: oauth.clone(),
                key_lifetime: config.self_service_key_lifetime,
                policy: config.registration(),
            },
            access.origins.clone(),
        );
        #[cfg(not(feature = "nhn"))]
        let doubles = Router::new();
        let admin =
            admin_state(&oauth, &conformance, faults.as_ref(), (access, mount), config.registration());
        let others = match admin.site.mount {
            AdminMount::WithIssuer(_) => doubles.merge(crate::admin::routes(&admin)),
            AdminMount::Own(_) | AdminMount::Off => doubles,
        };
        let layer = faults.clone().map(|faults| routes::fault_layer(faults, &oauth));
        let router = routes::issuer_router(&oauth, layer, &conformance, others);

        let (stop, stopped) = watch::channel(false);
        let mut servers = JoinSet::new();
        let places = Places::new(web::with_handles(config.max_connections), config.unlimited.clone());
        let server = Server::new(router, places, oauth.clock.clone()).with_tls(tls.clone());
        for listener in listeners {
            servers.spawn(server.clone().serve(listener, stopped.clone()));
        }
        let places = Places::new(MAX_ADMIN_CONNECTIONS, config.unlimited);
        let server = Server::new(crate::admin::routes(&admin), places, oauth.clock.clone());
        let server = server.with_tls(tls.clone());
        for listener in admin_listeners {
            servers.spawn(server.clone().serve(listener, stopped.clone()));
        }
        let ca_pem = tls.as_ref().and_then(TlsServer::ca_pem).map(str::to_owned);
        if let Some(tls) = tls {
            servers.spawn(tls.follow(stopped.clone()));
        }
        let Backend { registry, keys, clock, .. } = backend;
        servers.spawn(registry::audit::trim(registry.clone(), clock.clone(), stopped.clone()));
        servers.spawn(sessions::trim(login_sessions, clock, stopped.clone()));
        if registry.is_replica() {
            servers.spawn(replica::follow(registry, keys.clone(), stopped));
        }
        keys.make_missing(now);
        Ok(Running {
            oauth,
            sessions: conformance,
            faults,
            admin,
            addresses,
            data_dir: config.data_dir,
            admin_token: admin_token.token,
            ca_pem,
            stop,
            servers,
            _folder: folder,
        })
    }
}

/// The way to clients, on which the authority's own CA is trusted, too: on a developer's machine it signed for them as well.
fn outgoing(
    config: &Config,
    policy: &RegistrationPolicy,
    tls: Option<&TlsServer>,
) -> Result<Arc<Outgoing>, Error> {
    let host = policy.insecure_host.as_ref().map(ToString::to_string);
    let outgoing = Outgoing::new(host, trusted(config, tls).as_deref(), Patience::USUAL);
    outgoing.map(Arc::new).map_err(|why| Error::Outgoing(why.to_string()))
}

/// The way to the APIs that sessions of conformance stand in front of: where clients may be reached, an API may.
fn to_apis(
    config: &Config,
    policy: &RegistrationPolicy,
    tls: Option<&TlsServer>,
) -> Result<Arc<Outbound>, Error> {
    let host = policy.insecure_host.as_ref().map(ToString::to_string);
    let way = Outbound::builder().timeouts(TO_CONNECT, FOR_A_READ, FOR_A_CALL).insecure_http(host);
    let way = way.ca_pem(trusted(config, tls)).build();
    way.map(Arc::new).map_err(|why| Error::Outgoing(why.to_string()))
}

/// The certificates that are trusted besides the system's, in PEM.
fn trusted(config: &Config, tls: Option<&TlsServer>) -> Option<String> {
    let own = tls.and_then(TlsServer::ca_pem);
    let trusted: Vec<_> = own.into_iter().chain(config.clients_ca_pem.as_deref()).collect();
    (!trusted.is_empty()).then(|| trusted.join("\n"))
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
    address: AdminAddress<'_>,
) -> Result<(Access, AdminToken), StoreError> {
    match &config.shared {
        Some(shared) => Access::of_replica(shared.admin_tokens(), address),
        None => Access::start(store, folder, address, &*config.random).await,
    }
}
