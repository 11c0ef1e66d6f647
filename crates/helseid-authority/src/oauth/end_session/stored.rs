//! Forms that wait for their browser to come back with their name.

use std::time::Duration;

use helseid_protocol::id::SessionId;
use helseid_protocol::id_token::Hint;
use helseid_protocol::jose::base64url;
use helseid_protocol::random::bytes32;
use helseid_protocol::rule::{Facts, Fault, Rule};

use crate::oauth::signed_post::Stop;
use crate::oauth::state::OAuthState;
use crate::storage::ephemeral::{Entry, Group, Key, Namespace, Value, Write};
use crate::storage::registry::Applied;

/// The parameter that names a stored form.
pub(super) const NAME: &str = "logout_request";

/// The most bytes of a stored form. A hint that is read has at most 16 KiB, and all else at most 8.
const MAX_BYTES: usize = 24 * 1024;

/// How long a form waits: as long as a person may look at the page that asks.
const LIFETIME: Duration = Duration::from_secs(600);

/// A form that has a valid hint. Those of one hint's session are counted together, at most [`Group::MAX_ENTRIES`] at a time: whoever
/// has one hint and posts it again and again keeps nobody else from logging out.
pub(super) struct StoredForm {
    name: String,
    value: Value,
}

impl StoredForm {
    /// Stores a form; gives its name, which nobody can guess.
    pub(super) async fn put(state: &OAuthState, hint: &Hint, body: &[u8]) -> Result<String, Stop> {
        let now = state.clock.now();
        let name = base64url::encode(&bytes32(&*state.random));
        if body.len() > MAX_BYTES {
            let expected = format_args!("a form of at most {MAX_BYTES} bytes");
            let facts = Facts::new(expected, format_args!("{} bytes", body.len()));
            return Err(Fault::new(Rule::EndSessionMethod, facts).into());
        }
        let value = Value::new(body).map_err(|_| Stop::Unavailable("the form is too large"))?;
        let session = hint.session_id().map_or("", SessionId::as_str);
        let parts = [&b"logout forms"[..], hint.client_id().as_str().as_bytes(), session.as_bytes()];
        let group = Group::new(&state.replay.ids, &parts);
        let entry = Entry { value, end: now.plus(LIFETIME), group: Some(group) };
        match state.replay.store.write(Write::if_absent(key(state, &name), entry), now).await? {
            Applied::Done => Ok(name),
            Applied::Conflict => Err(Stop::Unavailable("the form cannot be stored")),
        }
    }

    /// The form of this name; a page may be loaded again.
    pub(super) async fn get(state: &OAuthState, name: &str) -> Result<Option<Self>, Stop> {
        let found = state.replay.store.get(key(state, name), state.clock.now()).await?;
        Ok(found.map(|found| Self { name: name.to_owned(), value: found.value }))
    }

    /// The form as it came.
    pub(super) fn body(&self) -> &[u8] {
        self.value.as_bytes()
    }

    /// The name that it is stored under.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Removes it, once its session has ended. What stays ends by itself.
    pub(super) async fn remove(&self, state: &OAuthState) {
        if let Err(why) = state.replay.store.take(key(state, &self.name), state.clock.now()).await {
            tracing::debug!(?why, "a form of a logout is not removed");
        }
    }
}

fn key(state: &OAuthState, name: &str) -> Key {
    Key::new(&state.replay.ids, Namespace::Interaction, &[b"logout", name.as_bytes()])
}
