//! User login over plain HTTP: a request is pushed, a browser comes, the code is redeemed, the tokens are refreshed.

mod codes;
mod logout;
mod refresh;
mod requests;
mod story;
mod tokens;
mod world;
