//! A code once for a session of some hours.

use ::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use helseid_protocol::log_within;

use super::super::service::SESSION_LIFETIME;
use super::super::state::AdminState;
use super::frame::{Frame, Page};
use super::paths;
use super::refusal::Refusal;
use super::session::{self, AdminSession};
use super::translations;
use crate::web::Peer;
use crate::web::form::Fields;
use crate::web::language::{Language, chosen};
use crate::web::origin::OriginHeader;

/// The most bytes of the form with the code.
const MAX_FORM: usize = 4 * 1024;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
}

impl Page for SignInPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

pub(super) async fn show(State(state): State<AdminState>, headers: HeaderMap) -> Response {
    match state.access.origins.own(&headers) {
        Ok(_) => page(&state, &headers, None),
        Err(why) => Refusal::of_origin(&why).into_response(),
    }
}

fn page(state: &AdminState, headers: &HeaderMap, refusal: Option<Refusal>) -> Response {
    let language = chosen(headers, translations::COOKIE);
    SignInPage { frame: Frame::signed_out(state, language).refused(refusal) }.answer()
}

pub(super) async fn exchange(State(state): State<AdminState>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    if let Err(why) = state.access.origins.check(&parts.headers, OriginHeader::Required) {
        return Refusal::of_origin(&why).into_response();
    }
    let address = parts.extensions.get::<Peer>().map(|Peer(address)| *address);
    let fields = match Fields::receive(body, MAX_FORM).await {
        Ok(fields) => fields,
        Err(unread) => return unread.into_response(),
    };
    let token = match state.sign_in.redeem(fields.text("code")).await {
        Ok(Some(token)) => token,
        Ok(None) => {
            // Not held against an address: a code is 128 bits, which nobody guesses, and whoever has the right one may share an
            // address with the sender of wrong ones.
            let (log, now) = (&state.site.log.sign_in, state.site.clock.now());
            log_within!(log, now, warn, ?address, "a wrong code to sign in");
            return page(&state, &parts.headers, Some(wrong_code()));
        }
        Err(why) => return page(&state, &parts.headers, Some(why.into())),
    };
    tracing::info!(?address, "signed in to the pages");
    let base = paths::of_session(&state.site, &token);
    let mut response = Redirect::to(&base).into_response();
    set_cookie(&mut response, session::cookie(&state.site, base).set(&token, SESSION_LIFETIME));
    response
}

pub(super) async fn sign_out(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
) -> Result<Response, Refusal> {
    state.sign_in.end(session.hash).await?;
    let mut response = Redirect::to(&format!("{}/sign-in", paths::root(&state.site))).into_response();
    set_cookie(&mut response, session::cookie(&state.site, session.base).remove());
    Ok(response)
}

pub(super) async fn choose_language(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    // Back to a page of this session and nowhere else.
    let back = paths::below(&session.base, fields.text("back")).unwrap_or(session.base);
    let language = Language::of_code(fields.text("language")).code();
    let mut response = Redirect::to(&back).into_response();
    let cookie = session::language_cookie(&state.site).set(language, session::LANGUAGE_LIFETIME);
    set_cookie(&mut response, cookie);
    response
}

fn set_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn wrong_code() -> Refusal {
    let detail = "a code opens the pages once, within ten minutes; this one is wrong, used or expired";
    let next = "print a new link: helseid authority sign-in";
    Refusal::new(StatusCode::FORBIDDEN, "the code is wrong", detail, next)
}
