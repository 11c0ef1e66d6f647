//! How long an exchange may take, and what an error of it means.

use std::time::Duration;

use crate::error::{HttpError, HttpErrorKind, deepest};

/// How long each part of an exchange may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) read: Duration,
    pub(crate) whole: Duration,
}

impl Limits {
    /// What reqwest's error means.
    pub(crate) fn failed(self, address: &str, error: &reqwest::Error) -> HttpError {
        let why = deepest(error);
        let kind = match error {
            error if error.is_timeout() => HttpErrorKind::Timeout,
            error if error.is_connect() && why.contains("certificate") => HttpErrorKind::Tls,
            error if error.is_connect() => HttpErrorKind::Connect,
            _ => HttpErrorKind::Broken,
        };
        match kind {
            HttpErrorKind::Timeout => {
                let Self { connect, read, whole } = self;
                let limits = format!("{connect:?} to connect, {read:?} for each read, {whole:?} in all");
                let late = HttpError::new(kind, address, limits);
                if error.is_connect() { late.before_sending() } else { late }
            }
            _ => HttpError::new(kind, address, why),
        }
    }
}
