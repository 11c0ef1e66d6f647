//! What HelseID's clients, authority and APIs say to each other.
//!
//! This crate moves no bytes, reads no clock and keeps no globals: time, randomness and whatever
//! was fetched come in as parameters, decisions go out as values. Every rule of the protocol exists
//! once, in [`rule`], and is enforced here for all sides.
//!
//! | module | what |
//! | --- | --- |
//! | [`id`], [`secret`], [`time`], [`random`], [`scope`], [`grant`], [`bounded`] | small types, parsed once |
//! | [`address`] | addresses of requests as people type them |
//! | [`uri`] | the addresses that a client registers: redirects, logouts |
//! | [`text`] | text in the encodings that people's files have |
//! | [`jose`] | keys and signatures; `Unverified -> Verified`; one file names the crypto backend |
//! | [`rule`] | the catalogue of rules, the verdict over one request, and the [`Fault`](rule::Fault) |
//! | [`assertion`] | the client assertion, made and checked (RFC 7523) |
//! | [`authorize`] | authorization requests, pushed or not, and whether a login needs a page |
//! | [`pkce`] | what redeems a code (RFC 7636) |
//! | [`cookie`], [`accept_language`] | the cookies of a request, as they are read; the language that it prefers |
//! | [`redirect`] | where a browser is sent back to, and with what |
//! | [`details`] | the assertion's structured claims: organisations, journals |
//! | [`dpop`] | the DPoP proof, made and checked; its target, nonce and replay id (RFC 9449) |
//! | [`claims`] | what an access token says (RFC 9068, HelseID's own) |
//! | [`person`] | synthetic persons, their logins, and what tokens and userinfo say of them |
//! | [`login`] | what comes back to a client that logs people in |
//! | [`id_token`], [`logout`] | ID tokens and logout tokens, made and checked |
//! | [`endpoint`] | requests made and answers read: metadata, keys, token |
//! | [`key_cache`] | which key of an issuer, and when to fetch again |
//! | [`registration`] | the key that a client registers |
//! | [`challenge`] | `WWW-Authenticate` |
//! | [`log_budget`] | how many lines strangers can make us log |
//! | [`visible`] | text of others as people may be shown it |
//! | [`resource`] | the line that an API runs, free of any web framework |
//! | [`userinfo`] | who a token is of: requests checked, answers read |
//! | `forge` | valid artefacts with one thing broken, for tests (a feature, off by default) |

pub mod accept_language;
pub mod address;
mod as_text;
pub mod assertion;
pub mod authorize;
pub mod bounded;
pub mod challenge;
pub mod claims;
pub mod cookie;
pub mod details;
pub mod dpop;
pub mod endpoint;
#[cfg(any(test, feature = "forge"))]
pub mod forge;
pub mod grant;
pub mod id;
pub mod id_token;
pub mod jose;
mod jwt;
pub mod key_cache;
pub mod log_budget;
pub mod login;
pub mod logout;
pub mod person;
pub mod pkce;
pub mod random;
pub mod redirect;
pub mod registration;
pub mod resource;
pub mod rule;
pub mod scope;
pub mod secret;
pub mod text;
pub mod time;
pub mod uri;
pub mod userinfo;
pub mod visible;
