//! What follows once assertion and proof are claimed: a code that was used before revokes what it gave, and a login that may be
//! refreshed has a new refresh token, which is stored before anyone is told of it.

use helseid_protocol::rule::Trail;
use helseid_protocol::time::Timestamp;

use super::first_tokens::{FirstTokens, Refreshable, Stored};
use super::granted::{Granted, LoginGrant, UsesUp};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::signed_post::{OwnClaim, Stop};
use crate::oauth::state::{OAuthState, UserLogin};
use crate::oauth::user::{RefreshText, family};
use crate::storage::sessions::{Ending, Presented, Reuse, Rotation, SecretHash};

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
            (UsesUp::Code { form, login, first, .. }, Some(grant)) => {
                if claimed == OwnClaim::Absent {
                    form.require_known::<()>(None, trail)?;
                }
                if claimed == OwnClaim::Again {
                    self.revoke(login, grant).await?;
                }
                form.require_first_use(claimed == OwnClaim::First, trail)?;
                let Self { state, client, is_bound, now } = self;
                let random = &*state.random;
                let tokens = FirstTokens { random, client: &client.known.client, is_bound, now };
                let stored = tokens.store(&*login.sessions, grant, first).await?;
                form.require_live_login(matches!(stored, Stored::Done(_)), trail)?;
                match stored {
                    Stored::Done(refreshable) => Ok(refreshable),
                    Stored::HasEnded => Ok(None),
                }
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
}
