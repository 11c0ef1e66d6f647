//! The authority as a login sees it. Everything that a login sends goes through one trait, so that a test needs no network.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use helseid_protocol::details::{Attestation, Details};
use helseid_protocol::endpoint::pushed::PushedAnswer;
use helseid_protocol::endpoint::token::TokenGranted;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::{ClientId, Issuer, KeyId};
use helseid_protocol::jose::{Algorithm, VerifyKey};
use helseid_protocol::random::Random;
use helseid_protocol::secret::{AccessToken, RefreshToken};
use helseid_protocol::time::Clock;
use url::Url;

use super::error::LoginError;
use super::key::LoginKey;

/// The future answer of an authority.
pub(crate) type Provided<'a, T> = Pin<Box<dyn Future<Output = Result<T, LoginError>> + Send + 'a>>;

/// Where a login leads a browser, and what else the authority offers.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// let endpoints = login.endpoints().await?;
/// println!("people log in at {}", endpoints.authorization);
/// if !endpoints.has_revocation {
///     println!("refresh tokens live on after a logout");
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Where people log in.
    pub authorization: Url,
    /// Where they log out.
    pub end_session: Option<Url>,
    /// Whether userinfo is offered.
    pub has_userinfo: bool,
    /// Whether refresh tokens can be revoked.
    pub has_revocation: bool,
}

/// An authorization request to be pushed: its parameters, without the client's authentication. Persons may be among them.
pub(crate) struct Push {
    pub(crate) parameters: Vec<(&'static str, String)>,
    /// Goes into a request object with them, which the client signs; without it there is none.
    pub(crate) attestation: Option<Attestation>,
}

/// A token request of a login: its parameters, without the client's authentication, and the key that proves it.
pub(crate) struct Grant<'a> {
    pub(crate) grant: GrantType,
    pub(crate) parameters: Vec<(&'static str, String)>,
    pub(crate) details: Details,
    pub(crate) key: &'a LoginKey,
}

/// The authority, as one client reaches it.
pub(crate) trait Provider: Send + Sync + 'static {
    /// Who it is.
    fn issuer(&self) -> &Issuer;

    /// The client.
    fn client_id(&self) -> &ClientId;

    /// The client's clock.
    fn clock(&self) -> Arc<dyn Clock>;

    /// The client's randomness.
    fn random(&self) -> Arc<dyn Random>;

    /// The client that calls APIs.
    fn client(&self) -> &helseid_client::Client;

    /// The endpoints that browsers are led to, and whether the others are there.
    fn endpoints(&self) -> Provided<'_, Endpoints>;

    /// Pushes an authorization request (RFC 9126). It may be sent twice.
    fn push(&self, push: Push) -> Provided<'_, PushedAnswer>;

    /// Redeems a code or a refresh token. It is never sent twice.
    fn tokens<'a>(&'a self, grant: Grant<'a>) -> Provided<'a, TokenGranted>;

    /// Asks userinfo, and gives the answer as it is.
    fn userinfo<'a>(
        &'a self,
        token: &'a AccessToken,
        key: &'a LoginKey,
    ) -> Provided<'a, http::Response<Vec<u8>>>;

    /// Revokes a refresh token (RFC 7009).
    fn revoke<'a>(&'a self, token: &'a RefreshToken) -> Provided<'a, ()>;

    /// The keys of this name that the issuer publishes; none if there is none.
    fn keys<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Provided<'a, Vec<Arc<VerifyKey>>>;
}
