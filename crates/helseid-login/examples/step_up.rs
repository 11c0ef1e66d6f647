//! A page for everyone who is logged in, and one that demands level 4: who has less is sent to log in again, and comes back.

use axum::Router;
use axum::routing::get;
use helseid_client::Config;
use helseid_login::demand::level;
use helseid_login::{Login, User};

async fn home(user: User) -> String {
    let level = user.level().map_or("an unknown level", |level| level.name());
    format!("You are logged in at level {level}. What takes level 4 is at /prescriptions.")
}

async fn prescriptions(_: User) -> &'static str {
    "Only who logged in at level 4 reads this."
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let login = Login::builder(Config::load()?).public_url("http://localhost:3000").build()?;
    let app = Router::new()
        .route("/prescriptions", get(prescriptions).layer(login.require(level(4))?))
        .route("/", get(home));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, login.around(app)).await?)
}
