//! The session of a browser in which a person is logged in (single sign-on).
//!
//! - The cookie is 32 unpredictable bytes, and its hash is what is stored. Each login has a new cookie and a new `sid`, so that
//!   no cookie from before a login is worth anything after it.
//! - What is stored names the cookie once more, by a code under the authority's own key: whoever can write to the database
//!   cannot give a session of someone else to a cookie of their own.
//! - A login replaces the session that the browser had before. That session's cookie signs in nobody any more; its refresh
//!   tokens live on, until they expire or the new session is ended, which ends all those that it replaced.
//! - Logins without the page (`test_pid`, a `login_hint`, the admin API) have a session that no cookie leads to. It is stored when its
//!   code is redeemed, in one transaction with the first tokens: whoever asks for such logins and redeems none stores nothing.

mod begin;
mod data;
mod end;
mod login_session;
mod sessions;
#[cfg(test)]
mod tests;

pub(crate) use data::{EndedLogin, LoginPerson};
pub(crate) use login_session::{LoginSession, NewLogin, SessionSettings};
pub(crate) use sessions::LoginSessions;
