//! The pages under `/admin`: what the JSON API does, by the same service, for people.
//!
//! Each is written by the server, in HTML that works with no script; a script of our own does what only a browser can:
//! keep the sign-in code out of the address, make a key whose private half stays there, and show requests as they come.
//! Nothing comes from another host, and nothing is inline: see [`crate::web::csp`].

mod apis;
mod assets;
mod broken;
mod changes;
mod client;
mod client_form;
mod client_login;
mod clients;
mod conformance;
mod frame;
mod guard;
mod keys;
mod listing;
mod login_story;
mod organisations;
mod overview;
mod paths;
mod persons;
mod read;
mod refusal;
mod routes;
mod section;
mod session;
mod sign_in;
mod signing_keys;
mod snippets;
mod trace;
mod translations;

pub(super) use routes::routes;
