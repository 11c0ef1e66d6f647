//! The layer around an axum router, request by request.

#![cfg(test)]

mod answers;
mod attacks;
mod builder;
mod demands;
mod issuer;
mod proxies;
mod replay;
mod wire;
mod world;
