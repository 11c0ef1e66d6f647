//! The values.

use std::path::PathBuf;

use helseid_protocol::details::Details;
use helseid_protocol::id::{Audience, ClientId, Issuer};
use helseid_protocol::jose::format::Password;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::PrivateKeyText;
use url::Url;

/// Where the private key is.
///
/// ```no_run
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_client::{Config, KeyLocation, protocol::secret::PrivateKeyText};
///
/// // The key is a secret of the platform, mounted beside a configuration without one.
/// let mut config = Config::load()?;
/// config.key = KeyLocation::Text(PrivateKeyText::new(std::fs::read_to_string("/run/secrets/key.json")?));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub enum KeyLocation {
    /// In a file.
    File(PathBuf),
    /// Here: a JWK, or the text of another kind of key file.
    Text(PrivateKeyText),
    /// Outside this process: see [`ClientBuilder::signer`](crate::ClientBuilder::signer).
    External,
}

/// What a client needs to get tokens.
///
/// ```
/// use helseid_client::{Config, Environment, KeyLocation};
/// use helseid_client::protocol::{id::{ClientId, Issuer}, scope::ScopeSet};
///
/// let issuer = Issuer::parse(Environment::Test.issuer())?;
/// let client_id = ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?;
/// let mut config = Config::new(issuer, client_id, KeyLocation::File("key.json".into()));
/// config.scope = ScopeSet::parse("nhn:my-api/read")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The issuer of the tokens.
    pub issuer: Issuer,
    /// The client id.
    pub client_id: ClientId,
    /// The key that the client authenticates with.
    pub key: KeyLocation,
    /// The password of an encrypted key file.
    pub key_password: Option<Password>,
    /// Which key to use of a file that holds several: its alias in PKCS#12, its `kid` in a JWK Set.
    pub key_alias: Option<String>,
    /// The scopes to request; an empty set requests everything that the client is registered for.
    pub scope: ScopeSet,
    /// The only API that tokens are for, where the scopes belong to several (RFC 8707).
    pub resource: Option<Audience>,
    /// Whom the client acts for, and other structured claims.
    pub details: Details,
    /// The API that the command line and the sample app call.
    pub api_url: Option<Url>,
    /// The address of the self-service API, for key rotation, where it differs from HelseID's.
    pub self_service_url: Option<Url>,
    /// A file with certificates to trust besides the system's: in PEM, or one in DER.
    pub ca_file: Option<PathBuf>,
    /// Hosts besides loopback that may be called over http, each as `NAME` or `NAME:PORT`. Anyone on the network can read what is
    /// sent there.
    pub insecure_http: Vec<String>,
}

impl Config {
    /// A client with this key that requests everything that it is registered for at `issuer`.
    #[must_use]
    pub const fn new(issuer: Issuer, client_id: ClientId, key: KeyLocation) -> Self {
        Self {
            issuer,
            client_id,
            key,
            key_password: None,
            key_alias: None,
            scope: ScopeSet::none(),
            resource: None,
            details: Details::new(),
            api_url: None,
            self_service_url: None,
            ca_file: None,
            insecure_http: Vec::new(),
        }
    }
}
