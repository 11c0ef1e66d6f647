//! The code is redeemed: the token request, which is never sent twice.

use std::fmt;

use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::TokenGranted;
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::Trail;
use helseid_protocol::secret::RefreshToken;
use helseid_protocol::time::Timestamp;

use super::callback::Coded;
use super::client::LoginClient;
use super::error::LoginError;
use super::pending::PendingLogin;
use super::provider::Grant;

/// Tokens of a login, bound to its key. Who logged in is not known yet.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # use helseid_login::flow::{Found, LoginRequest, Returned};
/// # let pushed = login.begin(&LoginRequest::default()).await?;
/// # let query = authority.visit(&pushed.authorize);
/// # let recognised = Returned::read(query.as_bytes())?.recognise(Found::Pending(pushed.pending), &login)?;
/// let redeemed = recognised.answer(&login)?.redeem(&login).await?;
/// let refresh = redeemed.refresh_token().cloned();
/// // If the ID token is refused, the tokens are given back.
/// if let (Err(_), Some(refresh)) = (redeemed.verify(&login).await, refresh) {
///     login.revoke(&refresh).await?;
/// }
/// # Ok(()) }
/// ```
pub struct Redeemed {
    pub(super) pending: PendingLogin,
    pub(super) granted: TokenGranted,
    pub(super) sent: Timestamp,
    pub(super) trail: Trail,
}

impl Coded {
    /// Sends the code with the PKCE verifier, the client's authentication and a proof by the login's key (RFC 6749 section 4.1.3,
    /// RFC 7636 section 4.5, RFC 9449 section 5). Fails also where the token is bound to no key (`token_type`).
    pub async fn redeem(self, login: &LoginClient) -> Result<Redeemed, LoginError> {
        let Self { pending, code, trail } = self;
        let mut parameters = vec![
            ("code", code.expose().to_owned()),
            ("redirect_uri", login.redirect_uri().to_owned()),
            ("code_verifier", pending.verifier().expose().to_owned()),
        ];
        parameters.extend(pending.asked.resource.as_ref().map(|api| ("resource", api.as_str().to_owned())));
        let organisation = pending.asked.organisation.clone();
        let details = organisation.map_or_else(Details::new, |own| Details::new().for_organisation(own));
        let sent = login.now();
        let grant = Grant { grant: GrantType::AuthorizationCode, parameters, details, key: &pending.key };
        let granted = login.provider().tokens(grant).await?;
        Ok(Redeemed { pending, granted, sent, trail })
    }
}

impl Redeemed {
    /// The refresh token, if there is one: to revoke it where the login fails after all.
    #[must_use]
    pub const fn refresh_token(&self) -> Option<&RefreshToken> {
        self.granted.of_login.refresh_token.as_ref()
    }
}

impl fmt::Debug for Redeemed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Redeemed").field("pending", &self.pending).finish_non_exhaustive()
    }
}
