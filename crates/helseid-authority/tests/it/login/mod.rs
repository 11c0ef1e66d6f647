//! User login over plain HTTP: a request is pushed, a browser comes, the code is redeemed, the tokens are refreshed.

mod apart;
pub(crate) mod attested;
pub(crate) mod back_channel;
mod codes;
mod endings;
pub(crate) mod fronted;
mod judged;
mod judged_calls;
mod logout;
mod many;
mod minted;
mod objects;
mod refresh;
mod requests;
mod sign_in;
mod story;
mod tokens;
pub(crate) mod world;
