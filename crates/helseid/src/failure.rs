//! What failed, why, and what to do next: three lines and an exit code.

use std::fmt;
use std::process::ExitCode;

/// The exit code that says: not valid, or ending soon.
pub(crate) const NOT_VALID: u8 = 3;

/// A command that was not done.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    what: String,
    why: String,
    next: String,
}

impl Failure {
    /// Exit code 1: it failed.
    pub(crate) fn new(what: impl fmt::Display, why: impl fmt::Display, next: impl fmt::Display) -> Self {
        Self { code: 1, what: what.to_string(), why: why.to_string(), next: next.to_string() }
    }

    /// Exit code 2: it was asked for in a way that makes no sense.
    pub(crate) fn usage(what: impl fmt::Display, why: impl fmt::Display, next: impl fmt::Display) -> Self {
        Self { code: 2, ..Self::new(what, why, next) }
    }

    /// What failed, why, and what to do next.
    pub(crate) fn parts(&self) -> [&str; 3] {
        [&self.what, &self.why, &self.next]
    }

    /// For the shell.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "error: {}\n  why: {}\n next: {}", self.what, self.why, self.next)
    }
}

impl From<helseid_http::HttpError> for Failure {
    fn from(error: helseid_http::HttpError) -> Self {
        Self::new(error.what(), &error, error.next())
    }
}

impl From<helseid_client::Error> for Failure {
    fn from(error: helseid_client::Error) -> Self {
        Self::new(error.what(), error.why(), error.next())
    }
}

#[cfg(feature = "sidecar")]
impl From<helseid_sidecar::SidecarError> for Failure {
    fn from(error: helseid_sidecar::SidecarError) -> Self {
        let [what, why, next] = error.lines();
        Self::new(what, why, next)
    }
}

impl From<helseid_login::flow::LoginError> for Failure {
    fn from(error: helseid_login::flow::LoginError) -> Self {
        let [what, why, next] = error.lines();
        Self::new(what, why, next)
    }
}
