//! An app that logs people in at another FAPI 2.0 server than HelseID. Such a server's tokens for an API are often of no use at its
//! own userinfo, which HelseID is asked for the approvals of health personnel: here it is not asked.
//!
//! `APPLICATION` is the address that people open it by, such as `http://127.0.0.1:3000`; `API_URL` is read on their behalf. The rest is
//! told by `HELSEID_ISSUER`, `HELSEID_CLIENT_ID`, `HELSEID_CLIENT_JWK_FILE` and `HELSEID_SCOPE`.

use std::error::Error;

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use helseid_client::{Client, Config};
use helseid_login::flow::{LoginClient, LoginRequest};
use helseid_login::{Login, User};
use url::Url;

/// What is known of whoever opens it, and a button.
async fn home(user: Option<User>) -> Html<String> {
    Html(match user {
        Some(user) => format!(
            "{}, whom the server calls {}<form method=post action=/logout><button>Log out</button></form>",
            user.name().unwrap_or("Somebody"),
            user.subject().as_str()
        ),
        None => {
            "Nobody is logged in<form method=post action=/login><button>Log in</button></form>".to_owned()
        }
    })
}

/// What the API answers, with a token of the person.
async fn patients(State(api): State<String>, user: User) -> String {
    match user.client().get(&api).send().await {
        Ok(answer) => format!("{}: {}", answer.status(), answer.text()),
        Err(error) => error.to_string(),
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it says where it listens")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (public_url, api) = (std::env::var("APPLICATION")?, std::env::var("API_URL")?);
    let config = Config::load()?;
    let request = LoginRequest::default().scope(config.scope.clone());
    let client = LoginClient::new(Client::new(config)?, &format!("{public_url}/callback"))?;
    let login =
        Login::with_client(client.without_userinfo()).public_url(&public_url).request(request).build()?;
    let app = Router::new().route("/", get(home)).route("/patients", get(patients)).with_state(api);

    let address = Url::parse(&public_url)?.socket_addrs(|| None)?;
    let listener = tokio::net::TcpListener::bind(&*address).await?;
    println!("{{\"listen\":[\"{}\"],\"url\":\"{public_url}\"}}", listener.local_addr()?);
    Ok(axum::serve(listener, login.around(app)).await?)
}
