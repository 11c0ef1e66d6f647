//! Sessions ended by the issuer.

use std::time::Duration;

use helseid_protocol::logout::{FrontChannelLogout, LogoutToken};

use super::names::{Named, names};
use super::{SessionError, Sessions};
use crate::store::{Ending, FirstUse, Logout, LogoutOf, Names};

/// How long a logout forbids sessions that were on their way.
const REMEMBERED: Duration = Duration::from_secs(2 * 3600);

/// The same by the front channel: longer than a code lives.
const FRONT_REMEMBERED: Duration = Duration::from_secs(600);

/// So many logouts by the front channel are remembered of each second.
pub(super) const FRONT_PER_SECOND: u32 = 20;

impl Sessions {
    /// Ends what a logout token names (OpenID Connect Back-Channel Logout 1.0 section 2.7): its session, or all that the person began
    /// until it was issued. For two hours nobody gets in whose login was on its way when it came. Whether this is the first use
    /// of the token: one that comes again is answered alike, for the sessions ended in the same step as its use was recorded.
    ///
    /// The token must have passed every other check. The cookie is not there, so the refresh token cannot be revoked.
    pub async fn log_out(&self, token: &LogoutToken) -> Result<bool, SessionError> {
        let of = match (token.session_id(), token.subject()) {
            (Some(sid), _) => LogoutOf::Session(self.named(Named::Session(sid.as_str()))),
            (None, Some(sub)) => LogoutOf::Person(self.named(Named::Person(sub.as_str())), token.issued()),
            // The type has one of them.
            (None, None) => return Ok(true),
        };
        let token_name = self.named(Named::LogoutToken(token.jwt_id().as_str()));
        let now = self.0.login.now();
        let token = Some((token_name, token.remember_until()));
        let logout = Logout { of, remembered: now.plus(REMEMBERED), token };
        Ok(self.0.store.log_out(&logout, now).await? == FirstUse::Yes)
    }

    /// Ends the session that a front-channel logout names (OpenID Connect Front-Channel Logout 1.0 section 2). Anyone can send one who
    /// knows the issuer's name for the session; what is done and answered is the same where there is none.
    ///
    /// For ten minutes nobody gets in whose login of this session was on its way. Since anyone can send one, so many are remembered in
    /// each second; the others end their session all the same.
    pub async fn log_out_front(&self, logout: &FrontChannelLogout) -> Result<(), SessionError> {
        let names = self.named(Named::Session(logout.session_id().as_str()));
        let now = self.0.login.now();
        if !self.0.front_channel.take(now) {
            return Ok(self.0.store.end(Ending::Session(&names)).await?);
        }
        let remembered = now.plus(FRONT_REMEMBERED);
        let logout = Logout { of: LogoutOf::Session(names), remembered, token: None };
        Ok(self.0.store.log_out(&logout, now).await.map(drop)?)
    }

    fn named(&self, what: Named<'_>) -> Names {
        names(&self.0.keys, self.0.login.issuer(), what)
    }
}
