//! A login at the client, as far as it is pure: what comes back to it, and where it leads then.
//!
//! ```text
//! Callback::read(query)                 login.transaction, if there is no state at all
//!   .require_transaction(found)         login.transaction
//!   .require_browser(it is the same)    login.browser
//!   .require_first_use(it is)           login.once
//!   .answer(issuer)                     login.iss  login.error  login.code
//! same_person(expected, found)          login.same_person
//! LocalPath::parse(text, site)          login.return_to
//! ```
//!
//! The code is redeemed by a [`CodeRequest`](crate::endpoint::token::CodeRequest), and what comes of it is checked by
//! [`id_token`](crate::id_token).

mod callback;
mod local_path;

pub use callback::{Callback, CallbackAnswer, same_person};
pub use local_path::{LocalPath, Site};
