//! The newest nonce of each server, by role and origin.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use helseid_protocol::dpop::Nonce;
use helseid_protocol::endpoint::token::NONCE_HEADER;
use http::HeaderMap;

/// The role in which a server issued a nonce: one origin may have both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    Authority,
    Api,
}

impl Role {
    /// The label of metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Api => "api",
        }
    }
}

/// The largest number of servers whose nonces are remembered.
const CAPACITY: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Nonces(Mutex<HashMap<(Role, String), Nonce>>);

impl Nonces {
    /// The newest nonce of this server.
    pub(crate) fn newest(&self, role: Role, origin: &str) -> Option<Nonce> {
        let nonces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        nonces.get(&(role, origin.to_owned())).cloned()
    }

    /// Remembers the nonce of any response that has one (RFC 9449 section 8.2).
    pub(crate) fn learn(&self, role: Role, origin: &str, headers: &HeaderMap) -> Option<Nonce> {
        let text = headers.get(NONCE_HEADER)?.to_str().ok()?;
        let nonce = Nonce::parse(text).ok()?;
        let mut nonces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if nonces.len() >= CAPACITY {
            nonces.clear();
        }
        nonces.insert((role, origin.to_owned()), nonce.clone());
        Some(nonce)
    }
}
