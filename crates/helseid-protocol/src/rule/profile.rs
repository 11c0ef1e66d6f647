//! The four profiles that have a name.

use std::fmt;

use super::Switches;

/// How strictly the rules hold, by name; per authority and per client.
///
/// ```
/// use helseid_protocol::rule::Profile;
///
/// let names: Vec<_> = Profile::ALL.iter().map(|profile| profile.name()).collect();
/// assert!(names.contains(&"helseid") && names.contains(&"fapi2"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Today's rules of HelseID.
    #[default]
    Helseid,
    /// Today's rules, the announced one that an assertion's `jti` is used up by the first request that it authenticates, and
    /// stricter ones for logins, such as that every authorization request is pushed, and for userinfo.
    HelseidNext,
    /// What was accepted before 2025: `typ` `JWT` or none, `aud` the token endpoint, Bearer tokens.
    Legacy,
    /// FAPI 2.0 Security Profile Final for client credentials.
    Fapi2,
}

impl Profile {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Helseid, Self::HelseidNext, Self::Legacy, Self::Fapi2];

    /// As the command line and the registry write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Helseid => "helseid",
            Self::HelseidNext => "helseid-next",
            Self::Legacy => "legacy",
            Self::Fapi2 => "fapi2",
        }
    }

    /// What it makes of the rules.
    #[must_use]
    pub const fn switches(self) -> &'static Switches {
        match self {
            Self::Helseid => &Switches::HELSEID,
            Self::HelseidNext => &Switches::HELSEID_NEXT,
            Self::Legacy => &Switches::LEGACY,
            Self::Fapi2 => &Switches::FAPI2,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl std::str::FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|profile| profile.name() == text).ok_or_else(|| {
            format!("no such profile: expected helseid, helseid-next, legacy or fapi2, got {text:?}")
        })
    }
}
