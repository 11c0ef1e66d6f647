//! How an authority comes up and goes down.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use helseid_protocol::dpop::NonceKey;
use helseid_protocol::endpoint::token;
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::jose::{Algorithm, base64url};
use helseid_protocol::random::{Random, bytes32};
use helseid_protocol::rule::Profile;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use crate::admin::{self, Access, Pages};
use crate::app::{App, targets};
use crate::config::{AdminDoor, Asked, Config, Error, Place};
use crate::conformance::Sessions;
use crate::faults::Scenarios;
use crate::keys::{self, KeyKind, SigningKeys};
use crate::maintenance;
use crate::registry::bootstrap;
use crate::registry::{Registry, Waits};
use crate::replica::{self, Shared};
use crate::storage::ephemeral::{Epoch, Fleeting, Memory, Redis};
use crate::storage::registry::{Folder, Store, StoreError, setting_once};
use crate::trace::Trace;
use crate::web::rate_limit::Limits;
use crate::web::{self, Listener, MAX_ADMIN_CONNECTIONS, Places, Server};

/// A local HelseID.
#[derive(Debug)]
pub struct Authority;

/// An authority that answers. Dropping it stops it at once; [`Running::shut_down`] ends requests under way first.
pub struct Running {
    pub(crate) app: Arc<App>,
    addresses: Vec<SocketAddr>,
    data_dir: Option<PathBuf>,
    admin_token: String,
    stop: watch::Sender<bool>,
    servers: JoinSet<()>,
    _folder: Option<Folder>,
}

impl Authority {
    /// Opens the store, listens, and answers. The signing key of a new authority is made meanwhile; who needs it waits.
    pub async fn start(config: Config) -> Result<Running, Error> {
        config.check()?;
        let listeners = listen(&config).await?;
        let addresses: Vec<_> = listeners.iter().map(|listener| listener.address).collect();
        let issuer = issuer(&config, &addresses)?;
        let (admin_listeners, place) = admin_door(&config.admin, local(&issuer, &addresses)?).await?;

        let (folder, store) = maintenance::open(&config).await?;
        let waits = if config.shared.is_some() { Waits::Briefly } else { Waits::ForIt };
        let registry = Registry::load(store.clone(), waits).await?;
        let now = config.clock.now();
        bootstrap::fill(&registry, &*store, now).await?;
        let algorithm = signing_algorithm(&config, &keys::algorithms(&*store).await?)?;
        let kind = KeyKind { algorithm, rsa: config.rsa_size };
        let signing = SigningKeys::load(store.clone(), kind).await?;
        let replay_key = replay_key(&*store, &*config.random).await?;
        let fleeting = fleeting(&config, folder.as_ref(), &store).await?;
        let (access, admin_token) = access(&config, &*store, folder.as_ref(), (&issuer, &place)).await?;
        let nonces = match &config.shared {
            Some(shared) => shared.secret.nonce_key(),
            None => NonceKey::new(&bytes32(&*config.random)),
        };

        // Before anything is answered.
        store.settle().await?;

        let app = Arc::new(App {
            token_endpoint: issuer.at(token::PATH),
            token_targets: targets(&issuer, token::PATH),
            issuer,
            profile: config.profile,
            algorithm,
            tolerance: config.tolerance,
            self_service_key_lifetime: config.self_service_key_lifetime,
            nonces,
            is_replica: config.shared.is_some(),
            clock: config.clock,
            random: config.random,
            registry: Arc::new(registry),
            signing: Arc::new(signing),
            replay_key,
            fleeting,
            proof_keys: Arc::default(),
            access,
            place,
            pages: Pages::default(),
            trace: Trace::new(),
            limits: Arc::new(Limits::new(config.requests_per_second)),
            log: Arc::default(),
            conformance: Sessions::default(),
            judged: None,
            scenarios: config.scenarios.then(Scenarios::default),
        });
        let (stop, stopped) = watch::channel(false);
        let mut servers = JoinSet::new();
        let places = Places::new(web::with_handles(config.max_connections), config.unlimited.clone());
        let server = Server::new(web::router(&app), places, app.clock.clone());
        for listener in listeners {
            servers.spawn(server.clone().serve(listener, stopped.clone()));
        }
        let places = Places::new(MAX_ADMIN_CONNECTIONS, config.unlimited);
        let server = Server::new(admin::routes(&app), places, app.clock.clone());
        for listener in admin_listeners {
            servers.spawn(server.clone().serve(listener, stopped.clone()));
        }
        servers.spawn(maintenance::trim_audit(app.clone(), stopped.clone()));
        if app.is_replica {
            servers.spawn(replica::follow(app.clone(), stopped));
        }
        app.signing.make_missing(now);
        Ok(Running { app, addresses, data_dir: config.data_dir, admin_token, stop, servers, _folder: folder })
    }
}

impl Running {
    /// The authority's name.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.app.issuer
    }

    /// What it listens on.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where it keeps its data; nowhere if in memory.
    #[must_use]
    pub fn data_dir(&self) -> Option<&Path> {
        self.data_dir.as_deref()
    }

    /// The token of the admin API. Whoever has it can register clients.
    #[must_use]
    pub fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// Where the admin API and the pages are, if they have an address of their own.
    #[must_use]
    pub fn admin_address(&self) -> Option<&Issuer> {
        self.app.place.own_address()
    }

    /// Where this machine reaches what stands below an issuer whose name is one of http off loopback, as between containers.
    #[must_use]
    pub fn local_address(&self) -> Option<&Issuer> {
        self.app.place.local_address()
    }

    /// A link that opens the admin pages in a browser: good once, and for ten minutes. None if there are no pages.
    pub async fn sign_in_link(&self) -> Option<String> {
        admin::sign_in_link(&self.app).await.ok().map(|link| link.url)
    }

    /// Waits until the signing key is there.
    pub async fn ready(&self) {
        let _ = self.app.signing.ring().await;
    }

    /// Takes no more requests, ends those under way within some seconds, and lets go of the data folder.
    pub async fn shut_down(mut self) {
        self.app.trace.end_streams();
        let _ = self.stop.send(true);
        while self.servers.join_next().await.is_some() {}
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = out.debug_struct("Running");
        shown.field("issuer", self.issuer()).field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Listens where the admin API and the pages have an address of their own.
async fn admin_door(door: &AdminDoor, local: Option<Issuer>) -> Result<(Vec<Listener>, Place), Error> {
    let addresses = match door {
        AdminDoor::WithIssuer => return Ok((Vec::new(), Place::WithIssuer(local))),
        AdminDoor::Off => return Ok((Vec::new(), Place::Off)),
        AdminDoor::Own(addresses) => addresses,
    };
    let mut listeners = Vec::new();
    for address in addresses {
        let listener = Listener::bind(*address).await;
        listeners.push(listener.map_err(|why| Error::Listen { address: *address, why: why.to_string() })?);
    }
    let Some(first) = listeners.first().map(|listener| listener.address) else {
        return Ok((Vec::new(), Place::Off));
    };
    // The name that browsers hold to be safe without https; on another address the address itself.
    let host = if first.ip().is_loopback() { "localhost".to_owned() } else { first.ip().to_string() };
    let host = if first.is_ipv6() && host.contains(':') { format!("[{host}]") } else { host };
    Ok((listeners, Place::Own(parsed(&format!("http://{host}:{}", first.port()))?)))
}

/// The loopback address of an authority whose name is one of http elsewhere, if it listens there.
fn local(issuer: &Issuer, addresses: &[SocketAddr]) -> Result<Option<Issuer>, Error> {
    let Ok(mut url) = Url::parse(issuer.as_str()) else { return Ok(None) };
    let reached = |address: &&SocketAddr| address.ip().is_loopback() || address.ip().is_unspecified();
    let Some(first) = addresses.iter().find(reached).filter(|_| !issuer.is_secure()) else { return Ok(None) };
    let host = if first.is_ipv4() { "127.0.0.1" } else { "[::1]" };
    let set = url.set_host(Some(host)).is_ok() && url.set_port(Some(first.port())).is_ok();
    set.then(|| parsed(url.as_str())).transpose()
}

/// A machine without IPv6 has only the first of the two default addresses; what was asked for must be had.
async fn listen(config: &Config) -> Result<Vec<Listener>, Error> {
    let (addresses, asked) = config.addresses();
    let mut listeners: Vec<Listener> = Vec::new();
    for address in addresses {
        match Listener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            Err(why) if asked == Asked::No && !listeners.is_empty() && address.is_ipv6() && no_ipv6(&why) => {
                tracing::info!(%address, %why, "not listened on");
            }
            Err(why) => return Err(Error::Listen { address, why: why.to_string() }),
        }
    }
    Ok(listeners)
}

fn no_ipv6(why: &std::io::Error) -> bool {
    matches!(why.kind(), std::io::ErrorKind::AddrNotAvailable | std::io::ErrorKind::Unsupported)
        // EAFNOSUPPORT: the kernel has no IPv6 at all.
        || why.raw_os_error() == Some(97)
}

fn issuer(config: &Config, addresses: &[SocketAddr]) -> Result<Issuer, Error> {
    if let Some(issuer) = &config.issuer {
        return Ok(issuer.clone());
    }
    let port = addresses.first().map_or(0, SocketAddr::port);
    parsed(&format!("http://localhost:{port}"))
}

fn parsed(name: &str) -> Result<Issuer, Error> {
    Issuer::parse(name).map_err(|why| StoreError::Unreadable { what: "issuer", why: why.to_string() }.into())
}

/// What was asked for, else what the profile signs with. Where a folder's keys do not fit the profile, a person makes the
/// next one: those who know the old keys need the lead that `rotate-keys` can give. Keys that replicas share are made by
/// the first that needs one, as nothing rotates them while all are stopped.
fn signing_algorithm(config: &Config, keys: &[Algorithm]) -> Result<Algorithm, Error> {
    if config.profile != Profile::Fapi2 {
        return Ok(config.algorithm.unwrap_or(Algorithm::RS256));
    }
    let fits = |algorithm: &&Algorithm| config.profile.algorithms().contains(algorithm);
    match (keys.iter().find(fits), keys.first()) {
        (None, Some(found)) if config.shared.is_none() => {
            Err(Error::SigningKeys { profile: config.profile, found: *found })
        }
        (own, _) => Ok(config.algorithm.or(own.copied()).unwrap_or(Algorithm::PS256)),
    }
}

/// The same for each start and each replica over one store, so that ids in the file and in Redis keep their meaning.
async fn replay_key(store: &dyn Store, random: &dyn Random) -> Result<MacKey, StoreError> {
    const NAME: &str = "replay_key";
    let kept = setting_once(store, NAME, base64url::encode(&bytes32(random))).await?;
    let bad =
        || StoreError::Unreadable { what: "key of used assertions", why: "it is not 32 bytes".to_owned() };
    let bytes = base64url::decode(&kept).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.map(|bytes| MacKey::new(&bytes)).ok_or_else(bad)
}

async fn fleeting(
    config: &Config,
    folder: Option<&Folder>,
    store: &Arc<dyn Store>,
) -> Result<Arc<dyn Fleeting>, Error> {
    let (clock, closed) = (config.clock.clone(), Shared::closed(config.tolerance));
    Ok(match (&config.shared, folder) {
        (Some(shared), _) => {
            let epoch = Epoch { store: store.clone(), clock, closed };
            let opened = Redis::open(shared.redis.clone(), epoch).await;
            Arc::new(opened.map_err(|why| Error::Redis(why.to_string()))?)
        }
        (None, Some(folder)) => Arc::new(Memory::open(&folder.file("used"), clock.now())?),
        (None, None) => Arc::new(Memory::default()),
    })
}

async fn access(
    config: &Config,
    store: &dyn Store,
    folder: Option<&Folder>,
    (issuer, place): (&Issuer, &Place),
) -> Result<(Access, String), StoreError> {
    match &config.shared {
        Some(shared) => Access::of_replica(shared.secret.admin_tokens(), folder, issuer, place),
        None => Access::start(store, folder, issuer, place, &*config.random).await,
    }
}
