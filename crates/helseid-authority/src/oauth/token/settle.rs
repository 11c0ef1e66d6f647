//! What follows once assertion and proof are claimed: a code that was used before revokes what it gave, and a login that may be
//! refreshed has a new refresh token, which is stored before anyone is told of it.

use std::time::Duration;

use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::Trail;
use helseid_protocol::secret::RefreshToken;
use helseid_protocol::time::Timestamp;

use super::granted::{Granted, LoginGrant, UsesUp};
use crate::domain::model::Client;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::signed_post::{OwnClaim, Stop};
use crate::oauth::state::{OAuthState, UserLogin};
use crate::oauth::user::{RefreshText, StoredFamily, family};
use crate::storage::registry::Applied;
use crate::storage::sessions::{Ending, Family, NewFamily, Presented, Reuse, Rotation, SecretHash, Subject};

/// A refresh token, and when its family ends.
pub(super) struct Refreshable {
    pub(super) token: RefreshToken,
    pub(super) expires: Timestamp,
}

/// Whose request is settled, and when.
#[derive(Clone, Copy)]
pub(super) struct Settled<'a> {
    pub(super) state: &'a OAuthState,
    pub(super) client: &'a AuthenticatedClient<'a>,
    pub(super) is_bound: bool,
    pub(super) now: Timestamp,
}

impl Settled<'_> {
    /// Ends what must end, and stores what must be stored; gives the refresh token of the answer, if it has one.
    pub(super) async fn settle(
        self,
        granted: &Granted<'_>,
        claimed: OwnClaim,
        trail: &mut Trail,
    ) -> Result<Option<Refreshable>, Stop> {
        match (&granted.uses_up, &granted.login) {
            (UsesUp::Code { form, login, .. }, Some(grant)) => {
                if claimed == OwnClaim::Absent {
                    form.require_known::<()>(None, trail)?;
                }
                if claimed == OwnClaim::Again {
                    self.revoke(login, grant).await?;
                }
                form.require_first_use(claimed == OwnClaim::First, trail)?;
                let NewToken { token, family } = self.new_family(grant)?;
                let expires = family.family.expires;
                let created = login.sessions.create_family(&family, self.now).await?;
                form.require_live_login(created == Applied::Done, trail)?;
                Ok(token.map(|token| Refreshable { token, expires }))
            }
            (UsesUp::RefreshToken { form, text, family, login }, _) => {
                let client = &self.client.known.client;
                let reuse = family::reuse(self.client);
                let successor = match reuse {
                    Reuse::Always => None,
                    Reuse::Within(_) => Some(RefreshText::issue(&*self.state.random, &family.id)),
                };
                let hash = successor.as_ref().map(|token| SecretHash::of(token.expose()));
                let presented = Presented {
                    family: &family.id,
                    token: &text.hash,
                    client: &client.id,
                    reuse,
                    now: self.now,
                };
                match login.sessions.rotate(&presented, hash.as_ref()).await? {
                    Rotation::Accepted(_) => form.require_unused(true, trail)?,
                    Rotation::Reused | Rotation::Refused => form.require_unused(false, trail)?,
                    Rotation::TooMany => return Err(Stop::TooMany),
                }
                let token = successor.unwrap_or_else(|| form.refresh_token().clone());
                Ok(Some(Refreshable { token, expires: family.expires }))
            }
            _ => Ok(None),
        }
    }

    /// Ends the family of a code that was presented twice, whether it is there yet or not (RFC 6749 section 4.1.2).
    async fn revoke(self, login: &UserLogin, grant: &LoginGrant) -> Result<(), Stop> {
        let until = self.now.plus(family::lifetime(&self.client.known.client));
        login.sessions.end(Ending::Family(&grant.family, until), self.now).await?;
        Ok(())
    }

    /// The family of a login, with its first refresh token if it may be refreshed. A login that may not has a family too, by which
    /// its access tokens are revoked; that one has a token that nobody knows, and ends with them.
    fn new_family(self, grant: &LoginGrant) -> Result<NewToken, Stop> {
        let client = &self.client.known.client;
        let stored = StoredFamily { login: grant.login.clone(), is_bound: self.is_bound };
        let subject: Option<Subject> = grant.person.subject().as_str().parse().ok();
        let session = grant.login.session.parse().ok();
        let (Some(data), Some(subject), Some(session)) = (stored.data(), subject, session) else {
            return Err(Stop::Unavailable("this login cannot be stored: it has too many scopes"));
        };
        let may_be_refreshed = may_be_refreshed(client, grant);
        let lifetime = if may_be_refreshed { family::lifetime(client) } else { client.token_lifetime };
        let token = RefreshText::issue(&*self.state.random, &grant.family);
        let family = Family {
            id: grant.family.clone(),
            session: Some(session),
            client: client.id.clone(),
            subject,
            data,
            expires: self.now.plus(lifetime),
        };
        let family = NewFamily { family, token: SecretHash::of(token.expose()) };
        Ok(NewToken { token: Some(token).filter(|_| may_be_refreshed), family })
    }
}

struct NewToken {
    token: Option<RefreshToken>,
    family: NewFamily,
}

impl Refreshable {
    /// `rt_expires_in`.
    pub(super) fn expires_in(&self, now: Timestamp) -> Duration {
        self.expires.since(now)
    }
}

/// OpenID Connect Core 1.0 section 11: by its scope, for a client that is registered for it.
fn may_be_refreshed(client: &Client, grant: &LoginGrant) -> bool {
    let asks = grant.login.scopes.iter().any(|scope| scope.as_str() == "offline_access");
    asks && client.grant_types.contains(GrantType::RefreshToken)
}
