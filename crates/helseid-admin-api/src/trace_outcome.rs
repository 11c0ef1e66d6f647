//! How a request ended.

use serde::{Deserialize, Serialize};

/// How a request ended.
///
/// ```
/// use helseid_admin_api::TraceOutcome;
///
/// let outcome: TraceOutcome = "nonce_wanted".parse()?;
/// assert_eq!(outcome, TraceOutcome::NonceWanted);
/// let refused = "failed".parse::<TraceOutcome>();
/// assert!(refused.is_err_and(|why| why.contains("refused or unavailable")));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum TraceOutcome {
    /// It was given what it asked for, such as a token.
    Granted,
    /// It was sent back for a nonce, as the first request of a client is.
    NonceWanted,
    /// It broke a rule.
    Refused,
    /// It could not be answered at that time.
    Unavailable,
}

impl TraceOutcome {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Granted, Self::NonceWanted, Self::Refused, Self::Unavailable];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::NonceWanted => "nonce_wanted",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
        }
    }
}

impl std::str::FromStr for TraceOutcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|outcome| outcome.name() == text);
        known.ok_or_else(|| "expected granted, nonce_wanted, refused or unavailable".to_owned())
    }
}
