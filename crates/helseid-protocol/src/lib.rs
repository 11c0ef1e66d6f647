//! What HelseID's clients, authority and APIs send each other.
//!
//! This crate does no I/O, reads no clock and has no globals: time, fetched data and the randomness of ids and
//! nonces are parameters, and decisions are return values. Keys, signatures and sealing use the crypto
//! backend's own randomness. The rules of the protocol are defined in [`rule`], and enforced here for all parties.
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
//! | [`pkce`] | proof that a code is redeemed by whoever requested it (RFC 7636) |
//! | [`cookie`], [`language`] | the cookies of a request, as they are read; the language that it prefers |
//! | [`redirect`] | where a browser is sent back to, and with what |
//! | [`details`] | the assertion's structured claims: organisations, journals |
//! | [`dpop`] | the DPoP proof, made and checked; its target, nonce and replay id (RFC 9449) |
//! | [`claims`] | what an access token says (RFC 9068, HelseID's own) |
//! | [`person`] | synthetic persons, their logins, and what tokens and userinfo say of them |
//! | [`login`] | what a client that logs people in receives |
//! | [`id_token`], [`logout`] | ID tokens and logout tokens, made and checked |
//! | [`endpoint`] | requests made and responses read: metadata, keys, token |
//! | [`key_cache`] | which key of an issuer, and when to fetch again |
//! | [`registration`] | the key that a client registers |
//! | [`challenge`] | `WWW-Authenticate` |
//! | [`log_budget`] | how many log lines unauthenticated requests can cause |
//! | [`visible`] | text from elsewhere, safe to show to people |
//! | [`resource`] | the checks that an API makes, without any web framework |
//! | [`userinfo`] | userinfo: requests checked, responses read |
//! | `forge` | valid tokens, proofs and assertions with one thing broken, for tests (a feature, off by default) |

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
pub mod language;
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
