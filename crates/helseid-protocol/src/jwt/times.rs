//! The times of a JWT that is made for one use, such as an assertion or a request object.

use std::time::Duration;

use serde_json::Value;

use super::member;
use crate::jose::json::Object;
use crate::rule::Facts;
use crate::time::Timestamp;

/// Claims, held against the time now.
#[derive(Clone, Copy)]
pub(crate) struct Times<'a> {
    pub(crate) claims: &'a Object,
    pub(crate) now: Timestamp,
    /// How far clocks may differ.
    pub(crate) tolerance: Duration,
}

impl Times<'_> {
    /// RFC 7519 section 4.1.4, RFC 7523 section 3 (4): `exp` is there, and to come.
    pub(crate) fn exp_is_not_past(self) -> Result<Timestamp, Facts> {
        let expires = member::seconds(self.claims, "exp")?;
        if expires > self.now.minus(self.tolerance) {
            Ok(expires)
        } else {
            Err(Facts::new(format_args!("exp after {}", self.now), expires))
        }
    }

    /// HelseID: use of client assertion, use of request objects: `exp` is at most so far ahead.
    pub(crate) fn exp_is_near(self, expires: Timestamp, lifetime: Duration) -> Result<(), Facts> {
        let limit = self.now.plus(lifetime);
        if expires <= limit.plus(self.tolerance) {
            Ok(())
        } else {
            Err(Facts::new(format_args!("exp at {limit} or before"), expires))
        }
    }

    /// RFC 7519 section 4.1.5, RFC 7523 section 3 (5).
    pub(crate) fn nbf_is_reached(self) -> Result<(), Facts> {
        self.is_not_ahead("nbf", member::optional_seconds(self.claims, "nbf")?)
    }

    /// RFC 7519 section 4.1.6, RFC 7523 section 3 (6). May be a text of digits; whether it is, is told.
    pub(crate) fn iat_is_not_ahead(self) -> Result<Written, Facts> {
        let (issued, written) = match self.claims.get("iat") {
            Some(Value::String(digits)) => {
                let seconds = digits
                    .parse()
                    .map_err(|_| Facts::new("a number of seconds in iat", "a string without one"))?;
                (Some(Timestamp::from_seconds(seconds)), Written::AsText)
            }
            _ => (member::optional_seconds(self.claims, "iat")?, Written::AsNumber),
        };
        self.is_not_ahead("iat", issued).map(|()| written)
    }

    fn is_not_ahead(self, name: &str, time: Option<Timestamp>) -> Result<(), Facts> {
        match time {
            Some(time) if time > self.now.plus(self.tolerance) => {
                Err(Facts::new(format_args!("{name} at {} or before", self.now), time))
            }
            _ => Ok(()),
        }
    }
}

/// How a number of seconds stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// As a JSON number, or not at all.
    AsNumber,
    /// As a text of digits.
    AsText,
}
