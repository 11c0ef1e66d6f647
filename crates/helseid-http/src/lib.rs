//! Outgoing connections: HTTP with limits and without redirects, and an issuer's metadata and keys, fetched, cached and refreshed.
//!
//! | type | what |
//! | --- | --- |
//! | [`Outbound`] | sends a request: https, unless to loopback or a host that was named, timeouts, a limit on the response, no redirects, no cookies |
//! | [`IssuerMetadata`] | an issuer's metadata, cached for a day |
//! | [`IssuerKeyRing`] | an issuer's keys: fetched again by the first use after 10 minutes, kept for a day while the issuer is down, fetched again for an unknown `kid` within a budget |
//! | [`Probe`] | checks the way to a server step by step: name, connection, TLS |
//! | `RedisServer` | a connection to Redis or Valkey, with or without TLS (feature `redis`) |
//! | `RedisClaims` | what a process knows about its claims of one-time ids in Redis (feature `redis`) |
//! | [`end_to_end`] | the end-to-end headers of a message (RFC 9110 section 7.6.1) |
//! | [`system_clock`] | the system's clock, which the crates above this one use by default |

mod body;
mod ca_file;
mod clock;
mod error;
mod hop;
mod insecure;
mod keys;
mod limits;
mod metadata;
mod names;
mod outbound;
mod probe;
mod proxies;
#[cfg(feature = "redis")]
mod redis;
mod stream;
mod tls;

pub use body::{Body, Watch};
pub use clock::system_clock;
pub use error::{FetchError, HttpError, HttpErrorKind};
pub use hop::{end_to_end, header_list, is_of_connection};
pub use insecure::InsecureHosts;
pub use keys::{IssuerKeyRing, MAX_KEY_AGE};
pub use metadata::IssuerMetadata;
pub use outbound::{MAX_ANSWER_BYTES, Outbound, OutboundBuilder};
pub use probe::{Leg, Probe};
#[cfg(feature = "redis")]
pub use redis::{
    InvalidRedis, RedisClaims, RedisServer, RedisTimeouts, ReplayConnection, UnusableRedis, redis_is_lost,
};
pub use stream::{Answer, AnswerBody};
