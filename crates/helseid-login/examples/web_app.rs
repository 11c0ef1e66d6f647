//! The shortest app that logs people in. `helseid init --web` makes the `helseid.toml` that it needs.

use axum::Router;
use axum::routing::get;
use helseid_client::Config;
use helseid_login::{Login, User};

async fn home(user: User) -> String {
    format!("Hello, {}", user.name().unwrap_or("whoever you are"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let login = Login::builder(Config::load()?).public_url("http://localhost:3000").build()?;
    let app = login.around(Router::new().route("/", get(home)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app).await?)
}
