//! The levels that persons log in at.

use std::fmt;

use helseid_protocol::claims::SecurityLevel;
use serde::{Deserialize, Serialize};

/// How strongly a person can log in, in JSON as the number of HelseID's level.
///
/// ```
/// use helseid_admin_api::PersonLevel;
/// use helseid_protocol::claims::SecurityLevel;
///
/// let level: PersonLevel = "3".parse()?;
/// // Someone who logs in at level 3 does not reach an API that demands 4.
/// assert!(level < PersonLevel::High && level.security_level() == SecurityLevel::Substantial);
/// assert_eq!(serde_json::to_value(level)?, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum PersonLevel {
    /// 3, substantial.
    Substantial,
    /// 4, high.
    #[default]
    High,
}

/// The number is no level that a person logs in at.
///
/// ```
/// use helseid_admin_api::{InvalidPersonLevel, PersonLevel};
///
/// assert_eq!(PersonLevel::try_from(2), Err(InvalidPersonLevel));
/// // Neither is the name that tokens have for it.
/// assert_eq!("Level4".parse::<PersonLevel>(), Err(InvalidPersonLevel));
/// assert_eq!(InvalidPersonLevel.to_string(), "a person logs in at level 3 or 4");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a person logs in at level 3 or 4")]
pub struct InvalidPersonLevel;

impl PersonLevel {
    /// The level as tokens have it.
    #[must_use]
    pub const fn security_level(self) -> SecurityLevel {
        match self {
            Self::Substantial => SecurityLevel::Substantial,
            Self::High => SecurityLevel::High,
        }
    }
}

impl TryFrom<u8> for PersonLevel {
    type Error = InvalidPersonLevel;

    fn try_from(number: u8) -> Result<Self, InvalidPersonLevel> {
        match number {
            3 => Ok(Self::Substantial),
            4 => Ok(Self::High),
            _ => Err(InvalidPersonLevel),
        }
    }
}

impl From<PersonLevel> for u8 {
    fn from(level: PersonLevel) -> Self {
        match level {
            PersonLevel::Substantial => 3,
            PersonLevel::High => 4,
        }
    }
}

impl fmt::Display for PersonLevel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        u8::from(*self).fmt(out)
    }
}

impl std::str::FromStr for PersonLevel {
    type Err = InvalidPersonLevel;

    fn from_str(text: &str) -> Result<Self, InvalidPersonLevel> {
        text.parse::<u8>().map_err(|_| InvalidPersonLevel)?.try_into()
    }
}
