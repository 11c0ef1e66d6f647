//! The part of HelseID's self-service API that is about keys (HelseID: self-service).

use helseid_protocol::id::{Issuer, Thumbprint};
use helseid_protocol::jose::PrivateJwk;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Timestamp;
use serde::Deserialize;

use super::failed::failed;
use crate::client::Client;
use crate::environment::Environment;
use crate::error::Error;
use crate::response::Response;
use crate::tokens::TokenRequest;

/// The path below the API's address.
const SECRETS_PATH: &str = "/v1/client-secret";

/// A client's key as it is registered at the authority.
///
/// ```no_run
/// # async fn example(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// for key in client.registered_keys().await? {
///     println!("{:?} expires {:?}, registered by {:?}", key.key_id, key.expires, key.origin);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RegisteredKey {
    /// Its `kid`.
    pub key_id: Option<String>,
    /// Its thumbprint (RFC 7638).
    pub thumbprint: Option<String>,
    /// When it expires; none if it does not, or if its date cannot be read.
    pub expires: Option<Timestamp>,
    /// `Gui` or `Api`: registered by a person, or by the client itself.
    pub origin: Option<String>,
}

impl RegisteredKey {
    pub(super) fn is(&self, thumbprint: &Thumbprint) -> bool {
        self.thumbprint.as_deref() == Some(thumbprint.as_str())
    }
}

/// As NHN's API writes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Secret {
    expiration: Option<String>,
    kid: Option<String>,
    jwk_thumbprint: Option<String>,
    origin: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Added {
    expiration: Option<String>,
}

/// The API, for one client.
#[derive(Debug)]
pub(super) struct SelfService {
    client: Client,
    address: String,
}

impl SelfService {
    pub(super) fn of(client: &Client) -> Result<Self, Error> {
        let address = match &client.config().self_service_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => default_address(&client.config().issuer),
        };
        Ok(Self { client: client.clone(), address })
    }

    pub(super) async fn list(&self) -> Result<Vec<RegisteredKey>, Error> {
        let url = format!("{}{SECRETS_PATH}", self.address);
        let request = TokenRequest::default().scope(scope()?);
        let answer = self.client.get(&url).token_for(request).send().await?;
        let secrets: Vec<Secret> = read(&url, &answer)?;
        let key = |secret: Secret| RegisteredKey {
            key_id: secret.kid,
            thumbprint: secret.jwk_thumbprint,
            expires: secret.expiration.as_deref().and_then(Timestamp::from_rfc3339),
            origin: secret.origin,
        };
        Ok(secrets.into_iter().map(key).collect())
    }

    /// Registers the public half, and returns when it expires.
    pub(super) async fn add(&self, key: &PrivateJwk) -> Result<Option<Timestamp>, Error> {
        let url = format!("{}{SECRETS_PATH}", self.address);
        let request = TokenRequest::default().scope(scope()?);
        let call = self.client.post(&url).token_for(request).header("content-type", "application/json");
        let answer = call.body(key.public().to_json().into_bytes()).send().await?;
        let added: Added = read(&url, &answer)?;
        Ok(added.expiration.as_deref().and_then(Timestamp::from_rfc3339))
    }
}

/// The scope of tokens for the API.
pub(super) fn scope() -> Result<ScopeSet, Error> {
    ScopeSet::parse("nhn:selvbetjening/client")
        .map_err(|why| failed("the scope is invalid", why, "report this"))
}

/// NHN's address for NHN's issuers; a local authority offers the API itself.
fn default_address(issuer: &Issuer) -> String {
    let nhn = [
        (Environment::Test, "https://api.selvbetjening.test.nhn.no"),
        (Environment::Production, "https://api.selvbetjening.nhn.no"),
    ];
    let known = nhn.into_iter().find(|(environment, _)| environment.issuer() == issuer.as_str());
    known.map_or_else(|| issuer.as_str().trim_end_matches('/').to_owned(), |(_, address)| address.to_owned())
}

fn read<T: serde::de::DeserializeOwned>(url: &str, answer: &Response) -> Result<T, Error> {
    let what = "the self-service API refused the request";
    if !answer.status().is_success() {
        let why = format!(
            "{url} answered {}: {}",
            answer.status(),
            helseid_protocol::secret::shown(&answer.text())
        );
        return Err(failed(what, why, "fix what it names; the old key is still in place"));
    }
    serde_json::from_slice(answer.bytes()).map_err(|why| {
        failed(what, format!("{url} sent a response that cannot be read: {why}"), "check self_service_url")
    })
}
