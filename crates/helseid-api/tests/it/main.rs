//! The layer around an axum router, request by request.

#![cfg(test)]

mod answers;
mod builder;
mod issuer;
mod replay;
mod world;
