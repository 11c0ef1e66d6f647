//! The configuration of an authority. Settings that belong together have a file of their own.

mod error;
mod limits;
pub(crate) mod listen;
mod login;
mod registration;
mod signing;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use helseid_http::system_clock;
use helseid_protocol::endpoint::token::MAX_EXCHANGES;
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::{Algorithm, RsaSize};
use helseid_protocol::person::SyntheticMonth;
use helseid_protocol::random::{Random, SystemRandom};
use helseid_protocol::rule::Profile;
use helseid_protocol::time::{Clock, TOLERANCE};
use helseid_tls::Tls;

use crate::admin::AdminListen;
use crate::registry::registration::{InsecureHost, Seed};
use crate::replica::Shared;
use crate::web::rate_limit::PER_SECOND;
use crate::web::{MAX_CONNECTIONS, Unlimited};

pub use error::Error;
pub(crate) use tls::TLS_FOLDER;

/// The configuration of an authority.
///
/// ```
/// use helseid_authority::Config;
/// use helseid_protocol::rule::Profile;
///
/// let config = Config::in_memory()
///     .listen(["127.0.0.1:0".parse()?])
///     .profile(Profile::HelseidNext)
///     .enable_faults();
/// assert!(config.check().is_ok());
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone)]
pub struct Config {
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) admin: AdminListen,
    pub(crate) issuer: Option<Issuer>,
    pub(crate) tls: Option<Tls>,
    /// Trusted where clients are called, besides what the system trusts.
    pub(crate) clients_ca_pem: Option<String>,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) shared: Option<Arc<Shared>>,
    pub(crate) max_store_bytes: Option<u64>,
    pub(crate) requests_per_second: u32,
    pub(crate) max_connections: usize,
    pub(crate) max_exchanges: usize,
    pub(crate) unlimited: Unlimited,
    pub(crate) faults: bool,
    /// What the registry is to hold, and whether what an earlier file put there is to go.
    pub(crate) seed: Option<(Seed, bool)>,
    pub(crate) synthetic_month: SyntheticMonth,
    pub(crate) insecure_redirect_host: Option<InsecureHost>,
    /// The host where people may log in; on loopback they always may.
    pub(crate) test_login_at: Option<String>,
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
    /// Stores everything in this folder, which one authority at a time may use.
    #[must_use]
    pub fn in_folder(data_dir: PathBuf) -> Self {
        Self { data_dir: Some(data_dir), ..Self::in_memory() }
    }

    /// Stores nothing on disk: the registry and the keys are lost when the process ends.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            listen: Vec::new(),
            admin: AdminListen::WithIssuer,
            issuer: None,
            tls: None,
            clients_ca_pem: None,
            data_dir: None,
            shared: None,
            max_store_bytes: None,
            requests_per_second: PER_SECOND,
            max_connections: MAX_CONNECTIONS,
            max_exchanges: MAX_EXCHANGES,
            unlimited: Unlimited { loopback: true, networks: Vec::new() },
            faults: false,
            seed: None,
            synthetic_month: SyntheticMonth::Plus80,
            insecure_redirect_host: None,
            test_login_at: None,
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

    /// Runs as one of any number of replicas that behave as one authority. The data folder then holds only the admin token,
    /// and each replica has a folder of its own. All have the same [`Config::issuer`], under which a load balancer leads to
    /// any of them.
    #[cfg(all(feature = "postgres", feature = "redis"))]
    #[must_use]
    pub fn replica(mut self, shared: Shared) -> Self {
        self.shared = Some(Arc::new(shared));
        self
    }

    /// The lifetime of a key that a client adds at the self-service API: 90 days by default.
    #[cfg(feature = "nhn")]
    #[must_use]
    pub const fn self_service_key_lifetime(mut self, lifetime: Duration) -> Self {
        self.self_service_key_lifetime = lifetime;
        self
    }

    /// Lets the holder of the admin token give a client faults: see [`ClientFaults`](helseid_admin_api::ClientFaults).
    #[must_use]
    pub const fn enable_faults(mut self) -> Self {
        self.faults = true;
        self
    }

    /// The former name of [`Config::enable_faults`].
    #[deprecated = "use enable_faults"]
    #[must_use]
    pub const fn enable_scenarios(self) -> Self {
        self.enable_faults()
    }

    /// Uses this clock in place of the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes ids, nonces and the admin token from this, in place of the system's randomness.
    #[must_use]
    pub fn random(mut self, random: impl Random) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Checks what can be checked before anything is opened. Starting does this too.
    pub fn check(&self) -> Result<(), Error> {
        self.check_issuer()?;
        self.check_tls()?;
        self.issuer.as_ref().map(|issuer| self.test_login(issuer)).transpose()?;
        self.check_algorithm()
    }
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
