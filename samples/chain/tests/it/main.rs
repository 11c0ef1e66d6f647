//! The whole chain: a browser, the web app, both APIs and HelseID, on one clock that the test moves.

#![cfg(test)]

mod browser;
mod many;
mod refused;
mod story;
mod world;
