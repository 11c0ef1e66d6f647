//! Logout tokens, which the authority sends when a session of it ends (OpenID Connect Back-Channel Logout 1.0).

use helseid_protocol::logout::{Expectations, LogoutToken, PresentedLogoutToken, read_body};
use helseid_protocol::rule::Trail;

use super::client::LoginClient;
use super::error::LoginError;

impl LoginClient {
    /// The logout token in a request of the authority with this `Content-Type` and body, checked by all of `logout_token.*` but the
    /// last: whether its `jti` was used before is for whoever remembers that.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use helseid_login::test_util::{TestClock, TestProvider};
    /// # let authority = TestProvider::new(&TestClock::new());
    /// # let login = authority.login("https://app.example/callback")?;
    /// # let person = authority.log_in(&login, &Default::default()).await?;
    /// let sid = person.claims.session_id().map(|sid| sid.as_str().to_owned()).unwrap_or_default();
    /// // What the authority posts to the app.
    /// let body = authority.logout_form(&sid, |token| token);
    /// let content_type = Some("application/x-www-form-urlencoded");
    /// let token = login.logout_token(content_type, body.as_bytes()).await?;
    /// assert_eq!(token.session_id(), person.claims.session_id());
    /// # Ok(()) }
    /// ```
    pub async fn logout_token(
        &self,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<LogoutToken, LoginError> {
        let trail = &mut Trail::new();
        let text = read_body(content_type, body, trail)?;
        let expectations = Expectations {
            issuer: self.issuer(),
            client_id: self.client_id(),
            algorithms: self.taken_algorithms(),
            tolerance: self.clock_tolerance(),
            now: self.now(),
        };
        let presented = PresentedLogoutToken::read(&text, &expectations, trail)?;
        let mut keys = match presented.kid() {
            Some(kid) => self.provider().keys(kid, presented.algorithm()).await?,
            None => Vec::new(),
        };
        let key = match keys.is_empty() {
            true => None,
            false => Some(presented.signer(keys.remove(0), &keys)),
        };
        let expectations = Expectations { now: self.now(), ..expectations };
        Ok(presented.check(key.as_deref(), &expectations, trail)?)
    }
}
