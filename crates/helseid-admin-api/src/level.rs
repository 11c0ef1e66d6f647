//! The levels that persons log in at.

use std::fmt;

use helseid_protocol::claims::SecurityLevel;
use serde::{Deserialize, Serialize};

/// How strongly a person can log in, in JSON as the number of HelseID's level.
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
