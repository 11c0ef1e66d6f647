//! What a sidecar is told: accounts and APIs of `helseid.toml`, flags and the environment.
//!
//! | file | what |
//! | --- | --- |
//! | `sections` | `[sidecar]`, `[sidecar.caller.NAME]`, `[api.NAME]` and `[protect.NAME]` as they are written |
//! | `accounts` | the clients: the file's own account, its named ones, and the environment |
//! | `keys` | the accounts whose keys are watched and rotated |
//! | `apis` | an API that is called, checked |
//! | `protects`, `proxy` | an API that is protected, and the proxy before it, checked |
//! | `redis_url` | the address of a Redis, which does not print |
//! | `listen` | where to listen, and who may ask |
//! | `read` | all of it, from the file on |

mod accounts;
mod apis;
mod keys;
mod listen;
mod protects;
mod proxy;
mod read;
mod redis_url;
mod sections;

pub(crate) use accounts::DEFAULT as DEFAULT_ACCOUNT;
pub(crate) use apis::{ApiConfig, Organisations, organisation};
pub(crate) use keys::KeysConfig;
pub use listen::{Listen, ListenFlags};
pub(crate) use protects::ProtectConfig;
pub(crate) use proxy::{PeerList, ProxyKind};
pub use read::{Config, Sources};
pub(crate) use redis_url::RedisUrl;
