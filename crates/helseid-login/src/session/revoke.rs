//! Refresh tokens that no session has any more, revoked at the issuer while nobody waits for it.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::secret::RefreshToken;
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use super::Sessions;
use crate::flow::LoggedIn;

/// The most that are revoked at once. What is one too many lives on until it ends: nobody has it any more.
const AT_ONCE: usize = 64;

/// How long the issuer has for one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Places for those that are revoked.
pub(super) struct Revocations(Arc<Semaphore>);

impl Default for Revocations {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Sessions {
    /// Revokes the refresh token of a login that gets no session, as where the app lets its person not in. Nobody waits for it: it
    /// is sent beside the answer, once, and what fails is logged.
    pub fn decline(&self, login: &LoggedIn) {
        self.revoke_beside(login.refresh.as_ref().map(|grant| &grant.token));
    }

    /// The same for a token that no session has any more.
    pub(crate) fn revoke_beside(&self, token: Option<&RefreshToken>) {
        let Some(token) = token.cloned() else { return };
        let Ok(place) = self.0.revocations.0.clone().try_acquire_owned() else {
            tracing::warn!("a refresh token was not revoked: too many are already");
            return;
        };
        let login = self.0.login.clone();
        let task = async move {
            let _place = place;
            login.revoke_within(&token, PATIENCE).await;
        };
        tokio::spawn(task.in_current_span());
    }
}
