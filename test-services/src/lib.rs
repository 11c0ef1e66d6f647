//! PostgreSQL and Redis for tests: real ones, on a free port of the loopback, each in a temporary folder of its own.
//!
//! `cargo xtask test` starts one of each for all tests. A test that restarts a server starts one for itself.
//!
//! | module | what |
//! | --- | --- |
//! | `postgres`, `redis` | the servers, with what each is told |
//! | `process` | a server that ends with the program that started it, however that ends |
//! | `owner` | who runs it when the program is root: PostgreSQL refuses root |
//! | `broken` | why there is none |
//! | `program` | where the programs lie |
//! | `certificates` | certificates for servers with TLS (feature `tls`) |

mod broken;
#[cfg(feature = "tls")]
mod certificates;
mod owner;
mod postgres;
mod process;
mod program;
mod redis;
#[cfg(test)]
#[cfg(feature = "service-tests")]
mod tests;

pub use broken::Broken;
#[cfg(feature = "tls")]
pub use certificates::{ServerCertificate, TestCa};
pub use postgres::{Frozen, Postgres};
pub use process::Stop;
pub use program::find;
pub use redis::Redis;
