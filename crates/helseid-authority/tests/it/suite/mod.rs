//! What OpenID's conformance suite looks at in its plan for FAPI 2.0 Security Profile Final, test by test: the same requests, over
//! TLS, to an authority under `fapi2`, and the same expectations. docs/conformity.md says which test of the suite is which of these.
//!
//! The resource server is userinfo.

mod assertions;
mod codes;
mod happy;
mod proofs;
mod pushed;
mod requests;
mod world;
