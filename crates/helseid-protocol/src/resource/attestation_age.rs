//! How old an attestation of the trust framework may be, and from when its age counts.

use std::time::Duration;

use serde_json::Value;

use super::Moment;
use crate::claims::AccessTokenClaims;
use crate::claims::name::ATTESTED_AT;
use crate::rule::Facts;
use crate::time::Timestamp;

/// How old an attestation may be: 60 minutes by default (Trust framework: business rules, ATT-58).
///
/// The age counts from the time at which the authority accepted it, which stands beside it in the token
/// ([`ATTESTED_AT`]). HelseID is not known to write one, and what a client says of the time, in `toa`, is not asked for: without
/// one the age counts from the login (`auth_time`), which is never later than the attestation, so that none passes that is too old.
///
/// ```
/// use helseid_protocol::resource::AttestationAge;
/// use std::time::Duration;
///
/// let a_quarter = AttestationAge::at_most(Duration::from_secs(15 * 60));
/// assert_eq!(AttestationAge::default(), AttestationAge::at_most(AttestationAge::LONGEST));
/// # assert_ne!(a_quarter, AttestationAge::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttestationAge {
    longest: Duration,
    without_a_time: CountedFrom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CountedFrom {
    Login,
    Issue,
}

impl Default for AttestationAge {
    fn default() -> Self {
        Self::at_most(Self::LONGEST)
    }
}

impl AttestationAge {
    /// As the trust framework has it: 60 minutes.
    pub const LONGEST: Duration = Duration::from_secs(60 * 60);

    /// This old, and no older.
    #[must_use]
    pub const fn at_most(longest: Duration) -> Self {
        Self { longest, without_a_time: CountedFrom::Login }
    }

    /// Counts the age of an attestation without a time from the token's `iat` instead of the login. For APIs whose callers attest in the
    /// assertion with which they fetch each token, which the API cannot tell: an attestation of the login is in every refreshed
    /// token, whose `iat` is new, and never gets old.
    #[must_use]
    pub const fn insecure_from_issue(mut self) -> Self {
        self.without_a_time = CountedFrom::Issue;
        self
    }

    /// Whether the attestation of that token is new enough.
    pub(super) fn is_new_enough(self, claims: &AccessTokenClaims, moment: Moment) -> Result<(), Facts> {
        let expected = format!("an attestation of at most {} minutes", self.longest.as_secs().div_ceil(60));
        let Some(given) = self.given(claims, moment)? else {
            return Err(Facts::new(expected, "a token that does not tell how old it is"));
        };
        let age = moment.now.since(given);
        if given > moment.now.plus(moment.tolerance) {
            return Err(Facts::new(expected, "one of the future"));
        }
        if age > self.longest.saturating_add(moment.tolerance) {
            return Err(Facts::new(expected, format_args!("one of {} minutes", age.as_secs() / 60)));
        }
        Ok(())
    }

    fn given(self, claims: &AccessTokenClaims, moment: Moment) -> Result<Option<Timestamp>, Facts> {
        let Some(stamped) = claims.all().get(ATTESTED_AT) else {
            return Ok(match self.without_a_time {
                CountedFrom::Login => claims.authenticated(),
                CountedFrom::Issue => claims.issued(),
            });
        };
        let time = stamped.as_i64().map(Timestamp::from_seconds);
        let issued = claims.issued().or_else(|| claims.not_before());
        // The authority stamps before it issues: what is later was not stamped by it.
        let is_stamped =
            |time: &Timestamp| issued.is_none_or(|issued| *time <= issued.plus(moment.tolerance));
        time.filter(is_stamped).map(Some).ok_or_else(|| {
            Facts::new("a time of attestation, at the latest when the token was issued", kind(stamped))
        })
    }
}

fn kind(stamped: &Value) -> &'static str {
    if stamped.is_i64() { "a later one" } else { "no whole number of seconds" }
}
