//! A double of an authority, and a login that asks for everything.

use std::time::Duration;

use helseid_login::flow::{Found, LoggedIn, LoginClient, LoginError, LoginRequest, PushedLogin, Returned};
use helseid_login::test_util::{TestClock, TestProvider};
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::person::{PersonNumber, Subject, SyntheticMonth};
use helseid_protocol::scope::ScopeSet;

pub(crate) const CALLBACK: &str = "https://app.example/callback";

pub(crate) struct World {
    pub(crate) clock: TestClock,
    pub(crate) authority: TestProvider,
    pub(crate) login: LoginClient,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = TestClock::new();
        let authority = TestProvider::new(&clock);
        let login = authority.login(CALLBACK).unwrap();
        Self { clock, authority, login }
    }

    /// The browser visits, comes back, and all steps are done.
    pub(crate) async fn finish(&self, pushed: PushedLogin) -> Result<LoggedIn, LoginError> {
        let query = self.authority.visit(&pushed.authorize);
        self.come_back(&query, pushed).await
    }

    pub(crate) async fn come_back(&self, query: &str, pushed: PushedLogin) -> Result<LoggedIn, LoginError> {
        let returned = Returned::read(query.as_bytes())?;
        returned.recognise(Found::Pending(pushed.pending), &self.login)?.complete(&self.login).await
    }

    pub(crate) async fn log_in(&self, request: &LoginRequest) -> Result<LoggedIn, LoginError> {
        self.finish(self.login.begin(request).await?).await
    }
}

/// The doctor.
pub(crate) fn subject() -> Subject {
    Subject::of(&PersonNumber::parse("15849197352", SyntheticMonth::Plus80).unwrap())
}

/// A login that demands all that can be demanded.
pub(crate) fn demanding() -> LoginRequest {
    let scope = "openid profile offline_access helseid://scopes/identity/security_level nhn:an-api/read";
    LoginRequest::default()
        .scope(ScopeSet::parse(scope).unwrap())
        .level(SecurityLevel::High)
        .identity_provider("testidp-oidc")
        .acr(["Level4".to_owned()])
        .max_age(Duration::from_secs(300))
        .expect_person(subject())
}
