//! `acr_values`: how strongly, and where, a user is to log in (HelseID: control of the login).

use crate::claims::SecurityLevel;
use crate::rule::{Facts, Rule, Trail};

use super::Text;

/// The longest `acr_values`, in bytes: as HelseID's platform has it.
pub(super) const MAX_BYTES: usize = 300;

/// What `acr_values` asks for, as far as it is understood.
///
/// ```
/// use helseid_protocol::authorize::{AcrValues, Text};
/// use helseid_protocol::claims::SecurityLevel;
///
/// // What `acr_values=Level4 idp:testidp-oidc` asks for.
/// let asked = AcrValues { level: Some(SecurityLevel::High), provider: Text::parse("testidp-oidc").ok() };
/// let kept = serde_json::to_string(&asked)?;
/// assert_eq!(kept, r#"{"level":"Level4","provider":"testidp-oidc"}"#);
/// assert_eq!(serde_json::from_str::<AcrValues>(&kept)?, asked);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcrValues {
    /// The lowest level that will do; of several that are named, the lowest.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "level")]
    pub level: Option<SecurityLevel>,
    /// The identity provider, one of those that there are; of several that are named, the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Text<MAX_BYTES>>,
}

impl AcrValues {
    /// Reads the words of `text`. One that is not known is passed over with a warning, as are those that only an identity
    /// provider knows, such as `amr:bankid`.
    pub(super) fn read(text: &Text<MAX_BYTES>, providers: &[&str], trail: &mut Trail) -> Self {
        let mut values = Self::default();
        let mut unknown = None;
        for word in text.as_str().split(' ').filter(|word| !word.is_empty()) {
            if let Some(level) = level_of(word) {
                values.level = Some(values.level.map_or(level, |other| other.min(level)));
            } else if let Some(name) = word.strip_prefix("idp:").filter(|name| providers.contains(name)) {
                values.provider = values.provider.or_else(|| Text::parse(name).ok());
            } else if !is_for_the_provider(word) {
                unknown = unknown.or(Some(word));
            }
        }
        match unknown {
            None => trail.holds(Rule::AuthorizeAcrValues),
            Some(word) => {
                let expected = "Level2, Level3, Level4, or idp: and the name of an identity provider";
                trail.warn(Rule::AuthorizeAcrValues, Facts::value(expected, word));
            }
        }
        values
    }
}

fn level_of(word: &str) -> Option<SecurityLevel> {
    match word {
        "Level2" => Some(SecurityLevel::Low),
        "Level3" | "Substantial" => Some(SecurityLevel::Substantial),
        "Level4" | "High" => Some(SecurityLevel::High),
        _ => None,
    }
}

/// HelseID: use of ID-porten: `amr:bankid`, `bp:amr:sc`.
fn is_for_the_provider(word: &str) -> bool {
    word.starts_with("amr:") || word.starts_with("bp:amr:")
}

/// A level as the word of `acr_values` that asks for it.
pub(super) mod level {
    use std::borrow::Cow;

    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::claims::SecurityLevel;

    #[expect(clippy::ref_option, reason = "serde gives it so")]
    pub(in super::super) fn serialize<S: Serializer>(
        level: &Option<SecurityLevel>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match level {
            Some(level) => to.serialize_str(level.acr()),
            None => to.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<SecurityLevel>, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        let level = super::level_of(&text).ok_or_else(|| serde::de::Error::custom("no level"))?;
        Ok(Some(level))
    }
}
