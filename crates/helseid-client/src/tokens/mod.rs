//! Tokens of client credentials and of exchanges: requested, cached, renewed in the background, and shared between processes.
//!
//! | file | what |
//! | --- | --- |
//! | `request` | what a token is requested for |
//! | `subject` | the token that is exchanged for another |
//! | `token` | a granted token |
//! | `source` | a new token, from another process or from the authority |
//! | `slot`, `cache` | the token of one request, fetched by one caller for all; and all slots |
//! | `provider` | the cached token or a new one, renewed before it expires |
//! | `shared` | the store that processes share |

mod cache;
mod provider;
mod request;
mod shared;
mod slot;
mod source;
mod subject;
mod token;

pub(crate) use cache::DEFAULT_CAPACITY;
pub(crate) use provider::TokenProvider;
pub use request::TokenRequest;
#[cfg(feature = "redis")]
pub use shared::RedisStore;
pub(crate) use shared::SharedCache;
pub use shared::{InvalidSharedKey, SharedKey, SharedStore, StoreError, Stored};
pub(crate) use slot::Slot;
#[cfg(feature = "test-util")]
pub(crate) use source::Mint;
pub(crate) use source::TokenSource;
#[cfg(feature = "test-util")]
pub(crate) use token::Obtained;
pub(crate) use token::Renewal;
pub use token::Token;
