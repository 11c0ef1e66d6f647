//! The first tokens of a login: their family, with the session where that begins by them, is stored before anyone is told of it.

use std::time::Duration;

use helseid_protocol::grant::GrantType;
use helseid_protocol::random::Random;
use helseid_protocol::secret::RefreshToken;
use helseid_protocol::time::Timestamp;

use super::granted::{First, LoginGrant};
use crate::domain::model::Client;
use crate::oauth::signed_post::Stop;
use crate::oauth::user::{RefreshText, StoredFamily, family};
use crate::storage::registry::Applied;
use crate::storage::sessions::{Family, NewFamily, SecretHash, SessionStore, Subject};

/// A refresh token, and when its family ends.
pub(super) struct Refreshable {
    pub(super) token: RefreshToken,
    pub(super) expires: Timestamp,
}

/// What became of the first tokens.
pub(super) enum Stored {
    Done(Option<Refreshable>),
    /// The login has ended meanwhile, or all of its person or client were ended.
    HasEnded,
}

/// Whose first tokens they are, and when.
#[derive(Clone, Copy)]
pub(super) struct FirstTokens<'a> {
    pub(super) random: &'a dyn Random,
    pub(super) client: &'a Client,
    pub(super) is_bound: bool,
    pub(super) now: Timestamp,
}

impl FirstTokens<'_> {
    /// Stores the family; gives its refresh token if it may be refreshed.
    ///
    /// A login that may not be refreshed has a family too, by which its access tokens are revoked; that one has a token that nobody
    /// knows, and ends with them.
    pub(super) async fn store(
        self,
        sessions: &dyn SessionStore,
        grant: &LoginGrant,
        first: &First,
    ) -> Result<Stored, Stop> {
        let may_be_refreshed = may_be_refreshed(self.client, grant);
        let token = RefreshText::issue(self.random, &grant.family);
        let family = NewFamily {
            family: self.family(grant, may_be_refreshed)?,
            token: SecretHash::of(token.expose()),
            begins: first.begins.clone(),
            granted_at: first.granted_at,
        };
        match sessions.create_family(&family, self.now).await? {
            Applied::Conflict => Ok(Stored::HasEnded),
            Applied::Done => {
                let expires = family.family.expires;
                Ok(Stored::Done(Some(Refreshable { token, expires }).filter(|_| may_be_refreshed)))
            }
        }
    }

    fn family(self, grant: &LoginGrant, may_be_refreshed: bool) -> Result<Family, Stop> {
        let stored = StoredFamily { login: grant.login.clone(), is_bound: self.is_bound };
        let subject: Option<Subject> = grant.person.subject().as_str().parse().ok();
        let session = grant.login.session.parse().ok();
        let (Some(data), Some(subject), Some(session)) = (stored.data(), subject, session) else {
            return Err(Stop::Unavailable("this login cannot be stored: it has too many scopes"));
        };
        let lifetime =
            if may_be_refreshed { family::lifetime(self.client) } else { self.client.token_lifetime };
        Ok(Family {
            id: grant.family.clone(),
            session: Some(session),
            client: self.client.id.clone(),
            subject,
            data,
            expires: self.now.plus(lifetime),
        })
    }
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
