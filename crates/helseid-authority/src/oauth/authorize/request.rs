//! An authorization request that waits for its answer.

use helseid_protocol::authorize::{CheckedRequest, RequestUri, WrittenRequest};
use serde::{Deserialize, Serialize};

use super::facts::Judging;
use super::pushed::{PushedName, StoredRequest};
use super::refused::Refused;
use crate::login::RequestHandle;
use crate::oauth::signed_post::Notes;

/// A request that follows every rule, and waits for its answer.
pub(super) struct WaitingRequest {
    pub(super) checked: CheckedRequest,
    /// Names the login in the trace.
    pub(super) login_id: String,
    /// The name that it was pushed under; none if the browser brought it itself.
    pub(super) pushed: Option<PushedName>,
}

/// The request as the page of the login carries it: however long that takes, nothing is stored meanwhile.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handle {
    login_id: String,
    request: Box<WrittenRequest>,
    pushed: Option<PushedName>,
}

impl WaitingRequest {
    /// A request that the browser brought itself.
    pub(super) const fn brought(checked: CheckedRequest, login_id: String) -> Self {
        Self { checked, login_id, pushed: None }
    }

    /// The request of this name, if a login may begin with it now.
    pub(super) async fn named(
        judging: &Judging<'_>,
        name: &RequestUri,
        notes: &mut Notes,
    ) -> Result<Self, Refused> {
        let reference = name.reference().to_owned();
        let found = StoredRequest::get(judging.state, &reference, judging.now).await?;
        let pushed = found.as_ref().map(StoredRequest::pushed);
        let client = &judging.known.client;
        // Also one that is used up or too old belongs to its login, but to nobody else's.
        let is_own = pushed.as_ref().is_some_and(|pushed| *pushed.client_id == client.id);
        notes.artifacts.login_id = found.as_ref().filter(|_| is_own).map(|found| found.login_id().to_owned());
        name.require_usable(pushed, (&client.id, judging.now), &mut notes.trail).map_err(Refused::page)?;
        let Some((request, written)) =
            found.and_then(|found| found.request().cloned().map(|own| (found, own)))
        else {
            return Err(Refused::Unavailable("the request cannot be read"));
        };
        let checked = written.read(&judging.redirect_uris()).map_err(Refused::page)?;
        let login_id = request.login_id().to_owned();
        if request.is_posted() {
            return Ok(Self::brought(checked, login_id));
        }
        Ok(Self { checked, login_id, pushed: Some(PushedName::new(reference, &request)) })
    }

    /// What the page of the login is given, to find the request again.
    pub(super) fn handle(&self) -> Option<RequestHandle> {
        let request = Box::new(WrittenRequest::of(&self.checked));
        let handle = Handle { login_id: self.login_id.clone(), request, pushed: self.pushed.clone() };
        RequestHandle::new(serde_json::to_string(&handle).ok()?).ok()
    }
}

/// The request that a page of the login was shown for.
pub(super) struct Named(Handle);

impl Named {
    /// Reads what [`WaitingRequest::handle`] wrote.
    pub(super) fn read(handle: &RequestHandle) -> Option<Self> {
        serde_json::from_str(handle.as_str()).ok().map(Self)
    }

    /// Whose request it is.
    pub(super) fn client_id(&self) -> &str {
        self.0.request.client_id().as_str()
    }

    /// The request, if it may still be answered there.
    pub(super) fn open(self, judging: &Judging<'_>) -> Result<WaitingRequest, Refused> {
        let Handle { login_id, request, pushed } = self.0;
        let checked = request.read(&judging.redirect_uris()).map_err(Refused::page)?;
        Ok(WaitingRequest { checked, login_id, pushed })
    }
}
