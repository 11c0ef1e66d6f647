//! The rooms where people log in: the page on which a person is picked, the session of a browser, and the pages around them.
//!
//! Nothing here knows an authorization request. Whoever has one asks for a login by a [`LoginDemand`] and gives a
//! [`RequestHandle`]; the answer comes back with that handle as [`Answered`], to the function that [`routes`] was given.
//!
//! 1. [`LoginState::ask`] answers a browser with the page ([`picker`]), and begins a visit ([`interaction`]).
//! 2. `POST /login` ([`routes`]) recognises the visit, reads the choice, and begins a session ([`session`]).
//! 3. The function of the request's owner answers the browser.

mod assets;
mod demand;
mod guard;
mod interaction;
mod pages;
mod persons;
mod picker;
mod reflected;
mod routes;
mod session;
mod site;
mod state;
mod test_login;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use demand::{Answered, LoginAnswer, LoginDemand, RequestHandle, SimulatedFault, Unfit};
pub(crate) use guard::{admits, is_for_us};
pub(crate) use pages::{ConfirmLogout, ErrorPage, Explained, Fact, FormPost, SignedOut};
pub(crate) use reflected::Reflected;
pub(crate) use routes::{Finish, routes};
pub(crate) use session::{EndedLogin, LoginPerson, LoginSession, NewLogin, SessionSettings};
pub(crate) use site::LoginSite;
pub(crate) use state::{LoginBackend, LoginState};
pub(crate) use test_login::TestLogin;
pub(crate) use words::Words;
