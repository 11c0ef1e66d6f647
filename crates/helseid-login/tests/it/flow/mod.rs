//! One login, from the pushed request to the person and the refreshes after it.

mod authority;
mod broken;
mod call;
mod logout;
mod organisation;
mod pushed;
mod refresh;
mod returned;
mod world;
