//! Authorization requests that are stored under a name: pushed by their client, or posted by a browser.

use std::time::Duration;

use helseid_protocol::authorize::{CheckedRequest, PushedRequest, WrittenRequest};
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::oauth::signed_post::{OwnUse, Stop};
use crate::oauth::state::OAuthState;
use crate::storage::ephemeral::{Entry, Group, Key, Namespace, OneTimeUse, Value, Write};
use crate::storage::registry::Applied;

/// In so many groups the requests of one client are counted, each of at most [`Group::MAX_ENTRIES`]: no client fills the store.
const GROUPS: u8 = 64;

/// The same for requests that browsers post, who are strangers: apart from the pushed ones, which they must not crowd out.
const POSTED_GROUPS: u8 = 16;

/// The most bytes of a posted request, as it is stored. Those without a request object have fewer.
const MAX_POSTED_BYTES: usize = 16 * 1024;

/// How long a login may take that began in time: as long as the page of the login may be open.
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
    /// By a browser, whose page carries the request from then on: strangers fill no store for longer than they may come back.
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
        let group = Some(self.group(&state.replay.ids, reference));
        let entry = Entry { value: self.value()?, end: self.kept_until(), group };
        match state.replay.store.write(Write::put(key, entry), now).await? {
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

    /// The one answer that it may have.
    pub(super) fn once(&self, state: &OAuthState, reference: &str) -> OwnUse {
        let entry = key(state, reference);
        OwnUse { entry, once: OneTimeUse { id: entry.id(), end: self.kept_until() } }
    }

    /// Notes that it is answered, so that whoever comes back with its name is told so. That it cannot be answered again is
    /// certain without this.
    pub(super) async fn note_answered(&self, state: &OAuthState, reference: &str, now: Timestamp) {
        let answered = Self { is_answered: true, request: None, ..self.clone() };
        let Ok(value) = answered.value() else { return };
        let entry = Entry { value, end: self.kept_until(), group: None };
        if let Err(why) = state.replay.store.write(Write::put(key(state, reference), entry), now).await {
            tracing::debug!(?why, "a request that was answered is not noted as such");
        }
    }

    fn group(&self, ids: &MacKey, reference: &str) -> Group {
        let (name, groups) = match self.is_posted {
            true => (&b"posted requests"[..], POSTED_GROUPS),
            false => (&b"pushed requests"[..], GROUPS),
        };
        let part = reference.bytes().fold(0_u8, u8::wrapping_add) % groups;
        Group::new(ids, &[name, self.client_id.as_str().as_bytes(), &[part]])
    }

    fn value(&self) -> Result<Value, Stop> {
        let json = serde_json::to_vec(self).ok();
        let json = json.filter(|json| !self.is_posted || json.len() <= MAX_POSTED_BYTES);
        let json = json.and_then(|json| Value::new(json).ok());
        json.ok_or(Stop::Unavailable("the request is too large to be stored"))
    }

    fn kept_until(&self) -> Timestamp {
        let expires = Timestamp::from_seconds(self.expires);
        if self.is_posted { expires } else { expires.plus(LOGIN) }
    }
}

fn key(state: &OAuthState, reference: &str) -> Key {
    Key::new(&state.replay.ids, Namespace::PushedRequest, &[reference.as_bytes()])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_browsers_post_is_counted_apart_from_what_clients_push() {
        let ids = MacKey::new(&[7; 32]);
        let request = |is_posted| StoredRequest {
            login_id: "a".to_owned(),
            client_id: ClientId::parse("the-client").unwrap(),
            expires: 0,
            is_answered: false,
            is_posted,
            request: None,
        };
        let groups = |is_posted| {
            let references = (0..500).map(|number| format!("reference {number}"));
            references.map(|reference| request(is_posted).group(&ids, &reference)).collect::<HashSet<_>>()
        };
        let (posted, pushed) = (groups(true), groups(false));
        assert!(posted.is_disjoint(&pushed));
        assert!(posted.len() <= usize::from(POSTED_GROUPS) && pushed.len() <= usize::from(GROUPS));
    }

    #[test]
    fn a_posted_request_is_small() {
        let request = |is_posted, length| StoredRequest {
            login_id: "a".repeat(length),
            client_id: ClientId::parse("the-client").unwrap(),
            expires: 0,
            is_answered: false,
            is_posted,
            request: None,
        };
        assert!(request(true, MAX_POSTED_BYTES).value().is_err());
        assert!(request(false, MAX_POSTED_BYTES).value().is_ok());
        assert!(request(true, MAX_POSTED_BYTES / 2).value().is_ok());
    }
}
