//! The pages: home, the beginning and the end of a login, logout.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, Request, State};
use axum::http::header::{CACHE_CONTROL, COOKIE, LOCATION, REFERER, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{any, get, post};
use helseid_protocol::authorize::PATH;
use helseid_protocol::random::{SystemRandom, hexadecimal};
use url::form_urlencoded::parse;

use super::flow::Failed;
use super::{Came, Party, logout, planted};

/// The cookie of the session. No other host can set it.
const SESSION: &str = "__Host-app";

pub(super) fn router(party: Party) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/login", get(login))
        .route("/login-by-form", get(login_by_form))
        .route("/login-in-a-frame", get(login_in_a_frame))
        .route("/callback", any(callback))
        .route("/failed", get(failed))
        .route("/logout", post(log_out))
        .route("/logged-out", get(logged_out))
        .route("/frontchannel-logout", get(logout::front_channel))
        .route("/backchannel-logout", post(logout::back_channel))
        .route("/planted/{fault}", get(planted::page))
        .layer(middleware::from_fn_with_state(party.clone(), note))
        .with_state(party)
}

/// Remembers each request, and lets nothing be kept by the browser.
async fn note(State(party): State<Party>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let came = Came {
        uri: request.uri().to_string(),
        referrer: headers.get(REFERER).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
        has_cookie: headers.contains_key(COOKIE),
    };
    party.state().came.push(came);
    let mut response = next.run(request).await;
    response.headers_mut().entry(CACHE_CONTROL).or_insert("no-store".parse().unwrap());
    response
}

pub(super) fn page(title: &str, content: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>\
         <meta name=viewport content='width=device-width'><link rel=icon href='data:,'><main><h1>{title}</h1>{content}</main>"
    ))
}

/// Text as it may stand in a page.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn hidden((name, value): (&str, &str)) -> String {
    format!("<input type=hidden name=\"{name}\" value=\"{}\">", escaped(value))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split("; ")).filter_map(|pair| pair.split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| value.to_owned())
}

fn queried(query: Option<String>) -> Vec<(String, String)> {
    parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

fn see_other(location: &str, cookies: &[String]) -> Response {
    let headers = [(LOCATION, location), (REFERRER_POLICY, "no-referrer")];
    let mut response = (StatusCode::SEE_OTHER, headers).into_response();
    response.headers_mut().extend(cookies.iter().map(|cookie| (SET_COOKIE, cookie.parse().unwrap())));
    response
}

async fn home(State(party): State<Party>, headers: HeaderMap) -> Html<String> {
    let session = cookie(&headers, SESSION).and_then(|secret| party.state().sessions.get(&secret).cloned());
    let content = match session {
        Some(session) => format!(
            "<p>Logged in: <b data-testid=who>{}</b>, level <b data-testid=level>{}</b>, at <b data-testid=at>{}</b>\
             <form method=post action=/logout><button data-testid=logout>Log out</button></form>",
            escaped(&session.name),
            escaped(&session.level),
            session.authenticated
        ),
        None => "<p data-testid=nobody>Nobody is logged in. <a href=/login data-testid=login>Log in</a>"
            .to_owned(),
    };
    page(party.0.name, &content)
}

/// The cookie of a login that has begun. A form that another site posts brings none that is Lax.
fn pending_cookie(party: &Party, state: &str) -> String {
    let known = party.state();
    let pending = &known.pending[state];
    let same_site = if pending.by_form { "None" } else { "Lax" };
    format!("__Host-login-{state}={}; Path=/; Secure; HttpOnly; SameSite={same_site}", pending.secret)
}

async fn login(State(party): State<Party>, RawQuery(query): RawQuery) -> Response {
    let (authorize, state) = party.begin(&queried(query)).await;
    see_other(&authorize, &[pending_cookie(&party, &state)])
}

/// A page that posts the request to the authority, with all that is asked for.
async fn login_by_form(State(party): State<Party>, RawQuery(query): RawQuery) -> Response {
    let (fields, state) = party.form(&queried(query));
    let fields: String = fields.iter().map(|(name, value)| hidden((name, value))).collect();
    let action = party.0.keys.issuer().at(PATH);
    let form = format!(
        "<form method=post action=\"{action}\">{fields}<button data-testid=go>Log in</button></form>"
    );
    ([(SET_COOKIE, pending_cookie(&party, &state))], page("Log in", &form)).into_response()
}

/// A page that shows the login in a frame, as one that wants its clicks would.
async fn login_in_a_frame(State(party): State<Party>) -> Html<String> {
    let (authorize, _) = party.begin(&[]).await;
    page("A frame", &format!("<iframe title=login src=\"{}\"></iframe>", escaped(&authorize)))
}

async fn callback(
    State(party): State<Party>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = query.unwrap_or_default();
    let returned: &[u8] = if method == Method::POST { &body } else { query.as_bytes() };
    let has_secret = |state: &str, secret: &str| {
        cookie(&headers, &format!("__Host-login-{state}")).is_some_and(|own| own == secret)
    };
    match party.complete(returned, has_secret).await {
        Ok(session) => {
            let secret = hexadecimal(&SystemRandom);
            let mut state = party.state();
            if let Some(before) = cookie(&headers, SESSION) {
                state.sessions.remove(&before);
            }
            state.sessions.insert(secret.clone(), session);
            see_other("/", &[format!("{SESSION}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax")])
        }
        // Somebody went back to it.
        Err(Failed::Rule("login.transaction"))
            if cookie(&headers, SESSION).is_some_and(|own| party.state().sessions.contains_key(&own)) =>
        {
            see_other("/", &[])
        }
        Err(why) => {
            let why = match why {
                Failed::Told(code) => code,
                Failed::Rule(rule) => rule.to_owned(),
                Failed::NoTokens(why) => why,
            };
            let why: String = url::form_urlencoded::byte_serialize(why.as_bytes()).collect();
            see_other(&format!("/failed?why={why}"), &[])
        }
    }
}

async fn failed(RawQuery(query): RawQuery) -> Html<String> {
    let why = queried(query).into_iter().find(|(name, _)| name == "why").unwrap_or_default().1;
    page("Not logged in", &format!("<p data-testid=failed>{}", escaped(&why)))
}

/// Ends the session here, and shows the form that ends it at the authority: by POST, so that the hint stands in no address.
async fn log_out(State(party): State<Party>, headers: HeaderMap) -> Response {
    let session = cookie(&headers, SESSION).and_then(|secret| party.state().sessions.remove(&secret));
    let Some(session) = session else { return see_other("/", &[]) };
    let (action, query) = party.end_session(&session.id_token).await;
    let fields: String = parse(query.as_bytes()).map(|(name, value)| hidden((&name, &value))).collect();
    let form = format!(
        "<form method=post action=\"{action}\">{fields}<button data-testid=logout-everywhere>Log out everywhere</button></form>"
    );
    page("Logged out here", &form).into_response()
}

async fn logged_out(RawQuery(query): RawQuery) -> Html<String> {
    let state = queried(query).into_iter().find(|(name, _)| name == "state").unwrap_or_default().1;
    page("Logged out", &format!("<p data-testid=way-out>{}", escaped(&state)))
}
