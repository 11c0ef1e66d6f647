//! Calls of APIs with an attestation of the person.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use helseid_client::Response;
use helseid_protocol::details::Attestation;
use helseid_protocol::id::Audience;
use helseid_protocol::time::Timestamp;
use http::Method;

use super::{PersonCall, PersonClient, PersonError};
use crate::session::{Granted, SessionError, Wanted};

/// An attestation that is about to be sent: await it. See [`PersonClient::attest`].
///
/// ```no_run
/// # async fn example(client: helseid_login::PersonClient, attestation: helseid_client::protocol::details::Attestation) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_client::protocol::id::Audience;
///
/// let attested = client.attest(attestation).for_api(Audience::parse("nhn:kjernejournal")?).await?;
/// # drop(attested);
/// # Ok(()) }
/// ```
#[must_use = "nothing is attested before it is awaited"]
pub struct Attesting {
    client: PersonClient,
    attestation: Attestation,
    api: Option<Audience>,
}

/// Calls APIs with one token by which the person attests. The token is this value's own, and is gone with it: it is kept in no
/// session and no cache. Make one for each patient, also where two attestations are equal, and drop it with the work for that patient.
///
/// When the token has ended, or an API says that the attestation has (`attestation_has_expired`), attest again.
///
/// ```no_run
/// # async fn example(attested: helseid_login::AttestedClient) -> Result<(), Box<dyn std::error::Error>> {
/// // For this one patient, until the token ends.
/// for place in ["medicines", "allergies"] {
///     let answer = attested.get(&format!("https://api.example/{place}")).send().await?;
///     println!("{}", answer.text());
/// }
/// println!("attest again after {}", attested.expires());
/// # Ok(()) }
/// ```
#[must_use = "APIs are called with it"]
pub struct AttestedClient {
    client: PersonClient,
    granted: Granted,
}

/// A call of an API with an attestation.
///
/// ```no_run
/// # async fn example(attested: helseid_login::AttestedClient) -> Result<(), Box<dyn std::error::Error>> {
/// let call = attested.post("https://api.example/search").header("Content-Type", "application/json");
/// let found = call.body(r#"{"after": "2026-01-01"}"#).send().await?;
/// # drop(found);
/// # Ok(()) }
/// ```
#[must_use = "a call is made when it is sent"]
pub struct AttestedCall<'a> {
    attested: &'a AttestedClient,
    call: PersonCall,
}

impl Attesting {
    pub(super) const fn new(client: PersonClient, attestation: Attestation) -> Self {
        Self { client, attestation, api: None }
    }

    /// For this API alone (RFC 8707), which must be one that the login asked for; without it for all of them.
    pub fn for_api(mut self, api: Audience) -> Self {
        self.api = Some(api);
        self
    }

    async fn attested(self) -> Result<AttestedClient, SessionError> {
        let Self { client, attestation, api } = self;
        let wanted = Wanted { api, organisation: client.organisation.clone() };
        let granted = client.sessions.attested(&client.session, &wanted, &attestation).await?;
        Ok(AttestedClient { client, granted })
    }
}

impl IntoFuture for Attesting {
    type Output = Result<AttestedClient, SessionError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.attested())
    }
}

impl AttestedClient {
    /// When the token ends.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.granted.token.expires
    }

    /// Starts a GET of an API.
    pub fn get(&self, url: &str) -> AttestedCall<'_> {
        self.request(Method::GET, url)
    }

    /// Starts a POST to an API.
    pub fn post(&self, url: &str) -> AttestedCall<'_> {
        self.request(Method::POST, url)
    }

    /// Starts a call of an API.
    pub fn request(&self, method: Method, url: &str) -> AttestedCall<'_> {
        AttestedCall { attested: self, call: self.client.request(method, url) }
    }
}

impl AttestedCall<'_> {
    /// Adds a header. `Authorization` and `DPoP` are set by the call itself.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.call = self.call.header(name, value);
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.call = self.call.body(body);
        self
    }

    /// Sends the call, once: no other token takes the place of one that the API refuses. Once the session has ended, or the token, no
    /// call is made.
    pub async fn send(self) -> Result<Response, PersonError> {
        let Self { attested: AttestedClient { client, granted }, call } = self;
        client.sessions.require_live(&granted.session).await?;
        if granted.token.expires <= client.sessions.login().now() {
            return Err(SessionError::AttestationEnded.into());
        }
        call.sent_with(granted).await
    }
}

impl fmt::Debug for Attesting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Attesting").field("api", &self.api).finish_non_exhaustive()
    }
}

impl fmt::Debug for AttestedClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AttestedClient").field("expires", &self.expires()).finish_non_exhaustive()
    }
}

impl fmt::Debug for AttestedCall<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AttestedCall").field("call", &self.call).finish_non_exhaustive()
    }
}
