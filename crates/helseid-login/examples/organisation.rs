//! A person chooses for which organisation they act. HelseID does not check that they belong to it: the app knows which are its own.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use helseid_client::Config;
use helseid_client::protocol::details::{Organisation, OrganisationNumber};
use helseid_login::demand::organisation;
use helseid_login::session::OrganisationPolicy;
use helseid_login::{Login, User};

const CLINICS: [(&str, &str); 2] = [("994598759", "Clinic North"), ("999977774", "Clinic South")];

async fn choose(_: User) -> Html<String> {
    let form =
        |(number, name)| format!("<form method=post action=/act/{number}><button>{name}</button></form>");
    Html(CLINICS.map(form).concat())
}

/// The session gets a new id, so that a form which was made for another organisation is refused.
async fn act(user: User, Path(number): Path<String>) -> Response {
    let Ok(number) = OrganisationNumber::parse(&number) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match user.set_organisation(Organisation::Child(number)).await {
        Ok(()) => Redirect::to("/").into_response(),
        Err(refused) => (StatusCode::FORBIDDEN, refused.to_string()).into_response(),
    }
}

async fn ward(user: User) -> String {
    format!("You act for {:?}.", user.organisation())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers =
        CLINICS.iter().map(|(number, _)| OrganisationNumber::parse(number).map(Organisation::Child));
    let clinics = numbers.collect::<Result<Vec<_>, _>>()?;
    let login = Login::builder(Config::load()?)
        .public_url("http://localhost:3000")
        .organisations(OrganisationPolicy::listed(clinics))
        .organisation_page("/choose")
        .build()?;
    let app = Router::new()
        .route("/", get(ward).layer(login.require(organisation())?))
        .route("/choose", get(choose))
        .route("/act/{number}", post(act));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, login.around(app)).await?)
}
