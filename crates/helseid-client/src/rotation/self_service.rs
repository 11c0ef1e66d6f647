//! The part of HelseID's self-service API that is about keys (HelseID: self-service).

use helseid_protocol::id::Issuer;
use helseid_protocol::jose::PrivateJwk;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::{shown, without_numbers};
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
    /// When it expires; none if it does not.
    pub expires: Option<Timestamp>,
    /// `Gui` or `Api`: registered by a person, or by the client itself.
    pub origin: Option<String>,
}

impl RegisteredKey {
    /// The key of this thumbprint among those that are listed, or else of this `kid`; of several that which lasts longest.
    pub(super) fn find<'a>(listed: &'a [Self], thumbprint: &str, kid: Option<&str>) -> Option<&'a Self> {
        let longest = |same: &dyn Fn(&Self) -> bool| {
            let found = listed.iter().filter(|key| same(key));
            found.max_by_key(|key| key.expires.map_or(i64::MAX, Timestamp::seconds))
        };
        let by_thumbprint = longest(&|key| key.thumbprint.as_deref() == Some(thumbprint));
        by_thumbprint.or_else(|| longest(&|key| kid.is_some() && key.key_id.as_deref() == kid))
    }

    /// The same for a private key.
    pub(super) fn of<'a>(listed: &'a [Self], key: &PrivateJwk) -> Option<&'a Self> {
        let public = key.public();
        Self::find(listed, public.thumbprint().as_str(), public.key_id().map(|kid| kid.as_str()))
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
        let key = |secret: Secret| {
            Ok(RegisteredKey {
                key_id: secret.kid,
                thumbprint: secret.jwk_thumbprint,
                expires: secret.expiration.as_deref().map(|date| end(&url, date)).transpose()?,
                origin: secret.origin,
            })
        };
        secrets.into_iter().map(key).collect()
    }

    /// Registers the public half, and returns when it expires.
    pub(super) async fn add(&self, key: &PrivateJwk) -> Result<Option<Timestamp>, Error> {
        let url = format!("{}{SECRETS_PATH}", self.address);
        let request = TokenRequest::default().scope(scope()?);
        let call = self.client.post(&url).token_for(request).header("content-type", "application/json");
        let answer = call.body(key.public().to_json().into_bytes()).send().await?;
        let added: Added = read(&url, &answer)?;
        added.expiration.as_deref().map(|date| end(&url, date)).transpose()
    }
}

/// A key whose end cannot be read must not be taken for one that has none. A date without a zone is in UTC.
fn end(url: &str, date: &str) -> Result<Timestamp, Error> {
    let read = Timestamp::from_rfc3339(date).or_else(|| Timestamp::from_rfc3339(&format!("{date}Z")));
    read.ok_or_else(|| {
        let date = said(date);
        let why = format!("{url} says that a key expires at {date}, which is no date of RFC 3339");
        failed("it is not known when the keys expire", why, "check self_service_url")
    })
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
        let why = format!("{url} answered {}: {}", answer.status(), said(&answer.text()));
        return Err(failed(what, why, "fix what it names; the old key is still in place"));
    }
    serde_json::from_slice(answer.bytes()).map_err(|why| {
        let why = said(&why.to_string());
        failed(what, format!("{url} sent a response that cannot be read: {why}"), "check self_service_url")
    })
}

/// What the API says, as it may be logged: without the numbers of persons, too.
fn said(text: &str) -> String {
    shown(&without_numbers(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(thumbprint: &str, kid: &str, expires: Option<i64>) -> RegisteredKey {
        RegisteredKey {
            key_id: Some(kid.to_owned()),
            thumbprint: Some(thumbprint.to_owned()),
            expires: expires.map(Timestamp::from_seconds),
            origin: None,
        }
    }

    #[test]
    fn a_key_is_found_by_its_thumbprint_before_its_kid_and_lasts_as_long_as_it_is_listed() {
        let listed = [
            key("a", "one", Some(1)),
            key("b", "one", Some(9)),
            key("a", "two", Some(5)),
            key("c", "x", None),
        ];
        let end = |thumbprint, kid| {
            let found = RegisteredKey::find(&listed, thumbprint, kid);
            found.map(|key| key.expires.map(Timestamp::seconds))
        };
        assert_eq!(end("a", Some("one")), Some(Some(5)));
        assert_eq!(end("of no key", Some("one")), Some(Some(9)));
        assert_eq!(end("of no key", Some("x")), Some(None));
        assert_eq!(end("of no key", Some("y")), None);
        assert_eq!(end("of no key", None), None);
    }

    #[test]
    fn a_key_without_a_name_is_not_taken_for_another_without_one() {
        let nameless = RegisteredKey { key_id: None, ..key("a", "", None) };
        assert!(RegisteredKey::find(&[nameless], "b", None).is_none());
    }

    #[test]
    fn what_the_api_says_is_logged_without_a_persons_number_and_without_keys() {
        let logged = said("key 15849197352 of 158491 97352 is too old");
        assert_eq!(logged, "key (a number, hidden)of (a number, hidden)is too old");
        // Not the first digits either, where the text is cut.
        assert!(!said(&format!("{} 15849197352", "x".repeat(1_195))).contains('1'));
        let unreadable = serde_json::from_str::<Vec<String>>("15849197352").unwrap_err().to_string();
        assert!(unreadable.contains("15849197352") && !said(&unreadable).contains("15849197352"));
        assert_eq!(said("-----BEGIN PRIVATE KEY-----"), "(a token or a key, hidden)");
        let error = end("https://a", "15849197352").unwrap_err();
        assert!(!error.why().contains("15849197352"), "{error}");
    }

    #[test]
    fn a_date_is_read_with_and_without_a_zone_and_nothing_else_is() {
        for date in ["2027-01-01T00:00:00Z", "2027-01-01T01:00:00+01:00", "2027-01-01T00:00:00.0000000"] {
            assert_eq!(end("https://a", date).unwrap().rfc3339(), "2027-01-01T00:00:00Z", "{date}");
        }
        for date in ["", "2027-01-01", "never", "01.01.2027 00:00:00"] {
            assert!(end("https://a", date).is_err(), "{date}");
        }
    }
}
