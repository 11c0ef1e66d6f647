//! An authority inside a user's own test.

mod sign_in;

use std::net::Ipv4Addr;
use std::ops::Deref;

use helseid_admin_api::ClientFaults;
use helseid_http::system_clock;
pub use helseid_protocol::forge::TestClock;
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::jose::Algorithm;
use helseid_protocol::rule::Profile;
use helseid_tls::Tls;

use crate::assemble::Authority;
use crate::config::{Config, Error};
use crate::running::Running;

pub use sign_in::PersonLogin;

/// A running authority in memory, on a free port of 127.0.0.1, with a clock that the test moves and that the `Date` of its
/// responses tells. Signs with ES256, so that it starts at once. Ends when it is dropped.
///
/// ```
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// let authority = helseid_authority::TestAuthority::start().await?;
/// // ... register a client, point the program under test to authority.issuer() ...
/// authority.clock().forward(std::time::Duration::from_secs(600));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TestAuthority {
    running: Running,
    clock: TestClock,
}

/// A clock that agrees, at the start, with programs that use the system's.
fn system_time() -> TestClock {
    TestClock::at(system_clock())
}

/// A [`TestAuthority`] that has not started.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_authority::{TestAuthority, TestAuthorityBuilder};
/// use helseid_protocol::rule::Profile;
///
/// let next_year: TestAuthorityBuilder = TestAuthority::builder().profile(Profile::HelseidNext).enable_faults();
/// let authority = next_year.start().await?;
/// assert!(authority.issuer().as_str().starts_with("http://"));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TestAuthorityBuilder {
    config: Config,
    clock: TestClock,
}

impl TestAuthorityBuilder {
    /// Sets the profile of clients that are registered without one: `helseid` by default.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.config = self.config.profile(profile);
        self
    }

    /// Lets the test give clients faults: see [`TestAuthority::put_faults`].
    #[must_use]
    pub fn enable_faults(mut self) -> Self {
        self.config = self.config.enable_faults();
        self
    }

    /// Sets the issuer: the address of a proxy that stands before the authority.
    #[must_use]
    pub fn issuer(mut self, issuer: Issuer) -> Self {
        self.config = self.config.issuer(issuer);
        self
    }

    /// Serves HTTPS with the certificate of a local CA, which [`Running::ca_pem`] gives. It is valid by the system's clock, not by
    /// that of the test.
    #[must_use]
    pub fn https(mut self) -> Self {
        self.config = self.config.tls(Tls::self_signed());
        self
    }

    /// Trusts these CAs, in PEM, where it calls clients: for a test of back-channel logout over https.
    #[must_use]
    pub fn clients_ca_pem(mut self, pem: impl Into<String>) -> Self {
        self.config = self.config.clients_ca_pem(pem);
        self
    }

    /// Starts it.
    pub async fn start(self) -> Result<TestAuthority, Error> {
        Ok(TestAuthority { running: Authority::start(self.config).await?, clock: self.clock })
    }
}

impl TestAuthority {
    /// Sets up one to start with profile `helseid`, http and no faults.
    ///
    /// ```
    /// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
    /// let authority = helseid_authority::TestAuthority::builder().https().start().await?;
    /// assert!(authority.issuer().as_str().starts_with("https://localhost:"));
    /// // What a client has to trust, for its `ca_file`:
    /// let ca_pem = authority.ca_pem().ok_or("it has a CA")?;
    /// # let _ = ca_pem;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn builder() -> TestAuthorityBuilder {
        let clock = system_time();
        let config = Config::in_memory()
            .listen([(Ipv4Addr::LOCALHOST, 0).into()])
            .algorithm(Algorithm::ES256)
            .clock(clock.clone());
        TestAuthorityBuilder { config, clock }
    }

    /// Starts one with profile `helseid`.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Starts one with another profile.
    pub async fn start_with(profile: Profile) -> Result<Self, Error> {
        Self::builder().profile(profile).start().await
    }

    /// Starts one that can be asked for faults: see [`TestAuthority::put_faults`]. Profile `helseid`.
    pub async fn start_with_faults() -> Result<Self, Error> {
        Self::builder().enable_faults().start().await
    }

    /// Starts one under the name of a proxy that stands before it, and that can be asked for faults. Profile `helseid`.
    pub async fn start_behind(issuer: Issuer) -> Result<Self, Error> {
        Self::builder().issuer(issuer).enable_faults().start().await
    }

    /// Sets the faults that the client meets from now on; a default [`ClientFaults`] has none. Has no effect unless the authority
    /// was started with faults. A delay or a clock skew beyond the bounds of the admin API is reduced to them.
    pub fn put_faults(&self, client: ClientId, faults: ClientFaults) {
        self.running.put_faults(client, faults);
    }

    /// The former name of [`TestAuthority::start_with_faults`].
    #[deprecated = "use start_with_faults"]
    pub async fn start_with_scenarios() -> Result<Self, Error> {
        Self::start_with_faults().await
    }

    /// The former name of [`TestAuthority::put_faults`].
    #[deprecated = "use put_faults"]
    pub fn scenario(&self, client: ClientId, faults: ClientFaults) {
        self.put_faults(client, faults);
    }

    /// Logs a person in at a client, without a browser and without the client's keys: by the rules of a pushed request, of a login by
    /// `test_pid` and of the token endpoint. The person is named by short name, or by a synthetic number.
    ///
    /// ```no_run
    /// # use helseid_admin_api::ClientRegistration;
    /// # use helseid_protocol::{id::ClientId, scope::ScopeSet};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let authority = helseid_authority::TestAuthority::start().await?;
    /// let web = ClientId::parse("web")?;
    /// # let mut client = ClientRegistration::new("web", ScopeSet::default(), Vec::new());
    /// # client.client_id = Some(web.clone());
    /// # client.grant_types = [helseid_protocol::grant::GrantType::AuthorizationCode].into_iter().collect();
    /// # client.login = serde_json::from_str(r#"{"redirect_uris":["https://app.example/callback"],"require_dpop":false}"#)?;
    /// # authority.register(client).await?;
    /// let tokens = authority.sign_in("doctor", &web).scope("openid profile").await?;
    /// assert_eq!(tokens.token_type, "Bearer");
    /// # Ok(()) }
    /// ```
    pub fn sign_in(&self, person: impl Into<String>, client: &ClientId) -> PersonLogin<'_> {
        PersonLogin::new(&self.running, person.into(), client.clone())
    }

    /// Its clock, which starts at the system's time: give it to the client and the API under test.
    #[must_use]
    pub const fn clock(&self) -> &TestClock {
        &self.clock
    }
}

/// Whatever a running authority can do: say its issuer, register clients, add APIs.
impl Deref for TestAuthority {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}
