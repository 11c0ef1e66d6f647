//! Replaces a client's key, as a transaction that survives the end of the process at any point.
//!
//! | step | files after it | after a crash here |
//! | --- | --- | --- |
//! | which key is replaced by which is written to `KEY.rotation` | old key, note | nothing has begun |
//! | a new key is written to `KEY.new` | old key, note, new key | the self-service API is asked whether it has the new key |
//! | its public half is registered | the same | the API has it, and the next step follows |
//! | a token is requested with the new key | the same | the same |
//! | the old key is copied to `KEY.retired` | and the copy | the same |
//! | `KEY.new` replaces `KEY` atomically | new key, copy of the old | nothing is left to do |
//!
//! At every moment the key file holds one whole key that the authority accepts. The old key stays registered until it
//! expires there. `KEY.rotation` says how far the rotation has come, for people, and which key it replaces, for the next run: where another one lies
//! there by then, the rotation is not completed. `KEY.lock` is locked meanwhile, and stays. Before a new key is registered, it is looked
//! at whether the key file can be replaced; it is not touched until it is. Where `KEY` is a link, its target is rotated, and the link
//! stays. Public halves beside the key (`m2m_public.json`, `m2m_jwks.json`) follow. What was being written when a rotation was killed
//! (`.KEY.….unfinished`) is removed at the start of the next one.

mod disk;
mod expiry;
mod failed;
mod files;
mod public;
mod registered;
mod run;
mod self_service;

pub use run::{Rotated, Rotation};
pub use self_service::RegisteredKey;
