//! The login of a person on this machine, kept between commands.
//!
//! | file | what |
//! | --- | --- |
//! | `place` | one file for its owner alone, and the lock beside it |
//! | `kept` | what stands in the file |
//! | `token` | a token of the person: one that was kept, or a new one |

mod kept;
mod place;
mod token;

pub(crate) use kept::Session;
pub(crate) use place::Place;
pub(crate) use token::{REDIRECT_URI, UserToken, Wanted, user_token};
