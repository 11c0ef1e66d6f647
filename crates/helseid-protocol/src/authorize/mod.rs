//! Authorization requests, pushed (RFC 9126) or brought by the browser (RFC 6749 section 4.1.1, OpenID Connect Core 1.0
//! section 3.1.2), with or without a request object (RFC 9101): what an authority must know to judge one.
//!
//! One walk of rules for both, [`push`] and [`front`]: the request object, then the `redirect_uri`, then the rest. Until the
//! `redirect_uri` is found among the registered ones, a breach is a page; from then on it may go back to the client. A
//! [`Refusal`] says which, and no way leads from the first kind to a redirect.
//!
//! | step | what |
//! | --- | --- |
//! | [`ClientForm`](crate::endpoint::ClientForm), [`AuthorizationForm`] | the parameters, bounded |
//! | [`RequestUri`] | a request that was pushed, and whether it is good for this |
//! | [`push`], [`front`] | the [`CheckedRequest`] |
//! | [`RequestObject`] | the other way round: the parameters as a client signs them |
//! | [`WrittenRequest`] | the same for a store, read back strictly |
//! | [`interaction`] | whether a page is needed, and whether a login does |

mod acr;
mod ask;
mod client;
mod details;
mod form;
pub mod interaction;
mod refusal;
mod request;
mod request_object;
mod request_uri;
mod resources;
mod test_person;
#[cfg(test)]
mod tests;
mod text;
mod walk;
mod way_back;
mod written;

pub use acr::AcrValues;
pub use client::{Client, Expectations};
pub use details::AskedDetails;
pub use form::{Asked, AuthorizationForm, FrontRequest};
pub use refusal::Refusal;
pub use request::{Ask, CheckedRequest, Prompt, Resources};
pub use request_object::{
    LIFETIME as OBJECT_LIFETIME, RequestObject, RequestObjectId, TYP, draft as request_object_draft,
};
pub use request_uri::{PushedRequest, RequestUri};
pub use test_person::TestPerson;
pub use text::{InvalidText, Text};
pub use walk::{front, push, require_post};
pub use written::WrittenRequest;

/// Where the authorization endpoint is, below the issuer.
pub const PATH: &str = "/connect/authorize";

/// Where authorization requests are pushed to, below the issuer.
pub const PAR_PATH: &str = "/connect/par";
