//! The layer around an axum router, request by request.

#![cfg(test)]

mod algorithms;
mod answers;
mod attacks;
mod builder;
mod child;
mod demands;
mod described;
mod grpc;
mod issuer;
mod issuer_under_load;
mod issuers;
mod log;
mod metrics;
#[cfg(feature = "redis")]
mod odd_redis;
mod persons;
mod proxies;
mod published;
#[cfg(feature = "service-tests")]
mod redis;
mod replay;
mod seen;
mod unknown_kids;
mod verifier;
mod wire;
mod world;
