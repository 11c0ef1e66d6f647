//! What an authority is told.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use helseid_protocol::id::Issuer;
use helseid_protocol::jose::{Algorithm, RsaSize};
use helseid_protocol::random::{Random, SystemRandom};
use helseid_protocol::rule::Profile;
use helseid_protocol::time::{Clock, TOLERANCE, Timestamp};

use crate::admin::AdminListen;
use crate::replica::Shared;
use crate::storage::registry::StoreError;
use crate::web::network::Network;
use crate::web::rate_limit::PER_SECOND;
use crate::web::{MAX_CONNECTIONS, Unlimited};

/// The port of a local HelseID.
pub(crate) const PORT: u16 = 8480;

/// What an authority is told.
#[derive(Clone)]
pub struct Config {
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) admin: AdminListen,
    pub(crate) issuer: Option<Issuer>,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) shared: Option<Arc<Shared>>,
    pub(crate) max_store_bytes: Option<u64>,
    pub(crate) requests_per_second: u32,
    pub(crate) max_connections: usize,
    pub(crate) unlimited: Unlimited,
    pub(crate) faults: bool,
    #[cfg(feature = "nhn")]
    pub(crate) self_service_key_lifetime: Duration,
    pub(crate) profile: Profile,
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) rsa_size: RsaSize,
    pub(crate) tolerance: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Config {
    /// Keeps everything in this folder, which one authority at a time may use.
    #[must_use]
    pub fn in_folder(data_dir: PathBuf) -> Self {
        Self { data_dir: Some(data_dir), ..Self::in_memory() }
    }

    /// Keeps nothing: what is registered ends with the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            listen: Vec::new(),
            admin: AdminListen::WithIssuer,
            issuer: None,
            data_dir: None,
            shared: None,
            max_store_bytes: None,
            requests_per_second: PER_SECOND,
            max_connections: MAX_CONNECTIONS,
            unlimited: Unlimited { loopback: true, networks: Vec::new() },
            faults: false,
            #[cfg(feature = "nhn")]
            self_service_key_lifetime: Duration::from_secs(90 * 86_400),
            profile: Profile::Helseid,
            algorithm: None,
            rsa_size: RsaSize::Bits3072,
            tolerance: TOLERANCE,
            clock: Arc::new(system_clock),
            random: Arc::new(SystemRandom),
        }
    }

    /// Listens on these addresses in place of port 8480 on 127.0.0.1 and ::1. Port 0 is any free one.
    #[must_use]
    pub fn listen(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.listen = addresses.into_iter().collect();
        self
    }

    /// Has the admin API and the pages on these addresses, and not beside the token endpoint. Port 0 is any free one.
    #[must_use]
    pub fn admin_listen(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.admin = AdminListen::Own(addresses.into_iter().collect());
        self
    }

    /// Has no admin API and no pages, and tells nobody why a request was refused but by its answer.
    #[must_use]
    pub fn without_admin(mut self) -> Self {
        self.admin = AdminListen::Off;
        self
    }

    /// Has this name, in place of `http://localhost:PORT`. Required to listen elsewhere than on loopback.
    #[must_use]
    pub fn issuer(mut self, issuer: Issuer) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// Is one of any number of replicas that behave as one. The data folder then holds the admin token alone, and each
    /// replica has its own; all have one [`Config::issuer`], under which a load balancer leads to any of them.
    #[cfg(all(feature = "postgres", feature = "redis"))]
    #[must_use]
    pub fn replica(mut self, shared: Shared) -> Self {
        self.shared = Some(Arc::new(shared));
        self
    }

    /// Lets the registry in the data folder grow to this many bytes and no further; it can still be read then.
    #[must_use]
    pub const fn max_store_bytes(mut self, bytes: u64) -> Self {
        self.max_store_bytes = Some(bytes);
        self
    }

    /// How many requests one client, one access key, and one address may make in a second at the token endpoint and at the
    /// doubles of NHN's services: 10,000 unless set. More are answered with 429.
    #[must_use]
    pub const fn requests_per_second(mut self, most: u32) -> Self {
        self.requests_per_second = most;
        self
    }

    /// How many connections there may be at once: 4,096 unless set, or fewer where the process has not so many file
    /// handles. More wait. Half of them are for one address, and when three quarters are taken, those without a request
    /// end after 5 s.
    #[must_use]
    pub const fn max_connections(mut self, most: usize) -> Self {
        self.max_connections = most;
        self
    }

    /// Lets these proxies have more than half of the connections: many come by them.
    #[must_use]
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.unlimited.networks = networks.into_iter().collect();
        self
    }

    /// Holds also the loopback's addresses to half of the connections. Unless this is set they may have all: whoever calls
    /// from the same machine is trusted not to shut itself out.
    #[must_use]
    pub const fn limit_loopback(mut self) -> Self {
        self.unlimited.loopback = false;
        self
    }

    /// How long a key is good that a client adds at the self-service API: 90 days unless set.
    #[cfg(feature = "nhn")]
    #[must_use]
    pub const fn self_service_key_lifetime(mut self, lifetime: Duration) -> Self {
        self.self_service_key_lifetime = lifetime;
        self
    }

    /// Lets the holder of the admin token ask for faults towards a client: see
    /// [`Scenario`](helseid_admin_api::Scenario).
    #[must_use]
    pub const fn enable_faults(mut self) -> Self {
        self.faults = true;
        self
    }

    /// The name that [`Config::enable_faults`] had before.
    #[deprecated = "use enable_faults"]
    #[must_use]
    pub const fn enable_scenarios(self) -> Self {
        self.enable_faults()
    }

    /// Holds clients that name no profile of their own to this one.
    #[must_use]
    pub const fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Signs tokens with RS256 (the default), PS256 or ES256. Profile `fapi2` has none with RS256: PS256, ES256 or EdDSA, by
    /// default that of the newest key in the folder, and PS256 where there is none.
    #[must_use]
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// The size of the RSA keys that are made from now on: 3072 bits unless set. A key that is there keeps its own.
    #[must_use]
    pub const fn rsa_size(mut self, size: RsaSize) -> Self {
        self.rsa_size = size;
        self
    }

    /// How far clients' clocks may differ: 10 s unless set.
    #[must_use]
    pub const fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Tells the time in place of the system's clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Gives ids, nonces and the admin token in place of the system's randomness.
    #[must_use]
    pub fn random(mut self, random: impl Random) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// The addresses to listen on, and where they come from.
    pub(crate) fn addresses(&self) -> (Vec<SocketAddr>, ListenSource) {
        if self.listen.is_empty() {
            let both = vec![(Ipv4Addr::LOCALHOST, PORT).into(), (Ipv6Addr::LOCALHOST, PORT).into()];
            return (both, ListenSource::Default);
        }
        (self.listen.clone(), ListenSource::Configured)
    }

    /// Checks what can be checked before anything is opened. The start does it too.
    pub fn check(&self) -> Result<(), Error> {
        if let (Some(address), None) =
            (self.listen.iter().find(|address| !address.ip().is_loopback()), &self.issuer)
        {
            return Err(Error::IssuerMissing(*address));
        }
        if self.shared.is_some() && self.issuer.is_none() {
            return Err(Error::IssuerOfReplica);
        }
        match (self.profile, self.algorithm) {
            (Profile::Fapi2, Some(other)) if !self.profile.switches().algorithms.contains(other) => {
                Err(Error::AlgorithmOfProfile(self.profile, other))
            }
            (Profile::Fapi2, _)
            | (_, None | Some(Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256)) => Ok(()),
            (_, Some(other)) => Err(Error::Algorithm(other)),
        }
    }
}

/// Where the addresses that are listened on come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListenSource {
    Configured,
    Default,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Config")
            .field("listen", &self.listen)
            .field("issuer", &self.issuer)
            .field("data_dir", &self.data_dir)
            .field("profile", &self.profile)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Why an authority does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Others can reach it, and it does not know under which name.
    #[error(
        "listening on {0} needs an issuer: other machines must know the authority by one name; give --issuer"
    )]
    IssuerMissing(SocketAddr),
    /// Replicas have one name, and each has an address of its own.
    #[error("a replica needs the issuer that all replicas have; give --issuer")]
    IssuerOfReplica,
    /// HelseID signs with RSA, and with two more here.
    #[error("tokens are signed with RS256, PS256 or ES256, not with {0}")]
    Algorithm(Algorithm),
    /// The profile has other algorithms.
    #[error("profile {0} has tokens signed with {names}, not with {1}", names = names(*.0))]
    AlgorithmOfProfile(Profile, Algorithm),
    /// The folder's keys are of other algorithms, and other replicas or APIs may know them.
    #[error(
        "profile {profile} has tokens signed with {names}, and the signing keys in the data folder are for {found}: \
         helseid authority rotate-keys --alg PS256 makes a new one",
        names = names(*profile)
    )]
    SigningKeys {
        /// What the authority was to be started with.
        profile: Profile,
        /// The newest key's algorithm.
        found: Algorithm,
    },
    /// The address is taken, or not one of this machine's.
    #[error("{address} cannot be listened on: {why}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why not.
        why: String,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What remembers used assertions cannot be used.
    #[error("Redis cannot be used: {0}")]
    Redis(String),
}

fn names(profile: Profile) -> String {
    profile.switches().algorithms.names().join(", ")
}

#[expect(clippy::disallowed_methods, reason = "the default of the clock that everything else is passed")]
fn system_clock() -> Timestamp {
    Timestamp::from(SystemTime::now())
}
