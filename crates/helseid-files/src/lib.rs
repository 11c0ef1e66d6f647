//! Files that hold secrets: readable by their owner only, written completely or not at all, and created without following links.
//!
//! | function | what |
//! | --- | --- |
//! | [`own_folder`] | creates a folder for its owner only, or refuses one that others can change |
//! | [`append_to`] | opens a private file for appending, or creates it |
//! | [`require_private`], [`require_own`] | refuse a file that others may read, or that belongs to others |
//! | [`create`] | writes a new file, and refuses to overwrite one |
//! | [`replace`], [`Unfinished`] | replace a file by another atomically |
//! | [`remove_unfinished`] | removes what a killed process left of that |
//! | [`require_replaceable`] | refuses a file that could not be replaced, without replacing it |
//! | [`try_lock`] | excludes other processes |
//! | [`target`] | the target of a link that a user created on purpose, so that the target is replaced and the link stays |
//!
//! Owners, modes and links are checked on Unix. On other systems the user's own folder is the protection.

mod error;
mod left;
mod lock;
mod private;
mod replaceable;
mod whole;

pub use error::FileError;
pub use left::remove_unfinished;
pub use lock::try_lock;
pub use private::{append_to, own_folder, quoted, require_own, require_private};
pub use replaceable::require_replaceable;
pub use whole::{Readers, Unfinished, create, replace, target};
