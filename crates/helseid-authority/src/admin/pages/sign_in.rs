//! A code once for a session of some hours.

use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Extension, Json};
use helseid_admin_api::SignInLink;
use helseid_protocol::jose::base64url;
use helseid_protocol::random::{bytes16, bytes32};

use super::super::Refusal;
use super::fields::Fields;
use super::frame::{Frame, Page, Section};
use super::guard::{self, Signed};
use super::language::{self, Language};
use super::passes::{self, PassKind};
use super::paths;
use crate::app::App;
use crate::config::Place;
use crate::web::{Peer, body};

/// How long a code opens a session.
const CODE: Duration = Duration::from_secs(600);

/// How many unpredictable bytes a code is.
const CODE_BYTES: usize = 16;

/// How long a session lasts.
const SESSION: Duration = Duration::from_secs(8 * 3600);

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

/// A link with a new code, which the server sees only when the page sends it back: it is in the fragment.
pub(crate) async fn sign_in_link(app: &App) -> Result<SignInLink, Refusal> {
    let below = match &app.place {
        Place::WithIssuer(_) => &app.issuer,
        Place::Own(address) => address,
        Place::Off => return Err(Refusal::unknown("page", "to sign in at: they are off")),
    };
    let code: [u8; CODE_BYTES] = bytes16(&*app.random);
    let code = base64url::encode(&code);
    let expires = app.clock.now().plus(CODE);
    passes::put(app, PassKind::Code, passes::hash(&code), expires).await?;
    Ok(SignInLink { url: below.at(&format!("/admin/sign-in#{code}")), expires })
}

/// `POST /admin/api/sign-in-links`, for the holder of the admin token.
pub(in super::super) async fn make_link(State(app): State<Arc<App>>) -> Result<Json<SignInLink>, Refusal> {
    sign_in_link(&app).await.map(Json)
}

pub(super) async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match app.access.own_origin(&headers) {
        Ok(_) => page(&app, &headers, None),
        Err(refusal) => refusal.into_response(),
    }
}

fn page(app: &App, headers: &HeaderMap, refusal: Option<Refusal>) -> Response {
    let base = paths::root(app);
    let signed = Signed {
        language: Language::of(headers),
        here: base.clone(),
        base,
        csrf: String::new(),
        session: [0; 32],
    };
    SignInPage { frame: Frame::new(app, &signed, Section::SignIn).refused(refusal) }.answer()
}

pub(super) async fn exchange(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    if let Err(refusal) = app.access.require_own_page(&parts.headers) {
        return refusal.into_response();
    }
    let (now, peer) = (app.clock.now(), parts.extensions.get::<Peer>().map(|Peer(address)| *address));
    let fields = match body::read(body, MAX_FORM).await {
        Ok(form) => Fields::read(&form),
        Err(unread) => return unread.into_response(),
    };
    match taken(&app, fields.text("code")).await {
        Ok(true) => {}
        Ok(false) => {
            if let Some(untold) = app.pages.wrong_codes.note(now) {
                tracing::warn!(address = ?peer, untold, "a wrong code to sign in");
            }
            return page(&app, &parts.headers, Some(wrong_code()));
        }
        Err(why) => return page(&app, &parts.headers, Some(why)),
    }
    let token = base64url::encode(&bytes32(&*app.random));
    if let Err(why) = passes::put(&app, PassKind::Session, passes::hash(&token), now.plus(SESSION)).await {
        return page(&app, &parts.headers, Some(why));
    }
    tracing::info!(address = ?peer, "signed in to the pages");
    let base = paths::of_session(&app, &token);
    let mut response = Redirect::to(&base).into_response();
    set_cookie(&mut response, &session_cookie(&app, &base, &token, SESSION));
    response
}

/// Whether the text is a code, which ends by this. What cannot be one is not looked up.
async fn taken(app: &App, text: &str) -> Result<bool, Refusal> {
    let is_possible = base64url::decode(text).is_ok_and(|bytes| bytes.len() == CODE_BYTES);
    if is_possible { passes::take(app, PassKind::Code, passes::hash(text)).await } else { Ok(false) }
}

pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    Extension(signed): Extension<Signed>,
) -> Result<Response, Refusal> {
    passes::take(&app, PassKind::Session, signed.session).await?;
    let mut response = Redirect::to(&format!("{}/sign-in", paths::root(&app))).into_response();
    set_cookie(&mut response, &session_cookie(&app, &signed.base, "", Duration::ZERO));
    Ok(response)
}

/// Keeps the chosen language for a year.
pub(super) async fn choose_language(
    State(app): State<Arc<App>>,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    // Back to a page of this session and nowhere else.
    let back = paths::below(&signed.base, fields.text("back")).unwrap_or(signed.base);
    let language = Language::of_code(fields.text("language")).code();
    let mut response = Redirect::to(&back).into_response();
    // No secret, and known where one signs in, too: so that its path is no session's own.
    let (name, path) = (language::COOKIE, paths::root(&app));
    let cookie = format!("{name}={language}; Path={path}; Max-Age=31536000; SameSite=Strict; HttpOnly");
    set_cookie(&mut response, &cookie);
    response
}

fn session_cookie(app: &App, path: &str, token: &str, lifetime: Duration) -> String {
    let (name, seconds) = (guard::cookie_name(app), lifetime.as_secs());
    let below = app.place.own_address().unwrap_or(&app.issuer);
    let secure = if below.as_str().starts_with("https:") { "; Secure" } else { "" };
    format!("{name}={token}; Path={path}; Max-Age={seconds}; SameSite=Strict; HttpOnly{secure}")
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn wrong_code() -> Refusal {
    let detail = "a code opens the pages once, within ten minutes, and this one does not";
    let next = "print a new link: helseid authority sign-in";
    Refusal::new(StatusCode::FORBIDDEN, "the code is not right", detail, next)
}
