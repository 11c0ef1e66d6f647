//! Signed requests to the authority: one POST to any of its endpoints, with a new client assertion and, where wanted, a new
//! DPoP proof for each attempt.
//!
//! | file | what |
//! | --- | --- |
//! | `endpoint` | the endpoints, by the names that the authority's metadata gives them |
//! | `request` | what to send, and whether it may be sent twice |
//! | `exchange` | one request, from the circuit breaker through nonce and retries to the response |
//! | `assertion` | the client assertion |
//! | `retry`, `circuit`, `budget` | when to send again, and when not to send at all |

mod assertion;
mod budget;
mod circuit;
mod endpoint;
mod exchange;
mod request;
mod retry;

pub use budget::RequestBudget;
pub(crate) use circuit::DEFAULT as DEFAULT_CIRCUIT;
pub use endpoint::Endpoint;
pub use exchange::Authority;
pub(crate) use exchange::Parts;
pub use request::AuthorityRequest;
pub(crate) use request::Purpose;
pub use retry::RetryPolicy;
