//! The pages under `/admin`: what the JSON API does, by the same functions, for people.
//!
//! Each is written by the server, in HTML that works with no script; a script of our own does what only a browser can:
//! keep the sign-in code out of the address, make a key whose private half stays there, and show requests as they come.
//! Nothing comes from another host, and nothing is inline: see [`guard::harden`].

mod apis;
mod assets;
mod broken;
mod client;
mod clients;
mod conformance;
mod fields;
mod frame;
mod guard;
mod keys;
mod language;
mod listing;
mod organisations;
mod overview;
mod passes;
mod paths;
mod sign_in;
mod signing_keys;
mod snippets;
mod trace;
mod wrong_codes;

use std::sync::Arc;

use axum::routing::{any, get, post};
use axum::{Extension, Router, middleware};
use tower::Layer as _;

use super::Refusal;
use crate::app::App;
use wrong_codes::WrongCodes;

pub(super) use sign_in::make_link;
pub(crate) use sign_in::sign_in_link;

/// What the pages keep for themselves.
#[derive(Default)]
pub(crate) struct Pages {
    wrong_codes: WrongCodes,
}

/// The routes. All but those to sign in, and what a page looks like, are below the session's own address ([`paths`]) and
/// pass [`guard::guard`] first. Whatever else is asked for leads to where one signs in.
pub(super) fn routes(app: &Arc<App>) -> Router {
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
        .route("/apis", get(listing::open::<apis::ApisPage>).post(apis::put))
        .route("/apis/remove", post(apis::remove))
        .route(
            "/organisations",
            get(listing::open::<organisations::OrganisationsPage>).post(organisations::put),
        )
        .route("/organisations/remove", post(organisations::remove))
        .route("/delegations", post(organisations::put_delegation))
        .route("/delegations/remove", post(organisations::remove_delegation))
        .route("/signing-keys", get(listing::open::<signing_keys::SigningKeysPage>))
        .route("/signing-keys/rotate", post(signing_keys::rotate))
        .route("/trace", get(trace::list))
        .route("/trace/live", get(trace::live))
        .route("/trace/{id}", get(trace::show))
        .route("/conformance", get(conformance::list).post(conformance::open))
        .route("/conformance/{id}", get(conformance::show))
        .route("/conformance/{id}/end", post(conformance::end))
        .fallback(no_such_page)
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
        .with_state(app.clone());
    let pages = Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::exchange))
        .route("/assets/{name}", get(assets::get))
        .nest_service(paths::SESSIONS, middleware::map_request(paths::enter).layer(guarded))
        .fallback(guard::lead_to_sign_in);
    // The one address that a nest at /admin has not.
    let pages = Router::new().nest("/admin", pages).route("/admin/", any(guard::lead_to_sign_in));
    pages.layer(middleware::from_fn(guard::harden)).with_state(app.clone())
}

async fn no_such_page(
    axum::extract::State(app): frame::Shared,
    Extension(signed): Extension<guard::Signed>,
) -> axum::response::Response {
    let refusal = Refusal::unknown("page", "of that address");
    frame::refused(&app, &signed, frame::Section::Overview, refusal)
}
