//! An app for doctors: HPR, the register of health personnel, decides at each request; and who is in no register of the app's own
//! is kept out at the login.

use axum::Router;
use axum::routing::get;
use helseid_client::Config;
use helseid_login::demand::{hpr, level};
use helseid_login::{Arrival, Decision, Login, User};

/// The app's own rule, beside that of the register.
async fn is_known(person: Arrival) -> Decision {
    match person.health_personnel() {
        Some(_) => Decision::allow(),
        None => Decision::deny("This service is for health personnel."),
    }
}

async fn ward(user: User) -> String {
    let specialities = user.health_personnel().map(|registered| {
        let all = registered.approvals.iter().flat_map(|approval| approval.specialities.iter());
        all.map(|speciality| speciality.description.clone()).collect::<Vec<_>>().join(", ")
    });
    format!("Doctor, with {}", specialities.unwrap_or_default())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let login =
        Login::builder(Config::load()?).public_url("http://localhost:3000").on_login(is_known).build()?;
    let ward = get(ward).layer(login.require(level(4).and(hpr(["LE"])))?);
    let app = login.around(Router::new().route("/", ward));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app).await?)
}
