//! User login over plain HTTP: a request is pushed, a browser comes, the code is redeemed, the tokens are refreshed.

mod apart;
mod codes;
mod endings;
mod logout;
mod many;
mod objects;
mod refresh;
mod requests;
mod story;
mod tokens;
mod world;
