//! The app's pages, each of which says which replica made it, and the API that it calls.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use helseid_authority::TestAuthority;
use helseid_http::Outbound;
use helseid_login::demand::{level, organisation};
use helseid_login::{Login, User};
use helseid_protocol::details::{Organisation, OrganisationNumber};
use sample_api::{AUDIENCE, ApiProtection};
use tokio::net::TcpListener;
use url::Url;

use super::app::CLINICS;

/// What the pages of a replica know.
#[derive(Clone)]
pub(super) struct Pages {
    /// What stands before every path of the app: nothing, or a prefix.
    base: String,
    api: String,
    replica: usize,
    saved: Arc<Mutex<Vec<String>>>,
}

impl Pages {
    pub(super) fn new(public_url: &str, api: &str, replica: usize, saved: Arc<Mutex<Vec<String>>>) -> Self {
        let base = Url::parse(public_url).unwrap().path().trim_end_matches('/').to_owned();
        Self { base, api: api.to_owned(), replica, saved }
    }

    fn page(&self, content: &str) -> Html<String> {
        let Self { base, replica, .. } = self;
        Html(format!(
            "<!doctype html><html lang=en><meta charset=utf-8><title>The app</title>\
             <meta name=viewport content='width=device-width'><link rel=icon href='data:,'><main><h1>The app</h1>\
             <p>Replica <b data-testid=replica>{replica}</b></p>{content}\
             <p><a href=\"{base}/dashboard\" data-testid=dashboard>Your page</a></main>"
        ))
    }
}

/// The app's own routes, as it knows them: a prefix is its proxy's and its login's.
pub(super) fn routes(login: &Login, pages: Pages) -> Router {
    Router::new()
        .route("/strong", get(strong).layer(login.require(level(4)).unwrap()))
        .route("/ward", get(ward).layer(login.require(organisation()).unwrap()))
        .route("/", get(home))
        .route("/dashboard", get(dashboard))
        .route("/patients", post(patients))
        .route("/note", post(note))
        .route("/choose", get(choose))
        .route("/act/{number}", post(act))
        .with_state(pages)
}

async fn home(State(pages): State<Pages>, user: Option<User>) -> Html<String> {
    match user {
        Some(user) => pages.page(&who(&user)),
        None => pages.page("<p data-testid=nobody>Nobody is logged in."),
    }
}

fn who(user: &User) -> String {
    let level = user.level().map_or("none", |level| level.name());
    let name = user.name().unwrap_or_default();
    format!("<p><b data-testid=who>{name}</b> at level <b data-testid=level>{level}</b>")
}

async fn dashboard(State(pages): State<Pages>, user: User) -> Html<String> {
    let (base, epoch, who) = (&pages.base, user.epoch(), who(&user));
    pages.page(&format!(
        "{who}<form method=post action={base}/note><input type=hidden name=epoch value={epoch}>\
         <label>Note <textarea name=note data-testid=note></textarea></label><button data-testid=save>Save</button></form>\
         <form method=post action={base}/patients><button data-testid=read>Read the patients</button></form>\
         <form method=post action={base}/logout><button data-testid=log-out>Log out</button></form>"
    ))
}

async fn patients(State(pages): State<Pages>, user: User) -> Html<String> {
    let said = match user.client().get(&pages.api).send().await {
        Ok(answer) => answer.status().as_u16().to_string(),
        Err(error) => error.to_string(),
    };
    pages.page(&format!("<p data-testid=patients>{said}"))
}

async fn strong(State(pages): State<Pages>, user: User) -> Html<String> {
    pages.page(&format!("<p data-testid=strong>For level 4.{}", who(&user)))
}

async fn note(State(pages): State<Pages>, user: User, body: String) -> Response {
    let sent: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let field = |name: &str| sent.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value);
    if let Err(changed) = user.require_epoch(field("epoch")) {
        let page = pages.page(&format!("<p data-testid=refused>{changed}"));
        return (StatusCode::CONFLICT, page).into_response();
    }
    pages.saved.lock().unwrap().push(field("note").to_owned());
    pages.page("<p data-testid=saved>Saved.").into_response()
}

async fn ward(State(pages): State<Pages>, user: User) -> Html<String> {
    let clinic = match user.organisation() {
        Some(Organisation::Child(number)) => number.as_str(),
        _ => "none",
    };
    pages.page(&format!("<p>The ward of <b data-testid=clinic>{clinic}</b>"))
}

async fn choose(State(pages): State<Pages>, _: User) -> Html<String> {
    let form = |number: &str| {
        let base = &pages.base;
        format!(
            "<form method=post action={base}/act/{number}><button data-testid=act-{number}>{number}</button></form>"
        )
    };
    pages.page(&CLINICS.map(form).concat())
}

async fn act(State(pages): State<Pages>, user: User, Path(number): Path<String>) -> Response {
    let Ok(number) = OrganisationNumber::parse(&number) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match user.set_organisation(Organisation::Child(number)).await {
        Ok(()) => Redirect::to(&format!("{}/ward", pages.base)).into_response(),
        Err(refused) => (StatusCode::FORBIDDEN, refused.to_string()).into_response(),
    }
}

/// An API that takes the tokens of this authority.
pub(super) struct Api {
    pub(super) url: String,
    tokens: Arc<Mutex<BTreeSet<Vec<u8>>>>,
}

impl Api {
    pub(super) async fn start(authority: &TestAuthority, outbound: Outbound) -> Self {
        let protection = ApiProtection::builder(authority.issuer().as_str(), AUDIENCE)
            .clock(authority.clock().clone())
            .outbound(outbound);
        let tokens: Arc<Mutex<BTreeSet<Vec<u8>>>> = Arc::default();
        let noted = tokens.clone();
        let note = move |request: Request, next: Next| {
            let token = request.headers().get(AUTHORIZATION).map(|token| token.as_bytes().to_vec());
            noted.lock().unwrap().extend(token);
            next.run(request)
        };
        let router = sample_api::router(protection, AUDIENCE).unwrap().layer(from_fn(note));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/patients", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, tokens }
    }

    /// How many tokens it has seen.
    pub(super) fn tokens(&self) -> usize {
        self.tokens.lock().unwrap().len()
    }
}
