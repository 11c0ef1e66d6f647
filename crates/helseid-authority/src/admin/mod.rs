//! The JSON API of the registry, under `/admin/api`, for the holder of the admin token; and pages under `/admin`, for the
//! holder of a session. For nobody else.
//!
//! [`service`] does what either of them asks for and knows no HTTP; [`api`] and [`pages`] stand above it and do not know each
//! other.

mod access;
mod api;
mod guard;
mod mount;
mod pages;
mod routes;
mod service;
mod site;
mod state;

pub(crate) use access::{Access, AdminAddress, AdminToken};
pub(crate) use mount::{AdminListen, AdminMount};
pub(crate) use routes::routes;
pub(crate) use service::{
    ConformanceAdmin, FaultAdmin, LoginAdmin, RegistryAdmin, SignInTokens, SigningKeyAdmin, TraceAdmin,
    sign_in_link,
};
pub(crate) use site::AdminSite;
pub(crate) use state::AdminState;
