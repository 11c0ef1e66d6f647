//! An authority inside a user's own test.

use std::net::Ipv4Addr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use helseid_admin_api::Scenario;
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::jose::Algorithm;
use helseid_protocol::rule::Profile;
use helseid_protocol::time::{Clock, Timestamp};

use crate::assemble::Authority;
use crate::config::{Config, Error};
use crate::running::Running;

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

/// A clock that stands still until the test moves it. Starts at the system's time. Cheap to clone; give the same one to
/// the client and the API under test.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "so that programs with the system's clock agree at the start"
    )]
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(Timestamp::from(SystemTime::now()).seconds())))
    }

    /// Moves it forward, in whole seconds.
    pub fn forward(&self, duration: Duration) {
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Moves it back, in whole seconds.
    pub fn back(&self, duration: Duration) {
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        self.0.fetch_sub(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::SeqCst))
    }
}

fn test_config(clock: &TestClock) -> Config {
    Config::in_memory()
        .listen([(Ipv4Addr::LOCALHOST, 0).into()])
        .algorithm(Algorithm::ES256)
        .clock(clock.clone())
}

impl TestAuthority {
    /// Starts one with profile `helseid`.
    pub async fn start() -> Result<Self, Error> {
        Self::start_with(Profile::Helseid).await
    }

    /// Starts one with another profile.
    pub async fn start_with(profile: Profile) -> Result<Self, Error> {
        let clock = TestClock::new();
        let config = test_config(&clock).profile(profile);
        Ok(Self { running: Authority::start(config).await?, clock })
    }

    /// Starts one that can be asked for faults: see [`TestAuthority::scenario`]. Profile `helseid`.
    pub async fn start_with_scenarios() -> Result<Self, Error> {
        let clock = TestClock::new();
        let config = test_config(&clock).enable_scenarios();
        Ok(Self { running: Authority::start(config).await?, clock })
    }

    /// Starts one under the name of a proxy that stands before it, and that can be asked for faults. Profile `helseid`.
    pub async fn start_behind(issuer: Issuer) -> Result<Self, Error> {
        let clock = TestClock::new();
        let config = test_config(&clock).issuer(issuer).enable_scenarios();
        Ok(Self { running: Authority::start(config).await?, clock })
    }

    /// From now on, the client meets these faults; a default scenario has none. Without effect on an authority that was
    /// started without scenarios. Of a delay or a clock that is farther off than the admin API takes, the most that it takes.
    pub fn scenario(&self, client: ClientId, scenario: Scenario) {
        self.running.put_faults(client, scenario);
    }

    /// Its clock.
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
