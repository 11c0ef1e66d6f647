//! What becomes of a letter.

use ::http::StatusCode;

/// What became of a letter. Of an answer nothing but the class of its status is known: whoever registers an address learns nothing
/// of what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The first digit of the status.
    Answered(u16),
    /// There was no answer in time, also not at the second try.
    NoAnswer,
    NotSent(NotSent),
}

/// Why a letter was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotSent {
    /// Too many wait for the same client.
    QueueFull,
    /// There is nowhere to send it any more, or nothing to sign it with.
    NoAddress,
    /// The authority stops.
    Stopping,
}

impl Delivery {
    pub(super) fn of(status: StatusCode) -> Self {
        Self::Answered(status.as_u16() / 100)
    }

    /// Whether the client took it.
    pub(crate) const fn is_taken(self) -> bool {
        matches!(self, Self::Answered(2))
    }

    /// For people and the trace.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Answered(2) => "2xx",
            // It is not followed.
            Self::Answered(3) => "3xx",
            Self::Answered(4) => "4xx",
            Self::Answered(5) => "5xx",
            Self::Answered(_) => "another status",
            Self::NoAnswer => "no answer",
            Self::NotSent(NotSent::QueueFull) => "not sent: too many wait for this client",
            Self::NotSent(NotSent::NoAddress) => "not sent: there is no address to send it to",
            Self::NotSent(NotSent::Stopping) => "not sent: the authority stopped",
        }
    }
}
