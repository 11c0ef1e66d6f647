//! PostgreSQL, Redis and nginx for tests: real ones, on a free port of the loopback, each in a temporary folder of its own.
//!
//! `cargo xtask test` starts one of the first two for all tests. A test that restarts a server starts one for itself, and so does one
//! that needs a proxy.
//!
//! | module | what |
//! | --- | --- |
//! | `postgres`, `redis`, `nginx` | the servers, with what each is told; nginx by feature `tls` |
//! | `process` | a server that ends with the program that started it, however that ends |
//! | `owner` | who runs it when the program is root: PostgreSQL refuses root |
//! | `broken` | why there is none |
//! | `program` | where the programs lie |
//! | `alone` | a test in a process of its own |
//! | `rounds` | how often a race is run |
//! | `certificates` | certificates for servers with TLS (feature `tls`) |

mod alone;
mod broken;
#[cfg(feature = "tls")]
mod certificates;
#[cfg(feature = "tls")]
mod nginx;
mod owner;
mod postgres;
mod process;
mod program;
mod redis;
mod rounds;
#[cfg(test)]
#[cfg(feature = "service-tests")]
mod tests;

pub use alone::is_alone;
pub use broken::Broken;
#[cfg(feature = "tls")]
pub use certificates::{ServerCertificate, TestCa};
#[cfg(feature = "tls")]
pub use nginx::{Nginx, NginxConfig};
pub use postgres::{Frozen, Postgres};
pub use process::Stop;
pub use program::find;
pub use redis::Redis;
pub use rounds::rounds;
