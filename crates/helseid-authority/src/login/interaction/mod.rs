//! One visit of a browser to the page that asks who logs in.
//!
//! - The authority keeps nothing of a visit. What the page must bring back is sealed in its form: whatever strangers begin and
//!   never end takes no memory, and makes nobody else's visit end.
//! - A visit has 16 unpredictable bytes, in a cookie of its own. The seal is by a key that follows from them and from what only
//!   the authority knows, and the form holds a token of theirs: a form is worth nothing in another browser, and a cookie
//!   nothing without its form. Tabs do not disturb each other.
//! - Once the person has answered, the cookie is removed. A page that is left open ends after an hour.

mod cookies;
mod interactions;
mod seal;
#[cfg(test)]
mod tests;

pub(crate) use interactions::{FormFields, Interaction, Interactions, NotThisVisit};
