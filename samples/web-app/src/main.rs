//! Logs people in with HelseID, shows what it learns about them, and reads the patients of the sample API on their behalf.
//!
//! Needs `helseid.toml` in the folder where it runs; `helseid init --web` makes one.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it says where it listens, or why it does not"
)]

use std::error::Error;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use helseid_client::Config;
use helseid_login::{Login, User};
use serde_json::Value;

/// Where the app listens, which people open as `http://localhost:3000`.
const LISTEN: &str = "127.0.0.1:3000";

/// What the handlers have in common.
#[derive(Clone)]
struct App {
    /// Where the sample API has its patients.
    api: String,
    /// Links and forms ask it for their addresses, so that the app also works below a path of its host.
    login: Login,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let log = tracing_subscriber::fmt();
    match std::io::stdout().is_terminal() {
        true => log.init(),
        false => log.with_ansi(false).init(),
    }
    let config = Config::load()?;
    let api = config.api_url.as_ref().map_or("http://localhost:5000/api/patients", |url| url.as_str());
    let api = api.to_owned();

    let login = Login::builder(config).public_url("http://localhost:3000").build()?;
    let app = Router::new()
        .route("/", get(home))
        .route("/dashboard", get(dashboard))
        .route("/patients", post(patients))
        .route("/style.css", get(style))
        .with_state(App { api, login: login.clone() });

    let listener = tokio::net::TcpListener::bind(LISTEN).await;
    let listener = listener.map_err(|why| {
        format!("{LISTEN} cannot be opened for listening: {why}; stop the program that listens there")
    })?;
    println!("open http://localhost:3000");
    Ok(axum::serve(listener, login.around(app)).await?)
}

/// Everyone sees the front page.
async fn home(State(app): State<App>, headers: HeaderMap, user: Option<User>) -> Response {
    page(&Home { login: app.login, lang: Lang::of(&headers), logged_in: user.is_some() })
}

/// Whoever is not logged in is sent to do so, and comes back here.
async fn dashboard(State(app): State<App>, headers: HeaderMap, user: User) -> Response {
    page(&Dashboard::of(app.login, user, &headers, Patients::NotAsked))
}

/// Reads the patients with a token of the person.
async fn patients(
    State(app): State<App>,
    headers: HeaderMap,
    user: User,
    Form(sent): Form<Vec<(String, String)>>,
) -> Response {
    let epoch = sent.iter().find(|(name, _)| name == "epoch").map_or("", |(_, value)| value);
    if let Err(changed) = user.require_epoch(epoch) {
        return changed.into_response();
    }
    let found = match user.client().get(&app.api).send().await {
        Ok(answer) if answer.status().is_success() => Patients::read(&answer.text()),
        Ok(answer) => Patients::Refused(answer.status().to_string()),
        Err(error) => Patients::Refused(error.to_string()),
    };
    page(&Dashboard::of(app.login, user, &headers, found))
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css")], include_str!("../templates/style.css"))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    login: Login,
    lang: Lang,
    logged_in: bool,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard {
    login: Login,
    lang: Lang,
    user: User,
    claims: Vec<(String, String)>,
    patients: Patients,
}

enum Patients {
    NotAsked,
    /// Number, name and age of each.
    Found(Vec<(String, String, i64)>),
    Refused(String),
}

impl Dashboard {
    fn of(login: Login, user: User, headers: &HeaderMap, patients: Patients) -> Self {
        let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        Self {
            login,
            lang: Lang::of(headers),
            claims: user.claims().all().iter().map(|(name, value)| (name.clone(), shown(value))).collect(),
            patients,
            user,
        }
    }
}

impl Patients {
    fn read(json: &str) -> Self {
        let patients: Result<serde_json::Map<String, Value>, _> = serde_json::from_str(json);
        let Ok(patients) = patients else { return Self::Refused("not JSON".to_owned()) };
        let patient = |(number, patient): (String, Value)| {
            let name = patient.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            (number, name, patient.get("age").and_then(Value::as_i64).unwrap_or_default())
        };
        Self::Found(patients.into_iter().map(patient).collect())
    }
}

/// English, or Norwegian for browsers that ask for it first.
#[derive(Clone, Copy)]
struct Lang {
    is_norwegian: bool,
}

impl Lang {
    fn of(headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let first = accepted.unwrap_or_default().to_ascii_lowercase();
        Self { is_norwegian: ["nb", "nn", "no"].iter().any(|tag| first.starts_with(tag)) }
    }

    fn tag(self) -> &'static str {
        if self.is_norwegian { "nb" } else { "en" }
    }

    fn say(self, english: &'static str, norwegian: &'static str) -> &'static str {
        if self.is_norwegian { norwegian } else { english }
    }
}

fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
