//! The web app: logs people in, and shows their day, which API one knows.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use helseid_login::{Login, User};
use serde_json::Value;

/// What the handler knows.
#[derive(Clone)]
struct App {
    login: Login,
    day: String,
}

/// The whole app. The day of a person is at `day`, an address of API one.
pub fn router(login: Login, day: String) -> Router {
    let app = Router::new().route("/", get(page)).with_state(App { login: login.clone(), day });
    login.around(app)
}

/// Whoever is not logged in is sent to do so, and comes back here.
async fn page(State(app): State<App>, user: User) -> Response {
    let day = match user.client().get(&app.day).send().await {
        Ok(answer) if answer.status().is_success() => Day::read(&answer.text()),
        Ok(answer) => Day::Refused(format!("{}: {}", answer.status(), answer.text())),
        Err(error) => Day::Refused(error.to_string()),
    };
    match (Page { login: app.login, name: user.name().unwrap_or_default().to_owned(), day }).render() {
        Ok(html) => Html(html).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    login: Login,
    name: String,
    day: Day,
}

enum Day {
    Found {
        appointments: Vec<String>,
        prescriptions: Vec<String>,
        /// Whose prescriptions API two says they are, who asked it, and who asked first.
        of: [String; 3],
    },
    Refused(String),
}

impl Day {
    fn read(json: &str) -> Self {
        let Ok(day) = serde_json::from_str::<Value>(json) else {
            return Self::Refused("not JSON".to_owned());
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let at = |place: &str| day.pointer(place).map(text).unwrap_or_default();
        let list = |place: &str| {
            let all = day.pointer(place).and_then(Value::as_array);
            all.into_iter().flatten().map(text).collect()
        };
        Self::Found {
            appointments: list("/appointments"),
            prescriptions: list("/prescriptions/prescriptions"),
            of: ["of", "asked_by", "first_asked_by"].map(|name| at(&format!("/prescriptions/{name}"))),
        }
    }
}
