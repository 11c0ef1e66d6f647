//! Keeps what the client library tells of its token request.

use std::sync::{Arc, Mutex, PoisonError};

use helseid_client::{Decoded, Event, Observer};
use helseid_protocol::endpoint::token::OAuthError;

/// What was seen of the newest token request.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) nonces_demanded: u32,
    pub(super) token: Option<Decoded>,
    pub(super) refusal: Option<OAuthError>,
}

/// Shared by the client and the doctor.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Seen>>);

impl Recorder {
    pub(super) fn seen(&self) -> Seen {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Observer for Recorder {
    fn event(&self, event: Event<'_>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::NonceDemanded { .. } => seen.nonces_demanded += 1,
            Event::TokenGranted { token } => seen.token = token,
            Event::TokenRefused { error, .. } => seen.refusal = Some(error.clone()),
            _ => {}
        }
    }
}
