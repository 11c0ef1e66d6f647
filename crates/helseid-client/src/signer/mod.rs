//! Signs assertions: a key in memory, a key file that may change, or something outside this process.

mod current;
mod key_file;
mod named;

pub(crate) use current::Signers;
pub(crate) use named::NamedSigner;
pub use named::{Signature, Signer};
