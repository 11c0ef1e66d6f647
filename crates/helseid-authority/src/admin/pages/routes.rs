//! The routes of the pages.

use axum::extract::State;
use axum::response::Response;
use axum::routing::{any, get, post};
use axum::{Extension, Router, middleware};
use tower::Layer as _;

use super::super::state::AdminState;
use super::apis::ApisPage;
use super::organisations::OrganisationsPage;
use super::persons::PersonsPage;
use super::refusal::Refusal;
use super::section::Section;
use super::session::AdminSession;
use super::signing_keys::SigningKeysPage;
use super::{
    apis, assets, broken, client, clients, conformance, frame, guard, listing, login_story, organisations,
    overview, paths, persons, sign_in, signing_keys, trace,
};
use crate::web::csp::{PagePolicy, harden};

/// The routes. All but those to sign in, and what a page looks like, are below the session's own address ([`paths`]) and
/// pass [`guard::guard`] first. Whatever else is asked for leads to where one signs in.
pub(in super::super) fn routes(state: &AdminState) -> Router {
    let guarded = Router::new()
        .route("/", get(overview::show))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/language", post(sign_in::choose_language))
        .route("/clients", get(clients::list).post(clients::register))
        .route("/clients/new", get(clients::new))
        .route("/clients/{id}", get(client::show).post(client::change))
        .route("/clients/{id}/enabled", post(client::set_enabled))
        .route("/clients/{id}/approve", post(client::approve))
        .route("/clients/{id}/remove", post(client::remove))
        .route("/clients/{id}/keys", post(client::add_key))
        .route("/clients/{id}/keys/remove", post(client::remove_key))
        .route("/broken/remove", post(broken::remove))
        .route("/apis", get(listing::open::<ApisPage>).post(apis::put))
        .route("/apis/remove", post(apis::remove))
        .route("/organisations", get(listing::open::<OrganisationsPage>).post(organisations::put))
        .route("/organisations/remove", post(organisations::remove))
        .route("/delegations", post(organisations::put_delegation))
        .route("/delegations/remove", post(organisations::remove_delegation))
        .route("/persons", get(listing::open::<PersonsPage>).post(persons::put))
        .route("/persons/remove", post(persons::remove))
        .route("/signing-keys", get(listing::open::<SigningKeysPage>))
        .route("/signing-keys/rotate", post(signing_keys::rotate))
        .route("/trace", get(trace::list))
        .route("/trace/live", get(trace::live))
        .route("/trace/logins/{login}", get(login_story::show))
        .route("/trace/{id}", get(trace::show))
        .route("/conformance", get(conformance::list).post(conformance::open))
        .route("/conformance/{id}", get(conformance::show))
        .route("/conformance/{id}/end", post(conformance::end))
        .fallback(no_such_page)
        .layer(middleware::from_fn_with_state(state.clone(), guard::guard))
        .with_state(state.clone());
    let pages = Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::exchange))
        .route("/assets/{name}", get(assets::get))
        .nest_service(paths::SESSIONS, middleware::map_request(paths::enter).layer(guarded))
        .fallback(guard::lead_to_sign_in);
    // The one address that a nest at /admin does not have.
    let pages = Router::new().nest("/admin", pages).route("/admin/", any(guard::lead_to_sign_in));
    let hardened = middleware::from_fn_with_state(PagePolicy::own_forms(), harden);
    pages.layer(hardened).with_state(state.clone())
}

async fn no_such_page(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
) -> Response {
    let refusal = Refusal::unknown("page", "of that address");
    frame::refused(&state, &session, Section::Overview, refusal)
}
