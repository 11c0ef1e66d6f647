//! The session of a person: made at a login, found by its cookie, refreshed, and ended. For axum apps the `web` module does all of
//! this; this module is also for programs on another web framework.
//!
//! ```text
//! Sessions::begin(LoggedIn, the session before) -> Begun: a cookie and a Session, under a new id
//!   .open(cookie)                               -> Session, if it lives and the cookie is its own
//!   .token(session, wanted)                     -> Granted: an access token, refreshed once over all replicas
//!   .attested(session, wanted, attestation)    -> Granted: an access token of the caller's alone
//!   .set_organisation(session, organisation)    -> a cookie and a Session, under a new id
//!   .end(session)  .log_out(LogoutToken)  .log_out_front(FrontChannelLogout)
//! ```
//!
//! - The cookie is an id and a secret ([`SessionCookie`]). The record is sealed under a key made of the server's key and that
//!   secret, for its row, issuer, client and version; its end and the store's epoch are inside. So a stolen store has nothing to use,
//!   who writes to it logs in as nobody, and what comes back after an end, a restore or a move to another row does not open.
//! - A session has a new id after each login, change of level and change of organisation; the old one ends in the same step.
//!   What is written to a session that has ended is not written.
//! - It ends at its absolute end, when it was idle, at a logout here or by the issuer, and when its refresh token is refused
//!   (`invalid_grant`). One that was last used in the future, beyond the tolerance between clocks, has ended.
//! - A back-channel logout comes without the cookie: it ends the session but cannot revoke its refresh token, which nobody has any
//!   more then. Access tokens that APIs were sent live until they expire.
//!
//! Not checked: that the browser that brings a cookie is the one that it was given to.
//!
//! | file | what |
//! | --- | --- |
//! | `cookie` | the value of the cookie |
//! | `record`, `stored`, `seal` | what a session holds, as it is written, and sealed for its row |
//! | `kept_key` | the key of its tokens, made when one of them is used |
//! | `names` | what a logout finds it by |
//! | `lifetimes` | how long it lives |
//! | `view` | one look at a session |
//! | `sessions`, `change` | made and changed |
//! | `revoke` | refresh tokens that no session has any more |
//! | `sweep` | removed once they have ended |
//! | `read`, `together` | read, once for all who ask at the same time |
//! | `logout`, `rate` | ended by the issuer, and how much strangers can cause of that |
//! | `token`, `renewal`, `renew`, `flight` | its access tokens, refreshed by one replica for all |
//! | `attested` | access tokens by which its person attests, which are not kept |
//! | `organisation` | the organisation that it acts for |
//! | `health_personnel`, `userinfo` | what HPR says of its person, never older than an hour, and whoever is asked for it |

mod attested;
mod change;
mod cookie;
mod error;
mod flight;
mod health_personnel;
mod kept_key;
mod lifetimes;
mod logout;
mod names;
mod organisation;
mod rate;
mod read;
mod record;
mod renew;
mod renewal;
mod revoke;
mod seal;
mod sessions;
mod stored;
mod sweep;
#[cfg(test)]
mod tests;
mod together;
mod token;
mod userinfo;
mod view;

pub use cookie::SessionCookie;
pub use error::SessionError;
pub use lifetimes::SessionLifetimes;
pub use organisation::OrganisationPolicy;
#[cfg(feature = "web")]
pub(crate) use rate::Rate;
pub use sessions::{Begun, Sessions};
pub use token::{Granted, Wanted};
pub use view::Session;
