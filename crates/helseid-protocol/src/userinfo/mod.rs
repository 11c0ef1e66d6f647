//! The userinfo endpoint (OpenID Connect Core 1.0 section 5.3; HelseID: userinfo endpoint), free of any web framework:
//! what an authority checks of a request, and how a client reads the answer.
//!
//! ```text
//! credentials(request)                userinfo.method  userinfo.token  api.authorization  api.scheme
//!   .token(policy)                    token.form  token.typ  token.alg  token.iss
//!   .check_at_its_issuer(key, policy) token.typ  token.kid  token.signature  token.claims  token.exp  token.nbf
//! bind(token, request)                userinfo.dpop | token.cnf  api.proof  dpop.*
//!   .admit(first use)                 dpop.jti_once
//! PersonsToken::of(caller)            userinfo.access_token  userinfo.scope
//! UserInfo::read(answer)              userinfo.sub, at the client
//! ```

mod answer;
mod request;
#[cfg(test)]
mod tests;

pub use answer::{UnreadableUserInfo, UserInfo};
pub use request::{PersonsToken, UserInfoRequest, bind, credentials, policy};

/// Where the endpoint is, below the issuer.
pub const PATH: &str = "/connect/userinfo";

/// The most bytes of an answer that are read: 64 KiB.
pub const MAX_BYTES: usize = 64 * 1024;
