//! The login of a web app against a real authority and a double of one, by a browser whose cookies are kept by hand.

mod attest;
mod browser;
mod double;
mod doubled;
mod endings;
mod guards;
mod log;
mod pages;
mod prefix;
mod quiet;
mod refused;
mod steps;
mod story;
mod world;
