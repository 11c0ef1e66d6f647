//! Why a caller was not let in.

use std::fmt;

use helseid_protocol::resource::status;
use helseid_protocol::rule::{Fault, Rule};
use http::StatusCode;

/// Why a caller was not let in. Stands in the extensions of the answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Rejection {
    /// There was no `Authorization` header.
    NoCredentials,
    /// A rule was broken.
    Fault(Fault),
    /// Nothing is known to be wrong with the request, and it cannot be let in for now.
    Unavailable(Unavailable),
    /// The handler asks for a caller, and no layer of this crate is around it: a mistake of the service.
    Unprotected,
}

/// What is missing for now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// The issuer has not given its keys yet; why is for our own log.
    Keys(String),
    /// The guard holds as many used proofs as it may.
    ReplayFull,
    /// The guard is out of reach, or was restarted and may have forgotten used proofs.
    ReplayAway,
    /// The guard may have forgotten used proofs too early, because a clock was moved.
    ReplayForgotten,
}

impl Rejection {
    /// The broken rule, if one was.
    #[must_use]
    pub const fn rule(&self) -> Option<Rule> {
        match self {
            Self::Fault(fault) => Some(fault.rule()),
            Self::NoCredentials | Self::Unavailable(_) | Self::Unprotected => None,
        }
    }

    /// The reason in one word, as metrics have it: the rule's id, `no_credentials`, `keys_unavailable`, `replay_full`,
    /// `replay_away`, `replay_forgotten` or `unprotected`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.rule().id(),
            Self::NoCredentials => "no_credentials",
            Self::Unavailable(Unavailable::Keys(_)) => "keys_unavailable",
            Self::Unavailable(Unavailable::ReplayFull) => "replay_full",
            Self::Unavailable(Unavailable::ReplayAway) => "replay_away",
            Self::Unavailable(Unavailable::ReplayForgotten) => "replay_forgotten",
            Self::Unprotected => "unprotected",
        }
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NoCredentials => StatusCode::UNAUTHORIZED,
            Self::Fault(fault) => status(fault.code()),
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unprotected => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredentials => out.write_str("no credentials came"),
            Self::Fault(fault) => fault.fmt(out),
            Self::Unavailable(what) => what.fmt(out),
            Self::Unprotected => out.write_str("the route has no protection"),
        }
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(why) => write!(out, "the issuer's keys cannot be had: {why}"),
            Self::ReplayFull => out.write_str("no more used proofs can be remembered"),
            Self::ReplayAway => out.write_str("the memory of used proofs is out of reach or was restarted"),
            Self::ReplayForgotten => {
                out.write_str("a used proof may have been forgotten too early: a clock was moved")
            }
        }
    }
}
