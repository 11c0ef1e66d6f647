//! A token of the person who is logged in: one that was kept, or a new one by a refresh, once over all commands that run.

use std::time::Duration;

use helseid_client::Client;
use helseid_login::flow::{LoginClient, LoginErrorKind, LoginKey, RefreshAsk};
use helseid_protocol::details::Details;
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;
use serde_json::json;

use super::kept::Session;
use super::place::Place;
use crate::failure::Failure;

/// Where a native client is called back; without a port, which nobody needs for a refresh.
pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1/callback";

/// How long a token must still be good, to be sent.
const MARGIN: Duration = Duration::from_secs(15);

/// What a token is asked for with.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// The API; none for the first of the login.
    pub(crate) resource: Option<Audience>,
    /// Its scopes; an empty set for all of the login.
    pub(crate) scope: ScopeSet,
    /// The organisation, and what else goes into the assertion.
    pub(crate) details: Details,
}

/// A token, and the key that it is bound to.
pub(crate) struct UserToken {
    pub(crate) token: AccessToken,
    pub(crate) expires: Timestamp,
    pub(crate) scope: Option<String>,
    pub(crate) key: LoginKey,
}

impl Wanted {
    pub(super) fn to_text(&self) -> String {
        let api = self.resource.as_ref().map(Audience::as_str);
        json!([api, self.scope.to_string(), self.details.to_claim()]).to_string()
    }
}

/// A token of the person who is logged in. A refresh has the lock from before the login is read until it is written; what it gave
/// is written before it is judged. A login that has ended is forgotten.
pub(crate) async fn user_token(
    place: &Place,
    client: &Client,
    mut wanted: Wanted,
) -> Result<UserToken, Failure> {
    // Without a login no lock is made.
    place.read(client.config())?;
    let locked = place.lock().await?;
    let mut session = locked.read(client.config())?;
    wanted.resource = wanted.resource.or_else(|| session.resource.clone());
    let now = client.clock().now();
    // A token by which the person attests is for one patient: it is never one that was kept, and is not kept (threat A8).
    let attests = wanted.details.attestation().is_some();
    if !attests && let Some(token) = session.find(&wanted, now.plus(MARGIN)) {
        return Ok(token);
    }
    let (Some(key), Some(first)) = (session.key(), session.person()) else { return Err(changed(place)) };
    let Some(refresh_token) = session.refresh_token() else {
        let why = "the authority gave no refresh token, and none of the stored tokens can be used";
        return Err(Failure::new("there is no token for this", why, "log in again: helseid login"));
    };
    let login = LoginClient::new(client.clone(), REDIRECT_URI)?;
    let answer = login.refresh(RefreshAsk {
        refresh_token: &refresh_token,
        key: &key,
        resource: wanted.resource.as_ref(),
        scope: &wanted.scope,
        details: wanted.details.clone(),
    });
    let answer = match answer.await {
        Err(why) if why.kind() == LoginErrorKind::GrantEnded => {
            locked.remove()?;
            let [_, why, _] = why.lines();
            return Err(Failure::new("the login has ended", why, "log in again: helseid login"));
        }
        answer => answer?,
    };
    if let Some(grant) = answer.refresh_grant() {
        session.keep_refresh(grant);
        locked.write(&session)?;
    }
    let refreshed = match answer.verify(&login, &first).await {
        Err(why) if why.rule().is_some() => {
            locked.remove()?;
            return Err(why.into());
        }
        refreshed => refreshed?,
    };
    session.set_level(refreshed.level(session.level()));
    if attests {
        locked.write(&session)?;
        let access = refreshed.access;
        return Ok(UserToken {
            token: access.token,
            expires: access.expires,
            scope: access.scope.map(|scope| scope.to_string()),
            key,
        });
    }
    session.keep(&wanted, &refreshed.access, now);
    locked.write(&session)?;
    session.find(&wanted, now).ok_or_else(|| ended_at_once(&session))
}

fn changed(place: &Place) -> Failure {
    let what = format!("{} is not a login", place.file().display());
    Failure::new(what, "its key or its person cannot be read", "remove it, and log in again: helseid login")
}

fn ended_at_once(session: &Session) -> Failure {
    let why = format!("{} gave a token that has ended", session.issuer);
    Failure::new("there is no token for this", why, "check the clocks: helseid doctor")
}
