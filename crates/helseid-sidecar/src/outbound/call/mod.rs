//! `ANY /call/NAME/…`: a forward proxy to the API NAME alone, which adds the token and a proof for each request.
//!
//! | file | what |
//! | --- | --- |
//! | `endpoint` | from a caller's request to what the API answered |
//! | `request` | what of a request is taken: its address, method and headers |
//! | `body` | the body of a request: held for another attempt, or streamed |
//! | `attempt` | one request to the API, bounded in time |
//! | `answer` | what of the API's answer goes back |
//! | `stream` | the body of an answer, which ends with the token |
//! | `passed` | which headers and trailers pass |

mod answer;
mod attempt;
mod body;
mod endpoint;
mod passed;
mod request;
mod stream;

pub(super) use endpoint::call;
#[cfg(test)]
pub(super) use endpoint::describe;
pub(crate) use request::refuse_tunnels;
