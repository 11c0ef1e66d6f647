//! Calls of APIs on behalf of a person who is logged in.
//!
//! ```no_run
//! # use helseid_login::{PersonClient, PersonError};
//! # async fn call(client: PersonClient) -> Result<(), PersonError> {
//! let patients = client.get("https://api.example/patients").send().await?;
//! println!("{}", patients.text());
//! # Ok(()) }
//! ```
//!
//! Each call has a token of the session, bound to the key of that login, and a fresh proof. Tokens are refreshed once over all
//! replicas, and kept one for each API and organisation. What the session is known to be is read again if it is over a second old:
//! once it has ended, no call is made with it. A token that an API was sent before lives until it expires.

mod attested;
mod call;
mod challenge;
#[cfg(test)]
mod tests;

use helseid_protocol::details::{Attestation, Organisation};
use http::Method;

use crate::session::{Session, Sessions};

pub use attested::{AttestedCall, AttestedClient, Attesting};
pub use call::{PersonCall, PersonError};
pub use challenge::StepUpRequired;

/// Calls APIs for a person. Cheap to clone.
///
/// ```no_run
/// # async fn example(sessions: helseid_login::session::Sessions, session: helseid_login::session::Session) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_login::PersonClient;
///
/// // A web app takes it from its User; this is for programs with sessions of their own.
/// let client = PersonClient::new(sessions, session);
/// println!("{}", client.get("https://api.example/me").send().await?.text());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct PersonClient {
    sessions: Sessions,
    session: Session,
    organisation: Option<Organisation>,
}

impl PersonClient {
    /// For the person of this session.
    #[must_use]
    pub const fn new(sessions: Sessions, session: Session) -> Self {
        Self { sessions, session, organisation: None }
    }

    /// The same for calls that act for this organisation, in place of the session's. Each asks the
    /// [`OrganisationPolicy`](crate::session::OrganisationPolicy) first; what it refuses sends no request.
    #[must_use]
    pub fn act_for(&self, organisation: Organisation) -> Self {
        Self { organisation: Some(organisation), ..self.clone() }
    }

    /// Attests for the person, for one patient: awaited, it gives a client with one token of its own, which no other call is made with
    /// (HelseID: profile for the trust framework). Every time it is awaited the authority is asked, also for an attestation that is
    /// equal to another: it says of no patient who it is for.
    ///
    /// ```no_run
    /// # use helseid_client::protocol::details::attestation::{Coded, Identified, Purpose};
    /// # use helseid_client::protocol::details::{Attestation, OrganisationNumber};
    /// # async fn call(client: helseid_login::PersonClient, clinic: OrganisationNumber) -> Result<(), helseid_login::PersonError> {
    /// let place = Identified::organisation(&clinic);
    /// let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
    /// let attestation =
    ///     Attestation::new(place.clone(), place, service, Purpose::Treatment).with_authorization("LE");
    /// let attested = client.attest(attestation).await?;
    /// println!("{}", attested.get("https://api.example/documents").send().await?.text());
    /// # Ok(()) }
    /// ```
    pub fn attest(&self, attestation: Attestation) -> Attesting {
        Attesting::new(self.clone(), attestation)
    }

    /// Starts a GET of an API.
    pub fn get(&self, url: &str) -> PersonCall {
        self.request(Method::GET, url)
    }

    /// Starts a POST to an API.
    pub fn post(&self, url: &str) -> PersonCall {
        self.request(Method::POST, url)
    }

    /// Starts a call of an API.
    pub fn request(&self, method: Method, url: &str) -> PersonCall {
        PersonCall::new(self.clone(), method, url)
    }
}
