//! `/connect/authorize`: a browser brings a request, or the name of one.
//!
//! A form that another site's page posts comes without our cookies. It is judged and stored, and the browser is sent to the same
//! address with its name by GET: then its cookies come along, and nothing of the form stands in an address.

use std::sync::Arc;

use ::http::request::Parts;
use ::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::authorize::{Asked, AuthorizationForm, FrontRequest, PATH, RequestUri, front};
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::base64url;
use helseid_protocol::random::{bytes32, hexadecimal};
use helseid_protocol::rule::{Rule, Trail};

use super::facts::Judging;
use super::pushed::{POSTED, StoredRequest};
use super::record;
use super::refused::Refused;
use super::request::WaitingRequest;
use super::visit::{Visited, answer_or_ask};
use crate::domain::model::KnownClient;
use crate::login::{self, ErrorPage, Explained, Words};
use crate::oauth::client_auth::client_is_registered;
use crate::oauth::signed_post::Notes;
use crate::oauth::state::{OAuthState, UserLogin};
use crate::registry::Snapshot;
use crate::web::{Peer, body};

/// The most bytes of a form.
const MAX_BYTES: usize = helseid_protocol::endpoint::token::MAX_BYTES;

/// What became of a request, and of every rule on the way.
pub(super) struct Judged {
    pub(super) outcome: Result<Response, Refused>,
    pub(super) notes: Notes,
}

pub(super) async fn handle(State(state): State<OAuthState>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Some(login) = state.login.clone() else { return StatusCode::NOT_FOUND.into_response() };
    let site = &login.rooms.site;
    if let Err(page) = login::admits(&login.rooms, &parts.headers, parts.extensions.get::<Peer>()) {
        return page.respond(site, &parts.headers, None);
    }
    let body = match parts.method {
        Method::POST => match body::read(body, MAX_BYTES).await {
            Ok(body) => body,
            Err(why) => {
                let (what, next) =
                    (Words("The answer could not be read completely."), Words("Try again in a moment."));
                let page = ErrorPage::new(why.status(), Explained::Plain { what, next });
                return page.respond(site, &parts.headers, None);
            }
        },
        _ => Bytes::new(),
    };
    let mut registry = state.registry.now();
    let mut judged = judge((&state, &login), &registry, (&parts, &body)).await;
    // A replica refuses nothing for not knowing yet what another has registered.
    if judged
        .outcome
        .as_ref()
        .err()
        .and_then(Refused::fault)
        .is_some_and(|fault| depends_on_registry(fault.rule()))
        && let Some(newer) = state.registry.refresh_if_stale(&registry).await
    {
        registry = newer;
        judged = judge((&state, &login), &registry, (&parts, &body)).await;
    }
    let mut response = record::respond((&state, &login), judged, (&parts.headers, None));
    if !matches!(parts.method, Method::GET | Method::POST) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    }
    response
}

/// Whether a newer registry may say otherwise, and nothing was used up by then.
const fn depends_on_registry(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::AuthorizeClientId
            | Rule::AuthorizePar
            | Rule::AuthorizeRedirectUriRegistered
            | Rule::AuthorizeGrant
            | Rule::AuthorizeScopeAllowed
            | Rule::RequestObjectKid
    )
}

async fn judge(
    (state, login): (&OAuthState, &UserLogin),
    registry: &Arc<Snapshot>,
    (parts, body): (&Parts, &[u8]),
) -> Judged {
    let mut notes = record::notes(state);
    let outcome = visited((state, login), registry, (parts, body), &mut notes).await;
    Judged { outcome, notes }
}

async fn visited(
    (state, login): (&OAuthState, &UserLogin),
    registry: &Arc<Snapshot>,
    (parts, body): (&Parts, &[u8]),
    notes: &mut Notes,
) -> Result<Response, Refused> {
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let brought = FrontRequest { method: &parts.method, query: parts.uri.query(), content_type, body };
    let form = AuthorizationForm::read(brought, &mut notes.trail).map_err(Refused::page)?;
    notes.artifacts.client_id = Some(form.client_id().to_string());
    let known = registered(registry, form.client_id(), &mut notes.trail)?;
    let judging = judging((state, login), registry, known);
    let waiting = match form.asked(&mut notes.trail).map_err(Refused::page)? {
        Asked::Pushed(name) if parts.method == Method::POST => {
            return Ok(to_name(&judging, &name));
        }
        Asked::Pushed(name) => WaitingRequest::named(&judging, &name, notes).await?,
        Asked::Here(parameters) => {
            let trail = &mut notes.trail;
            let checked =
                judging.by(|client, expectations| front(parameters, (client, expectations), trail))?;
            let login_id = hexadecimal(&*state.random);
            if parts.method == Method::POST {
                let stored = StoredRequest::posted(login_id, &checked, judging.now.plus(POSTED));
                let reference = base64url::encode(&bytes32(&*state.random));
                stored.put(state, &reference, judging.now).await?;
                return Ok(to_name(&judging, &RequestUri::of(&reference)));
            }
            WaitingRequest::brought(checked, login_id)
        }
    };
    notes.artifacts.login_id = Some(waiting.login_id.clone());
    match answer_or_ask(&judging, &waiting, &parts.headers, notes).await? {
        Visited::Answered(response) | Visited::Asked(response) => Ok(response),
    }
}

/// Sends the browser to the request of this name, by GET.
fn to_name(judging: &Judging<'_>, name: &RequestUri) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", judging.known.client.id.as_str());
    query.append_pair("request_uri", &name.to_wire());
    let location = format!("{}?{}", judging.state.issuer.name.at(PATH), query.finish());
    let headers = [
        (header::LOCATION, location.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The client that a request names. Whoever it is by is not certain: anyone can write it.
pub(super) fn registered<'a>(
    registry: &'a Snapshot,
    id: &ClientId,
    trail: &mut Trail,
) -> Result<&'a KnownClient, Refused> {
    trail.require(Rule::AuthorizeClientId, client_is_registered(registry, id)).map_err(Refused::page)
}

/// Whose request is judged, now.
pub(super) fn judging<'a>(
    (state, login): (&'a OAuthState, &'a UserLogin),
    registry: &'a Snapshot,
    known: &'a KnownClient,
) -> Judging<'a> {
    let profile = state.issuer.profile_for(known.client.profile);
    Judging { state, login, registry, known, profile, now: state.clock.now() }
}
