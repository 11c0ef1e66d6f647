//! A login without browser and without client: an administrator says who logs in, and by the same rules as if the client had pushed
//! the request.

use ::http::{HeaderMap, Method};
use helseid_protocol::authorize::{Asked, AuthorizationForm, Client, FrontRequest, push};
use helseid_protocol::random::hexadecimal;

use super::answer::Answering;
use super::endpoint::{judging, registered};
use super::refused::Refused;
use super::request::WaitingRequest;
use super::visit::log_in;
use crate::oauth::signed_post::{Notes, Stop};
use crate::oauth::state::{OAuthState, UserLogin};
use crate::oauth::user::StoredCode;
use crate::registry::Snapshot;

/// What a code would be issued for that answers this form, the parameters of an authorization request, which says who logs in.
///
/// The administrator stands for the client: the request need not be signed, also where the client must sign its own.
pub(in crate::oauth) async fn granted_apart(
    (state, login): (&OAuthState, &UserLogin),
    registry: &Snapshot,
    form: &str,
    notes: &mut Notes,
) -> Result<StoredCode, Stop> {
    granted((state, login), registry, form, notes).await.map_err(Refused::into_stop)
}

async fn granted(
    (state, login): (&OAuthState, &UserLogin),
    registry: &Snapshot,
    form: &str,
    notes: &mut Notes,
) -> Result<StoredCode, Refused> {
    const KIND: Option<&str> = Some("application/x-www-form-urlencoded");
    let brought =
        FrontRequest { method: &Method::POST, query: None, content_type: KIND, body: form.as_bytes() };
    let form = AuthorizationForm::read(brought, &mut notes.trail).map_err(Refused::page)?;
    let Asked::Here(parameters) = form.asked(&mut notes.trail).map_err(Refused::page)? else {
        return Err(Refused::Unavailable("the request is a name"));
    };
    notes.artifacts.client_id = Some(form.client_id().to_string());
    let judging =
        &judging((state, login), registry, registered(registry, form.client_id(), &mut notes.trail)?);
    let trail = &mut notes.trail;
    let checked = judging.by(|client, expectations| {
        push(parameters, None, (&Client { require_signed_requests: false, ..*client }, expectations), trail)
    });
    let waiting =
        WaitingRequest::brought(checked.map_err(Refused::page)?, hexadecimal(&*judging.state.random));
    notes.artifacts.login_id = Some(waiting.login_id.clone());
    let nobodys = HeaderMap::new();
    let Some((mut session, is_new)) = log_in(judging, &waiting, &nobodys, notes).await? else {
        return Err(Refused::Unavailable("the request says of nobody who logs in"));
    };
    let answering = Answering { judging, waiting: &waiting, visit: None };
    answering.grant((&mut session, is_new), &nobodys, notes).await
}
