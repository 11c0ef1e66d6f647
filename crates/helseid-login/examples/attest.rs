//! A doctor opens the documents that another organisation has of one patient. Why, the person attests by pressing a button, and the
//! token that says so is used for that patient alone. By which decision, and of which patient, the app looks up in its own records.

use std::fmt::Display;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use helseid_client::Config;
use helseid_client::protocol::details::attestation::{Coded, Identified, Patient, Purpose};
use helseid_client::protocol::details::{Attestation, OrganisationNumber};
use helseid_login::demand::hpr;
use helseid_login::{Login, User};

/// Internal medicine, in the code system of services.
const SERVICE: (&str, &str) = ("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");

/// A decision by which one doctor may see one patient.
struct Decision {
    id: &'static str,
    /// The doctor's number in HPR.
    doctor: u32,
    /// The patient's id at the API, by which nobody else knows the patient.
    patient: &'static str,
}

/// The app's records: what a browser sends is looked up here, and is no decision by itself.
const DECISIONS: [Decision; 2] = [
    Decision { id: "d-1", doctor: 565505933, patient: "p-7" },
    Decision { id: "d-2", doctor: 9144900, patient: "p-8" },
];

/// The decisions that are this person's.
fn decisions(user: &User) -> impl Iterator<Item = &'static Decision> {
    let number = user.health_personnel().map(|registered| registered.hpr_number.expose());
    DECISIONS.iter().filter(move |decision| Some(decision.doctor) == number)
}

async fn patients(user: User) -> Html<String> {
    let form = |Decision { id, patient, .. }: &Decision| {
        format!("<form method=post action=/documents/{id}><button>{patient}</button></form>")
    };
    Html(decisions(&user).map(form).collect())
}

/// The app knows where its people work.
fn attestation(clinic: &OrganisationNumber, decision: &Decision) -> Attestation {
    let place = Identified::organisation(clinic);
    let (code, system) = SERVICE;
    Attestation::new(place.clone(), place, Coded::new(code, system), Purpose::Treatment)
        .with_authorization("LE")
        .by_decision(decision.id, true)
        .for_patient(Patient::default())
}

/// Only a form of the app's own pages attests: the layer around the app refuses a POST from anywhere else, and no link makes one.
async fn documents(
    State(clinic): State<OrganisationNumber>,
    user: User,
    Path(id): Path<String>,
) -> Result<String, (StatusCode, String)> {
    let failed = |why: &dyn Display| (StatusCode::BAD_GATEWAY, why.to_string());
    let Some(decision) = decisions(&user).find(|decision| decision.id == id) else {
        return Err((StatusCode::NOT_FOUND, "You have no such decision.".to_owned()));
    };
    // One for each patient, also where the words are the same.
    let attested = user.attest(attestation(&clinic, decision)).await.map_err(|why| failed(&why))?;
    let url = format!("http://localhost:5000/patients/{}/documents", decision.patient);
    let answer = attested.get(&url).send().await.map_err(|why| failed(&why))?;
    Ok(answer.text().into_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clinic = OrganisationNumber::parse("994598759")?;
    let login = Login::builder(Config::load()?).public_url("http://localhost:3000").build()?;
    let app = Router::new()
        .route("/", get(patients))
        .route("/documents/{decision}", post(documents))
        .layer(login.require(hpr(["LE"]))?)
        .with_state(clinic);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, login.around(app)).await?)
}
