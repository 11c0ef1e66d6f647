//! Why an authority does not start.

use std::net::SocketAddr;

use helseid_protocol::id::Issuer;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::rule::Profile;
use helseid_tls::TlsError;

use crate::registry::registration::NotRegistered;
use crate::storage::registry::StoreError;

/// Why an authority does not start.
///
/// ```
/// use helseid_authority::{Config, Error};
///
/// // Other machines must know it by one name.
/// let config = Config::in_memory().listen(["192.0.2.1:8480".parse()?]);
/// assert!(matches!(config.check(), Err(Error::IssuerMissing(_))));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Other machines can reach it, and no issuer is configured.
    #[error(
        "listening on {0} needs an issuer: other machines must know the authority by one name; give --issuer"
    )]
    IssuerMissing(SocketAddr),
    /// All replicas have one issuer, and each listens on an address of its own.
    #[error("a replica needs the issuer that all replicas have; give --issuer")]
    IssuerOfReplica,
    /// HTTPS cannot be served as it is configured.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// HTTPS is configured, and an http issuer would promise something else.
    #[error("the authority serves HTTPS, and the issuer {0} is an http address")]
    IssuerIsHttp(Issuer),
    /// Each replica would have a CA of its own, and a client may reach any of them.
    #[error(
        "a replica cannot make its own certificate: each would have another CA, and clients may reach any of them"
    )]
    SelfSignedReplica,
    /// Clients of HelseID know RS256; PS256 and ES256 are also available here.
    #[error("tokens are signed with RS256, PS256 or ES256, not with {0}")]
    Algorithm(Algorithm),
    /// The profile allows other algorithms.
    #[error("tokens of profile {0} are signed with {names}, not with {1}", names = names(*.0))]
    AlgorithmOfProfile(Profile, Algorithm),
    /// The folder's keys are for other algorithms, and other replicas or APIs may know them.
    #[error(
        "tokens of profile {profile} are signed with {names}, and the signing keys in the data folder are for {found}: \
         helseid authority rotate-keys --alg PS256 makes a new one",
        names = names(*profile)
    )]
    SigningKeys {
        /// The profile that was configured.
        profile: Profile,
        /// The newest key's algorithm.
        found: Algorithm,
    },
    /// What is sent to clients cannot be sent: the authority's own certificate cannot be trusted, or the host of
    /// [`Config::insecure_redirect_host`](crate::Config::insecure_redirect_host) not be called.
    #[error("{0}")]
    Outgoing(String),
    /// The address is in use, or is not one of this machine's.
    #[error("{address} cannot be opened for listening: {why}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        why: std::io::Error,
    },
    /// People cannot be allowed to log in there.
    #[error("people cannot log in there: {0}")]
    TestLogin(String),
    /// The registry cannot hold what the seed file says; nothing of it was registered.
    #[error(transparent)]
    Seed(NotRegistered),
    /// The registry's store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ephemeral store, which remembers used assertions, cannot be used.
    #[error("Redis cannot be used: {0}")]
    Redis(String),
}

fn names(profile: Profile) -> String {
    profile.switches().algorithms.names().join(", ")
}
