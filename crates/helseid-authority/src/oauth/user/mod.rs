//! Logins that tokens are issued for: what is stored of one, by which texts a client comes back for it, and whether it goes on.

mod alive;
mod code;
pub(super) mod family;
mod login;
mod texts;

pub(super) use alive::{LiveLogin, live_login};
pub(super) use code::{Granting, StoredCode};
pub(super) use family::StoredFamily;
pub(super) use login::GrantedLogin;
pub(super) use texts::{CodeText, RefreshText, access_token_id, new_family};
