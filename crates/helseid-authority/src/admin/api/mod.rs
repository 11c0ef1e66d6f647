//! The JSON API: bytes to calls of the service, and what it says to JSON.

mod access_keys;
mod body;
mod broken;
mod clients;
mod conformance;
mod document;
mod faults;
mod logins;
mod operations;
mod path;
mod persons;
mod problem;
mod query;
mod resources;
mod routes;
mod served;
mod sign_in;
mod trace;

pub(super) use routes::routes;
