//! The newest nonce of each server, by origin and role.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use helseid_protocol::dpop::Nonce;
use helseid_protocol::endpoint::token::NONCE_HEADER;
use http::HeaderMap;

/// As what a server gave its nonce: one host may be both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    Authority,
    Api,
}

impl Role {
    /// For metrics.
    #[cfg(feature = "metrics")]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Api => "api",
        }
    }
}

/// The most servers whose nonces are kept.
const MAX: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Nonces(Mutex<HashMap<(Role, String), Nonce>>);

impl Nonces {
    pub(crate) fn of(&self, role: Role, origin: &str) -> Option<Nonce> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&(role, origin.to_owned())).cloned()
    }

    pub(crate) fn keep(&self, role: Role, origin: &str, nonce: Nonce) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX {
            kept.clear();
        }
        kept.insert((role, origin.to_owned()), nonce);
    }

    /// Keeps the nonce of any answer that has one (RFC 9449 section 8.2).
    pub(crate) fn keep_from(&self, role: Role, origin: &str, headers: &HeaderMap) -> Option<Nonce> {
        let text = headers.get(NONCE_HEADER)?.to_str().ok()?;
        let nonce = Nonce::parse(text).ok()?;
        self.keep(role, origin, nonce.clone());
        Some(nonce)
    }
}
