//! Files that hold secrets: their owner's alone, no links followed, written whole or not at all.
//!
//! | function | what |
//! | --- | --- |
//! | [`own_folder`] | makes a folder for its owner alone, or refuses one in which others have a say |
//! | [`append_to`] | opens a private file to write behind what it holds, or makes it |
//! | [`require_private`], [`require_own`] | refuse a file that others may read, or that belongs to others |
//! | [`create`] | writes a new file, and refuses to overwrite one |
//! | [`replace`], [`Unfinished`] | put a whole file in the place of another, at once |
//! | [`target`] | where a link leads that a user has made on purpose |
//!
//! Owners, modes and links are those of Unix. Elsewhere the folder of the user is the protection.

mod error;
mod private;
mod whole;

pub use error::FileError;
pub use private::{append_to, own_folder, quoted, require_own, require_private};
pub use whole::{Readers, Unfinished, create, replace, target};
