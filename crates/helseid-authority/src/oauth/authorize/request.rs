//! An authorization request that waits for its answer.

use helseid_protocol::authorize::{CheckedRequest, RequestUri, WrittenRequest};
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::facts::Judging;
use super::pushed::StoredRequest;
use super::refused::Refused;
use crate::login::RequestHandle;
use crate::oauth::signed_post::OwnUse;
use helseid_protocol::rule::Trail;

/// A request that follows every rule, and waits for its answer.
pub(super) struct WaitingRequest {
    pub(super) checked: CheckedRequest,
    /// Names the login in the trace.
    pub(super) login_id: String,
    /// Where it is stored; nowhere if the browser brought it itself.
    pub(super) stored: Option<Stored>,
}

/// A request that is stored under a reference.
pub(super) struct Stored {
    pub(super) reference: String,
    pub(super) request: StoredRequest,
}

/// How the page of the login names the request.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Handle {
    Stored { client_id: String, reference: String },
    Whole { login_id: String, request: Box<WrittenRequest> },
}

impl WaitingRequest {
    /// A request that the browser brought itself.
    pub(super) const fn brought(checked: CheckedRequest, login_id: String) -> Self {
        Self { checked, login_id, stored: None }
    }

    /// The request of this name, if a login that began at `begun` may go on with it.
    pub(super) async fn named(
        judging: &Judging<'_>,
        name: &RequestUri,
        begun: Timestamp,
        trail: &mut Trail,
    ) -> Result<Self, Refused> {
        let reference = name.reference().to_owned();
        let found = StoredRequest::get(judging.state, &reference, judging.now).await?;
        let pushed = found.as_ref().map(StoredRequest::pushed);
        let client = &judging.known.client;
        name.require_usable(pushed, (&client.id, begun), trail).map_err(Refused::page)?;
        let Some((request, written)) =
            found.and_then(|found| found.request().cloned().map(|own| (found, own)))
        else {
            return Err(Refused::Unavailable("the request cannot be read"));
        };
        let checked = written.read(&client.login.redirect_uris).map_err(Refused::page)?;
        let login_id = request.login_id().to_owned();
        if request.is_posted() {
            return Ok(Self::brought(checked, login_id));
        }
        Ok(Self { checked, login_id, stored: Some(Stored { reference, request }) })
    }

    /// What the page of the login is given, to find the request again.
    pub(super) fn handle(&self) -> Option<RequestHandle> {
        let handle = match &self.stored {
            Some(Stored { reference, .. }) => {
                let client_id = self.checked.client_id.as_str().to_owned();
                Handle::Stored { client_id, reference: reference.clone() }
            }
            None => {
                let request = Box::new(WrittenRequest::of(&self.checked));
                Handle::Whole { login_id: self.login_id.clone(), request }
            }
        };
        RequestHandle::new(serde_json::to_string(&handle).ok()?).ok()
    }

    /// The one answer that it may have, of a request that is stored.
    pub(super) fn once(&self, judging: &Judging<'_>) -> Option<OwnUse> {
        self.stored.as_ref().map(|stored| stored.request.once(judging.state, &stored.reference))
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
        match &self.0 {
            Handle::Stored { client_id, .. } => client_id,
            Handle::Whole { request, .. } => request.client_id().as_str(),
        }
    }

    /// The request, if the login that began at `begun` may still answer it.
    pub(super) async fn open(
        self,
        judging: &Judging<'_>,
        begun: Timestamp,
        trail: &mut Trail,
    ) -> Result<WaitingRequest, Refused> {
        match self.0 {
            Handle::Stored { reference, .. } => {
                WaitingRequest::named(judging, &RequestUri::of(&reference), begun, trail).await
            }
            Handle::Whole { login_id, request } => {
                let checked =
                    request.read(&judging.known.client.login.redirect_uris).map_err(Refused::page)?;
                Ok(WaitingRequest::brought(checked, login_id))
            }
        }
    }
}
