//! The one way out: bounded HTTP without redirects, and an issuer's metadata and keys, fetched, kept and refreshed.
//!
//! | type | what |
//! | --- | --- |
//! | [`Outbound`] | sends a request: https unless to loopback, timeouts, a limit on the answer, no redirects, no cookies |
//! | [`IssuerMetadata`] | an issuer's metadata, kept for a day |
//! | [`IssuerKeyRing`] | an issuer's keys: refreshed every 10 minutes, kept for a day while the issuer is down, refetched on an unknown `kid` within a budget |
//! | [`Probe`] | the way to a server, leg by leg: name, connection, TLS |
//! | `RedisServer` | the way to a Redis or Valkey, with TLS or without (feature `redis`) |
//! | `RedisClaims` | what a process knows of its claims of one-time ids in a Redis (feature `redis`) |
//! | [`system_clock`] | the one place that reads the system's clock |

mod body;
mod ca_file;
mod clock;
mod error;
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
