//! Who logged in: the ID token, then what userinfo says beyond it.

use std::fmt;
use std::time::Duration;

use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::Organisation;
use helseid_protocol::id_token::{IdTokenClaims, Occasion, Requested};
use helseid_protocol::login::same_person;
use helseid_protocol::secret::IdToken;
use helseid_protocol::time::Timestamp;
use helseid_protocol::userinfo::UserInfo;

use super::client::LoginClient;
use super::error::{LoginError, LoginErrorKind};
use super::grants::{AccessGrant, RefreshGrant};
use super::id_token::{log_warnings, verified};
use super::key::LoginKey;
use super::pending::{Asked, PendingLogin};
use super::redeem::Redeemed;

/// A person whose ID token holds, and who is the expected one.
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
/// let verified = recognised.answer(&login)?.redeem(&login).await?.verify(&login).await?;
/// // Userinfo is asked last, and may be away: the person is logged in all the same.
/// authority.userinfo_away(true);
/// let person = verified.describe(&login).await?;
/// assert!(person.userinfo.is_none());
/// # Ok(()) }
/// ```
pub struct Verified {
    pending: PendingLogin,
    id_token: IdToken,
    claims: IdTokenClaims,
    access: AccessGrant,
    refresh: Option<RefreshGrant>,
}

/// A person who is logged in. `Debug` shows nothing of the person, and no token.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # let person = authority.log_in(&login, &Default::default()).await?;
/// println!("{:?} at level {:?}", person.claims.name(), person.claims.security_level());
/// let registered = person.userinfo.as_ref().and_then(|said| said.health_personnel());
/// assert_eq!(registered.map(|it| it.hpr_number.expose()), Some(565_550_846));
/// // A log shows nothing of the person.
/// assert!(!format!("{person:?}").contains("BEVER"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LoggedIn {
    /// What the ID token says: who, how and when.
    pub claims: IdTokenClaims,
    /// The ID token itself, which a logout gives back as a hint.
    pub id_token: IdToken,
    /// What userinfo says, such as the approvals of health personnel; none if it was not asked, or could not answer.
    pub userinfo: Option<UserInfo>,
    /// The token that came with the login.
    pub access: AccessGrant,
    /// For more of them.
    pub refresh: Option<RefreshGrant>,
    /// What both are bound to.
    pub key: LoginKey,
    /// For which organisation the login acts, where it asked for one.
    pub organisation: Option<Organisation>,
    /// The level that the login demanded, which was reached.
    pub demanded_level: Option<SecurityLevel>,
    /// Where the browser is led now: a path that was checked when the login began.
    pub return_to: Option<String>,
    /// When the login began.
    pub began: Timestamp,
    /// Whether something is attested with the login, in each of its tokens.
    pub attests: bool,
}

impl Redeemed {
    /// Checks the ID token by all of `id_token.*`, against what the login asked for, and that the expected person logged in
    /// (`login.same_person`).
    ///
    /// Not checked: that the session at the authority still goes on.
    pub async fn verify(self, login: &LoginClient) -> Result<Verified, LoginError> {
        let Self { pending, granted, sent, mut trail } = self;
        let nonce = pending.nonce();
        let asked = &pending.asked;
        let acr: Vec<_> = asked.acr.iter().map(String::as_str).collect();
        let requested = Requested {
            nonce: Some(&nonce),
            authenticated_since: authenticated_since(asked, login.now()),
            level: asked.level,
            identity_provider: asked.identity_provider.as_deref(),
            acr: &acr,
        };
        let (id_token, claims) = verified(login, &granted, Occasion::Login(requested), &mut trail).await?;
        if let Some(expected) = &asked.expected {
            same_person(expected, claims.subject(), &mut trail)?;
        }
        log_warnings(&trail);
        let access = AccessGrant::of(&granted, asked.resource.clone(), sent);
        let refresh = RefreshGrant::of(&granted, sent);
        Ok(Verified { pending, id_token, claims, access, refresh })
    }
}

impl Redeemed {
    /// Both steps from here to the person.
    pub(crate) async fn person(self, login: &LoginClient) -> Result<LoggedIn, LoginError> {
        self.verify(login).await?.describe(login).await
    }
}

impl Verified {
    /// Asks userinfo about the person (`userinfo.sub`). Where it is not offered, or cannot answer, the person is logged in
    /// without it: whoever needs the approvals of health personnel must refuse then. An answer about another person is an error.
    pub async fn describe(self, login: &LoginClient) -> Result<LoggedIn, LoginError> {
        let Self { pending, id_token, claims, access, refresh } = self;
        let is_asked = login.asks_userinfo() && login.endpoints().await?.has_userinfo;
        let userinfo = match is_asked {
            true => match login.userinfo(&access.token, &pending.key, claims.subject()).await {
                Ok(userinfo) => Some(userinfo),
                Err(error) if error.rule().is_some() => return Err(error),
                Err(error) => {
                    let kind = error.kind();
                    tracing::warn!(
                        ?kind,
                        transient = kind == LoginErrorKind::Unavailable,
                        "userinfo gave no answer"
                    );
                    None
                }
            },
            false => None,
        };
        let PendingLogin { key, asked, .. } = pending;
        let asked = *asked;
        Ok(LoggedIn {
            claims,
            id_token,
            userinfo,
            access,
            refresh,
            key,
            organisation: asked.organisation,
            demanded_level: asked.level,
            return_to: asked.return_to,
            began: asked.began,
            attests: asked.attests,
        })
    }
}

/// Since when the person must have authenticated: for `max_age` in this login, or no longer ago than that; for a new login in this
/// one. Whoever stays on a page of the authority's after that is not refused for it.
fn authenticated_since(asked: &Asked, now: Timestamp) -> Option<Timestamp> {
    let by_age = asked.max_age.map(|seconds| now.minus(Duration::from_secs(seconds)).min(asked.began));
    by_age.max(asked.is_new.then_some(asked.began))
}

impl fmt::Debug for Verified {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Verified").field("claims", &self.claims).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::LoginRequest;
    use crate::test_util::{TestClock, TestProvider};

    #[tokio::test]
    async fn a_person_is_logged_in_without_userinfo_where_it_is_away_or_not_asked() {
        let authority = TestProvider::new(&TestClock::new());
        let login = authority.login("https://app.example/callback").unwrap();
        let has_userinfo = async |login: &LoginClient| {
            let person = authority.log_in(login, &LoginRequest::default()).await.unwrap();
            person.userinfo.is_some()
        };
        assert!(has_userinfo(&login).await);
        assert!(!has_userinfo(&login.clone().without_userinfo()).await);
        authority.userinfo_away(true);
        assert!(!has_userinfo(&login).await);
    }
}
