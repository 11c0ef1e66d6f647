//! Authorization requests that are stored under a name: pushed by their client, or posted by a browser.

#[cfg(test)]
mod tests;

use std::time::Duration;

use helseid_protocol::authorize::{CheckedRequest, PushedRequest, WrittenRequest};
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::oauth::signed_post::Stop;
use crate::oauth::state::OAuthState;
use crate::registry::Snapshot;
use crate::storage::ephemeral::{Entry, Group, Key, Namespace, OneTimeUse, Value, Write};
use crate::storage::registry::Applied;

/// In so many groups the requests of one client are counted, each of at most [`Group::MAX_ENTRIES`]: no client fills the store. In a
/// full one the oldest makes room. Whoever does go on with a request comes at once, and the page that is shown then carries it, so
/// that nobody who begins logins and never ends them keeps others of the same client from theirs.
const GROUPS: u8 = 64;

/// So many groups there are of pushed requests in all, in equal shares of the clients that log people in: many of them together fill
/// the store no more than one, and none has another's share. Where there are more of them than this, each has one; what they then
/// fill is a part of the store that nothing but begun logins needs.
const ALL_GROUPS: usize = 512;

/// In so many groups the requests of one client are counted that browsers post, who are strangers: apart from the pushed ones,
/// which they must not crowd out.
const POSTED_GROUPS: u8 = 16;

/// So many clients, by a sum of their names, are counted apart where browsers post; the others share with one of them. Whatever
/// strangers post, it is at most 6,400 requests at a time, of 50 MiB.
const POSTED_SHARES: u8 = 4;

/// The most bytes of a posted request, as it is stored. Those without a request object have fewer.
const MAX_POSTED_BYTES: usize = 8 * 1024;

/// How long the name of a request is known after its end, so that whoever comes too late is told so.
const KNOWN: Duration = Duration::from_secs(60);

/// How long a login may take that began in time: as long as the page of the login may be open. The page carries the request from
/// then on; what is remembered for so long is only that it was answered.
const LOGIN: Duration = Duration::from_secs(3600);

/// How long a form that was posted waits for its browser to come back with its name.
pub(super) const POSTED: Duration = Duration::from_secs(60);

/// At most so long after a browser brought a request itself, it is answered.
pub(super) const ANSWERED_WITHIN: Duration = POSTED.saturating_add(LOGIN);

/// A request that follows every rule, as it is stored until it is answered.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredRequest {
    login_id: String,
    client_id: ClientId,
    expires: i64,
    is_answered: bool,
    /// By a browser, who is a stranger.
    is_posted: bool,
    /// Left out once it is answered.
    request: Option<WrittenRequest>,
}

impl StoredRequest {
    /// A request that a login may begin with until `expires`.
    pub(super) fn new(login_id: String, checked: &CheckedRequest, expires: Timestamp) -> Self {
        Self {
            login_id,
            client_id: checked.client_id.clone(),
            expires: expires.seconds(),
            is_answered: false,
            is_posted: false,
            request: Some(WrittenRequest::of(checked)),
        }
    }

    /// The same, posted by a browser that will come back with its name at once.
    pub(super) fn posted(login_id: String, checked: &CheckedRequest, expires: Timestamp) -> Self {
        Self { is_posted: true, ..Self::new(login_id, checked, expires) }
    }

    /// Whether a browser posted it.
    pub(super) const fn is_posted(&self) -> bool {
        self.is_posted
    }

    /// Names the login in the trace.
    pub(super) fn login_id(&self) -> &str {
        &self.login_id
    }

    /// What was asked for.
    pub(super) const fn request(&self) -> Option<&WrittenRequest> {
        self.request.as_ref()
    }

    /// As the rules of `request_uri` see it.
    pub(super) const fn pushed(&self) -> PushedRequest<'_> {
        PushedRequest {
            client_id: &self.client_id,
            expires: Timestamp::from_seconds(self.expires),
            is_answered: self.is_answered,
        }
    }

    /// Stores it under a reference that nobody can guess.
    pub(super) async fn put(&self, state: &OAuthState, reference: &str, now: Timestamp) -> Result<(), Stop> {
        let key = key(state, reference);
        let group = Some(self.group(&state.replay.ids, reference, share(&state.registry.now())));
        let entry = Entry { value: self.value()?, end: self.kept_until(), group };
        match state.replay.store.write(Write::put(key, entry).making_room(), now).await? {
            Applied::Done => Ok(()),
            Applied::Conflict => Err(Stop::Unavailable("the request cannot be stored")),
        }
    }

    /// Reads what is stored under a reference.
    pub(super) async fn get(
        state: &OAuthState,
        reference: &str,
        now: Timestamp,
    ) -> Result<Option<Self>, Stop> {
        let found = state.replay.store.get(key(state, reference), now).await?;
        Ok(found.and_then(|found| serde_json::from_slice(found.value.as_bytes()).ok()))
    }

    /// Until when a login may begin with it.
    pub(super) const fn expires(&self) -> Timestamp {
        Timestamp::from_seconds(self.expires)
    }

    /// Of a client that has this many groups.
    fn group(&self, ids: &MacKey, reference: &str, groups: u8) -> Group {
        let sum = |text: &str| text.bytes().fold(0_u8, u8::wrapping_add);
        let client = self.client_id.as_str();
        match self.is_posted {
            true => {
                let part = [sum(client) % POSTED_SHARES, sum(reference) % POSTED_GROUPS];
                Group::new(ids, &[b"posted requests", &part])
            }
            false => Group::new(ids, &[b"pushed requests", client.as_bytes(), &[sum(reference) % groups]]),
        }
    }

    fn value(&self) -> Result<Value, Stop> {
        let json = serde_json::to_vec(self).ok();
        let json = json.filter(|json| !self.is_posted || json.len() <= MAX_POSTED_BYTES);
        let json = json.and_then(|json| Value::new(json).ok());
        json.ok_or(Stop::Unavailable("the request is too large to be stored"))
    }

    fn kept_until(&self) -> Timestamp {
        let expires = Timestamp::from_seconds(self.expires);
        if self.is_posted { expires } else { expires.plus(KNOWN) }
    }
}

/// What is left of a pushed request while its login is under way.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PushedName {
    reference: String,
    expires: Timestamp,
}

impl PushedName {
    /// Of a request that was found under this reference.
    pub(super) fn new(reference: String, request: &StoredRequest) -> Self {
        Self { reference, expires: request.expires() }
    }

    /// The one answer that the request may have, whether it is still stored or not.
    pub(super) fn once(&self, state: &OAuthState) -> OneTimeUse {
        OneTimeUse { id: key(state, &self.reference).id(), end: self.expires.plus(LOGIN) }
    }

    /// Notes that it is answered, so that whoever comes back with its name is told so. That it cannot be answered again is
    /// certain without this.
    pub(super) async fn note_answered(
        &self,
        state: &OAuthState,
        (login_id, client_id): (&str, &ClientId),
        now: Timestamp,
    ) {
        let answered = StoredRequest {
            login_id: login_id.to_owned(),
            client_id: client_id.clone(),
            expires: self.expires.seconds(),
            is_answered: true,
            is_posted: false,
            request: None,
        };
        let (Ok(value), end) = (answered.value(), answered.kept_until()) else { return };
        if end <= now {
            return;
        }
        let note = Write::put(key(state, &self.reference), Entry { value, end, group: None });
        if let Err(why) = state.replay.store.write(note, now).await {
            tracing::debug!(?why, "a request that was answered is not noted as such");
        }
    }
}

/// How many groups each client has: an equal part of all, and one at least.
fn share(registry: &Snapshot) -> u8 {
    share_of(registry.clients_that_log_in())
}

fn share_of(clients: usize) -> u8 {
    let share = ALL_GROUPS / clients.max(1);
    u8::try_from(share).unwrap_or(GROUPS).clamp(1, GROUPS)
}

fn key(state: &OAuthState, reference: &str) -> Key {
    Key::new(&state.replay.ids, Namespace::PushedRequest, &[reference.as_bytes()])
}
