//! `POST /login`: a person has answered.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use ::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::{Router, routing};
use helseid_protocol::dpop::FirstUse;
use helseid_protocol::log_within;
use helseid_protocol::rule::Rule;

use super::demand::{Answered, LoginAnswer};
use super::interaction::{Interaction, NotThisVisit};
use super::pages::{ErrorPage, Explained, wants_json};
use super::picker::{Choice, Refused, asking_again};
use super::session::NewLogin;
use super::state::LoginState;
use super::words::Words;
use super::{assets, guard};
use crate::storage::ephemeral::Unavailable;
use crate::storage::registry::StoreError;
use crate::web::Peer;
use crate::web::body;
use crate::web::form::Fields;
use crate::web::language::Language;

/// The path of the form's target, below the issuer.
pub(crate) const PATH: &str = "/login";

/// The most bytes of an answer: what is sealed in a page, and then some.
const MAX_FORM: usize = 128 * 1024;

/// How long an answer takes that is asked to be slow.
const SLOW: Duration = Duration::from_secs(5);

/// What goes on with the request that waited for the login. It answers the browser.
pub(crate) type Finish =
    Arc<dyn Fn(Answered) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

#[derive(Clone)]
struct Routes {
    login: LoginState,
    finish: Finish,
}

/// The routes, below the issuer.
pub(crate) fn routes(login: &LoginState, finish: Finish) -> Router {
    let login = login.clone();
    Router::new()
        .route(PATH, routing::get(alone).post(answer))
        .route("/login/assets/{name}", routing::get(assets::get))
        .with_state(Routes { login, finish })
}

/// The page by itself: a login begins at an application.
async fn alone(State(Routes { login, .. }): State<Routes>, headers: HeaderMap) -> Response {
    let what = Words("A login cannot be started here.");
    let next = Words("Go to the application, and log in from there.");
    let page = match guard::is_for_us(&login, &headers) {
        Ok(()) => ErrorPage::new(StatusCode::METHOD_NOT_ALLOWED, Explained::Plain { what, next }),
        Err(refused) => refused,
    };
    let mut response = page.respond(&login.site, &headers, None);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

async fn answer(State(routes): State<Routes>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let (login, headers) = (&routes.login, &parts.headers);
    let admitted = guard::admits(login, headers, parts.extensions.get::<Peer>());
    if let Err(refused) = admitted.and_then(|()| guard::is_from_us(login, headers)) {
        return refused.respond(&login.site, headers, None);
    }
    let form = match read(headers, body).await {
        Ok(form) => form,
        Err(refused) => return refused.respond(&login.site, headers, None),
    };
    match login.interactions.open(headers, &form) {
        Ok(visit) => answered(&routes, visit, form, headers).await,
        Err(why) => not_this_visit(why).respond(&login.site, headers, None),
    }
}

async fn answered(routes: &Routes, visit: Interaction, form: Fields, headers: &HeaderMap) -> Response {
    let login = &routes.login;
    let language = visit.demand.language.unwrap_or_else(|| Language::accepted(headers));
    let ask_again = |language, refused: Option<Refused>| {
        let shown = (&visit.demand, &visit.fields);
        asking_again(&login.site, shown, &login.persons.all(), (language, form.clone(), refused))
    };
    if let Some(other) = form.given("language") {
        return ask_again(Language::of_code(other), None);
    }
    let language = form.given("shown_in").map_or(language, Language::of_code);
    let choice = match Choice::read(&form, &visit.demand, &login.persons) {
        Ok(choice) => choice,
        Err(refused) if wants_json(headers) => {
            let next = Words("Correct the field, and send the answer again.");
            let explained = Explained::Plain { what: refused.words(), next };
            return ErrorPage::new(StatusCode::BAD_REQUEST, explained).respond(&login.site, headers, None);
        }
        Err(refused) => return ask_again(language, Some(refused)),
    };
    let (answer, cookie) = match carry_out(login, choice, &visit, headers).await {
        Ok(answered) => answered,
        Err(why) => return why.page(login).respond(&login.site, headers, Some(language)),
    };
    let Interaction { handle, once, forget, .. } = visit;
    let mut response = (routes.finish)(Answered { handle, answer, once, language }).await;
    let cookies = forget.into_iter().chain(cookie);
    response.headers_mut().extend(cookies.map(|cookie| (SET_COOKIE, cookie)));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Why no session is begun.
enum NoSession {
    /// The page has begun one.
    Answered,
    /// Whether it has cannot be told.
    Untold(Unavailable),
    /// It cannot be stored. The page is used up.
    Unstored(StoreError),
}

impl NoSession {
    /// The answer, and a line in the log for what nobody but us can fix.
    fn page(&self, login: &LoginState) -> ErrorPage {
        let (log, now) = (&login.limits.log.strangers, login.clock.now());
        let next = match self {
            Self::Answered => return not_this_visit(NotThisVisit::Answered),
            Self::Untold(why) => {
                let why = why.why();
                log_within!(log, now, error, why, "it is unknown whether a page has started a session");
                Words("Try again in a moment.")
            }
            Self::Unstored(why) => {
                log_within!(log, now, error, %why, "a login session cannot be stored");
                Words("Go to the application, and log in from there.")
            }
        };
        let what = Words("The login could not be stored.");
        ErrorPage::new(StatusCode::SERVICE_UNAVAILABLE, Explained::Plain { what, next })
    }
}

/// What comes of a choice, and the cookie of the session that it began. A page begins one session: whoever keeps the cookie of the
/// visit, or clicks twice, begins no other, and the browser keeps the session that its code is of.
async fn carry_out(
    login: &LoginState,
    choice: Choice,
    visit: &Interaction,
    headers: &HeaderMap,
) -> Result<(LoginAnswer, Option<HeaderValue>), NoSession> {
    match choice {
        Choice::Cancel => Ok((LoginAnswer::Cancelled, None)),
        Choice::Fault(fault) => Ok((LoginAnswer::Simulated(fault), None)),
        Choice::Person { person, level, provider, slowly } => {
            if slowly {
                tokio::time::sleep(SLOW).await;
            }
            let lifetime = visit.demand.session_seconds.map(|seconds| Duration::from_secs(seconds.into()));
            let new = NewLogin { person, level, provider, lifetime };
            let claimed =
                login.uses.claim(visit.login, login.clock.now()).await.map_err(NoSession::Untold)?;
            if claimed == FirstUse::No {
                return Err(NoSession::Answered);
            }
            let signed_in = login.sessions.sign_in(new, headers).await;
            let (session, cookie) = signed_in.map_err(NoSession::Unstored)?;
            Ok((LoginAnswer::SignedIn(Box::new(session)), cookie))
        }
    }
}

/// The fields of a form, or of a JSON object of texts and numbers.
async fn read(headers: &HeaderMap, body: Body) -> Result<Fields, ErrorPage> {
    let page = |status, what| {
        let next =
            Words("Send the fields of the page as a form, or as a JSON object of strings and numbers.");
        ErrorPage::new(status, Explained::Plain { what, next })
    };
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = match kind.as_str() {
        "application/x-www-form-urlencoded" => false,
        "application/json" => true,
        _ => {
            return Err(page(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Words("The answer has the wrong content type."),
            ));
        }
    };
    let read = body::read(body, MAX_FORM).await;
    let body = read.map_err(|why| page(why.status(), Words("The answer could not be read completely.")))?;
    if !is_json {
        return Ok(Fields::read(&body));
    }
    Fields::of_json(&body).ok_or_else(|| {
        page(StatusCode::BAD_REQUEST, Words("The answer is not a JSON object of strings and numbers."))
    })
}

fn not_this_visit(why: NotThisVisit) -> ErrorPage {
    let mut page = ErrorPage::new(StatusCode::BAD_REQUEST, Explained::Rule(Rule::InteractionBrowser));
    page.why = Some(why.words());
    page
}
