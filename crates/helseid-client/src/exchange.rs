//! Calls of other APIs on behalf of whoever called the client's own API.

use helseid_protocol::details::Details;
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::AccessToken;
use http::Method;

use crate::call::CallBuilder;
use crate::client::Client;
use crate::error::Error;
use crate::tokens::{Token, TokenRequest};

/// One caller of the client's own API, by whose token other APIs are called. Made by [`Client::exchange`]. Cheap to clone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_client::test_util::{TestClock, TestIssuer};
/// # use helseid_client::protocol::{claims::AccessTokenClaims, id::Audience};
/// # let client = TestIssuer::new().client(&TestClock::new())?;
/// # let of_the_caller = client.token().await?.access_token().clone();
/// let on_behalf = client.exchange(of_the_caller).resource(Audience::parse("nhn:next-api")?);
/// let token = on_behalf.token().await?;
/// // The next API sees for whom, and through whom: this client is in `act`.
/// let said = helseid_client::Decoded::of(token.access_token().expose()).ok_or("no token")?;
/// assert!(said.claims.contains_key("act"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is exchanged before a token is asked for"]
pub struct Exchange {
    client: Client,
    request: TokenRequest,
}

impl Client {
    /// Calls on: exchanges the token with which the client's own API was called for one by which it calls the next API (RFC 8693).
    /// The new token names the caller's person and organisation, and this client in `act`.
    ///
    /// Give it a token that your API has verified, with its proof; no other. Scopes, resource and organisation are those of the
    /// configuration unless they are set here.
    ///
    /// ```
    /// # async fn f(client: helseid_client::Client, token: helseid_client::protocol::secret::AccessToken)
    /// # -> Result<(), Box<dyn std::error::Error>> {
    /// use helseid_client::protocol::scope::ScopeSet;
    ///
    /// let on_behalf = client.exchange(token).scope(ScopeSet::parse("nhn:next-api/read")?);
    /// let answer = on_behalf.get("https://next.example/patients").send().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// The token is kept for as long as the one that it was given for, for that one alone, in the memory of this process, and with as
    /// many others as the client keeps of its own. No store that processes share has it.
    pub fn exchange(&self, subject_token: AccessToken) -> Exchange {
        let request = TokenRequest::of(self.config()).exchanging(subject_token);
        Exchange { client: self.clone(), request }
    }
}

impl Exchange {
    /// For these scopes, which are of the API that is called next.
    pub fn scope(self, scope: ScopeSet) -> Self {
        Self { request: self.request.scope(scope), ..self }
    }

    /// For this API alone (RFC 8707).
    pub fn resource(self, resource: Audience) -> Self {
        Self { request: self.request.resource(resource), ..self }
    }

    /// Says whom this client acts for, which `act` will tell. The caller's organisation stays in the token.
    pub fn details(self, details: Details) -> Self {
        Self { request: self.request.details(details), ..self }
    }

    /// The token: a kept one, or a new one.
    pub async fn token(&self) -> Result<Token, Error> {
        self.client.token_for(&self.request).await
    }

    /// Starts a GET of an API.
    pub fn get(&self, url: &str) -> CallBuilder {
        self.request(Method::GET, url)
    }

    /// Starts a POST to an API.
    pub fn post(&self, url: &str) -> CallBuilder {
        self.request(Method::POST, url)
    }

    /// Starts a call of an API.
    pub fn request(&self, method: Method, url: &str) -> CallBuilder {
        self.client.request(method, url).token_for(self.request.clone())
    }
}
