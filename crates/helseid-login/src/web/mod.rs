//! The router, the extractors and the pages of a web app.
//!
//! | file | what |
//! | --- | --- |
//! | `builder`, `build`, `login` | how a login is put together, and what an app does with it |
//! | `layer`, `visit`, `user`, `demand`, `require` | what stands around the app's routes, the person, and what a route demands |
//! | `begin`, `callback`, `outcome` | `/login`, `/callback`, `/login/error/{id}` |
//! | `logout`, `elsewhere`, `session_route` | `/logout`, logout that begins at HelseID, `/session` |
//! | `site`, `cookie`, `session_cookie` | the app's own address, and the cookies whose names follow from it |
//! | `csrf`, `kind`, `pages`, `language` | who sent a request, what it wants, and what people read |

mod arrival;
mod begin;
mod build;
mod builder;
mod callback;
mod cookie;
mod csrf;
pub mod demand;
mod elsewhere;
mod kind;
mod language;
mod layer;
mod login;
mod logout;
mod outcome;
mod pages;
mod require;
mod session_cookie;
mod session_route;
mod site;
mod state;
mod user;
mod visit;

use url::{Host, Url};

pub use arrival::{Arrival, Decision};
pub use build::InvalidLogin;
pub use builder::LoginBuilder;
pub use login::Login;
pub use require::{Required, RequiredService};
pub use user::{NotLoggedIn, SessionChanged, User};

/// An address as a content security policy names it: its origin; of an IPv6 address, which no policy can name, the scheme (CSP
/// level 3 section 2.3.1).
fn form_source(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) if matches!(url.host(), Some(Host::Ipv6(_))) => format!("{}:", url.scheme()),
        Ok(url) => {
            let origin = url.origin().ascii_serialization();
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/".contains(&byte);
            if origin.bytes().all(is_plain) { origin } else { "'none'".to_owned() }
        }
        Err(_) => "'none'".to_owned(),
    }
}
