//! Authorization requests that are stored under a name: pushed by their client, or posted by a browser.

use std::time::Duration;

use helseid_protocol::authorize::{CheckedRequest, PushedRequest, WrittenRequest};
use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::oauth::signed_post::{OwnUse, Stop};
use crate::oauth::state::OAuthState;
use crate::storage::ephemeral::{Entry, Group, Key, Namespace, OneTimeUse, Value, Write};
use crate::storage::registry::Applied;

/// In so many groups the requests of one client are counted, each of at most [`Group::MAX_ENTRIES`]: no client fills the store.
const GROUPS: u8 = 64;

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
        let part = reference.bytes().fold(0_u8, u8::wrapping_add) % GROUPS;
        let parts: [&[u8]; 3] = [b"pushed requests", self.client_id.as_str().as_bytes(), &[part]];
        let group = Some(Group::new(&state.replay.ids, &parts));
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

    fn value(&self) -> Result<Value, Stop> {
        let json = serde_json::to_vec(self).ok().and_then(|json| Value::new(json).ok());
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
