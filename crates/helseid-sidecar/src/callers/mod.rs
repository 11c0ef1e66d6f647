//! Who may ask: a user of this machine over a Unix socket, or whoever has a shared key over TCP; and never a web page.
//!
//! | file | what |
//! | --- | --- |
//! | `peer` | where a connection came from |
//! | `key` | a shared key, from a file |
//! | `rights` | what a caller may ask for |
//! | `who` | the callers that are known, and which one a request is of |
//! | `host` | for which hosts requests are taken |
//! | `guard` | the layer before each endpoint |
//! | `secret` | keys that are sent as the secret of a plain token request |

mod guard;
mod host;
mod key;
mod peer;
mod rights;
mod secret;
mod who;

pub(crate) use guard::{Door, OWN_HEADER, guarded, refuse_browsers};
pub(crate) use host::{Hosts, require_own_host};
pub(crate) use key::SharedKey;
pub(crate) use peer::{Peer, why_unknowable};
pub(crate) use rights::{Endpoint, Rights};
pub(crate) use secret::{Attempts, SentSecret};
pub(crate) use who::{Caller, Callers, Credential, KEY_HEADER, Known};
