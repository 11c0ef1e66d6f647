//! The rules of a refresh family (RFC 9700 section 4.14), as plain data.
//!
//! At any time a family has one token that was accepted last, or its first, and the successors that were handed out for it.
//! Accepting a successor makes it that token, and ends the one before it and its siblings. Presenting anything else ends
//! the family. A one-time token may be presented again within its client's grace, until a successor was accepted.

use std::time::Duration;

use helseid_protocol::bounded::Bounded;
use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;

use super::{Data, Endings, FamilyId, SecretHash, Session, SessionId, Subject};

/// The most successors of one token: more are asked for by nobody who lost an answer.
pub(super) const MAX_SUCCESSORS: usize = 64;

/// A family that is to be created.
#[derive(Debug, Clone)]
pub(crate) struct NewFamily {
    pub(crate) family: Family,
    /// The hash of its first token.
    pub(crate) token: SecretHash,
    /// Its session, where that is not stored yet: both are stored, or neither is.
    pub(crate) begins: Option<Session>,
    /// As it was when the login was granted.
    pub(crate) granted_at: Endings,
}

/// A family of refresh tokens: all that follow from one login at one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Family {
    pub(crate) id: FamilyId,
    /// The session that it ends with.
    pub(crate) session: Option<SessionId>,
    pub(crate) client: ClientId,
    pub(crate) subject: Subject,
    pub(crate) data: Data,
    pub(crate) expires: Timestamp,
}

/// A refresh token as it is presented.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Presented<'a> {
    pub(crate) family: &'a FamilyId,
    pub(crate) token: &'a SecretHash,
    /// The authenticated client.
    pub(crate) client: &'a ClientId,
    /// How often, and for how long, a token may be presented.
    pub(crate) reuse: Reuse,
    pub(crate) now: Timestamp,
}

/// Whether a token may be presented more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reuse {
    /// Until it expires.
    Always,
    /// For so long after it was presented first, as long as no successor was accepted.
    Within(Duration),
}

/// What became of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// It was accepted, and the successor is good from now on.
    Accepted(Family),
    /// It was used before, and not within the grace: its family has ended by this.
    Reused,
    /// Its family has ended or expired, or there is none of that id for this client. Nothing was changed.
    Refused,
    /// Too many successors were handed out for it already. Nothing was changed.
    TooMany,
}

/// The tokens of a family.
#[derive(Debug)]
pub(super) struct Tokens {
    /// The one that was accepted last, or the first.
    pub(super) current: SecretHash,
    /// When it was presented first.
    pub(super) presented: Option<Timestamp>,
    pub(super) successors: Bounded<SecretHash, MAX_SUCCESSORS>,
}

/// What a token is to its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The current token, which may be presented.
    Current,
    /// A successor: it becomes the current token.
    Successor,
    /// It was used before, or is a sibling of one that was.
    Used,
}

impl Tokens {
    /// What this token is.
    pub(super) fn standing(&self, token: &SecretHash, reuse: Reuse, now: Timestamp) -> Standing {
        if self.successors.contains(token) {
            return Standing::Successor;
        }
        let may_be_presented = match (self.presented, reuse) {
            (None, _) | (_, Reuse::Always) => true,
            // No grace is none, also within the second.
            (Some(first), Reuse::Within(grace)) => !grace.is_zero() && now <= first.plus(grace),
        };
        if self.current == *token && may_be_presented { Standing::Current } else { Standing::Used }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn standing(token: &str, presented: Option<i64>, reuse: Reuse) -> Standing {
        let tokens = Tokens {
            current: SecretHash::of("current"),
            presented: presented.map(|seconds| Timestamp::from_seconds(NOW.seconds() - seconds)),
            successors: Bounded::of(["one", "two"].map(SecretHash::of)).unwrap(),
        };
        tokens.standing(&SecretHash::of(token), reuse, NOW)
    }

    #[test]
    fn a_token_stands_by_what_was_presented_before() {
        let (never, minute) = (Reuse::Within(Duration::ZERO), Reuse::Within(Duration::from_secs(60)));
        for (token, presented, reuse, expected) in [
            ("current", None, never, Standing::Current),
            ("current", Some(0), never, Standing::Used),
            ("current", Some(60), minute, Standing::Current),
            ("current", Some(61), minute, Standing::Used),
            // By the clock of another replica.
            ("current", Some(-5), minute, Standing::Current),
            ("current", Some(1_000_000), Reuse::Always, Standing::Current),
            ("one", Some(1_000_000), never, Standing::Successor),
            ("two", Some(0), minute, Standing::Successor),
            ("older", None, Reuse::Always, Standing::Used),
        ] {
            assert_eq!(standing(token, presented, reuse), expected, "{token} {presented:?} {reuse:?}");
        }
    }
}
