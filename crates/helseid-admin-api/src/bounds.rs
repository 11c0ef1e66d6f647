//! What names and lists in the registry may hold. Each bound is part of a type, so that nothing can be written that is
//! refused when it is read.

use helseid_protocol::bounded::Bounded;
use helseid_protocol::details::OrganisationNumber;

/// The most keys of one client: enough for a new key each day while a key lives for 90 days.
pub const MAX_CLIENT_KEYS: usize = 100;

/// Units of an organisation.
///
/// ```
/// use helseid_admin_api::OrganisationNumbers;
///
/// let units: OrganisationNumbers = serde_json::from_str(r#"["994598759", "983658776"]"#)?;
/// assert_eq!(units.last().map(|unit| unit.as_str()), Some("983658776"));
/// // A list that is too long is refused while it is read, and so is a unit without nine digits.
/// let too_many = serde_json::to_string(&vec!["994598759"; OrganisationNumbers::MAX + 1])?;
/// assert!(serde_json::from_str::<OrganisationNumbers>(&too_many).is_err());
/// assert!(serde_json::from_str::<OrganisationNumbers>(r#"["99459875"]"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub type OrganisationNumbers = Bounded<OrganisationNumber, 1000>;

/// The claims that an API wants.
///
/// ```
/// use helseid_admin_api::{ClaimName, ClaimNames};
///
/// let named = "client_id helseid://claims/client/claims/orgnr_parent";
/// let claims = named.split(' ').map(str::parse).collect::<Result<Vec<ClaimName>, _>>()?;
/// let claims = ClaimNames::try_from(claims)?;
/// // As an API resource has it in JSON.
/// let json = serde_json::to_string(&claims)?;
/// assert_eq!(json, r#"["client_id","helseid://claims/client/claims/orgnr_parent"]"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type ClaimNames = Bounded<ClaimName, 100>;

/// The name of a client, an organisation or an access key, for people: at most 200 characters.
///
/// ```
/// use helseid_admin_api::DisplayName;
///
/// // 200 characters, however many bytes they have.
/// let longest = "ø".repeat(200);
/// assert_eq!(DisplayName::parse(&longest)?.to_string(), longest);
/// assert!(DisplayName::parse(&format!("{longest}x")).is_err());
/// # Ok::<(), helseid_admin_api::InvalidDisplayName>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct DisplayName(Box<str>);

/// The text is too long for a name, or holds a control character.
///
/// ```
/// use helseid_admin_api::{DisplayName, InvalidDisplayName};
///
/// // A line break could forge a line of a log.
/// assert_eq!("Journal\nadmin".parse::<DisplayName>(), Err(InvalidDisplayName));
/// let refused = serde_json::from_str::<DisplayName>(r#""Journal\nadmin""#).map_err(|why| why.to_string());
/// assert!(refused.is_err_and(|why| why.starts_with("a name has at most 200 characters")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has at most 200 characters, none of them a control character")]
pub struct InvalidDisplayName;

/// The name of a claim about clients: a word of at most 256 bytes.
///
/// ```
/// use helseid_admin_api::ClaimName;
///
/// let name: ClaimName = "nhn:api/client/claims/sfm-id".parse()?;
/// assert_eq!(name.as_str(), "nhn:api/client/claims/sfm-id");
/// // Two words are two names, and are given one by one.
/// assert!(ClaimName::parse("sfm-id client_id").is_err());
/// # Ok::<(), helseid_admin_api::InvalidClaimName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ClaimName(Box<str>);

/// The text is not one word.
///
/// ```
/// use helseid_admin_api::{ApiResource, ClaimName, InvalidClaimName};
///
/// assert_eq!(ClaimName::parse(""), Err(InvalidClaimName));
/// // An API resource with such a name is not registered.
/// let json = r#"{"audience":"nhn:api","scopes":["nhn:api/read"],"claims":["client id"]}"#;
/// let refused = serde_json::from_str::<ApiResource>(json).map_err(|why| why.to_string());
/// assert!(refused.is_err_and(|why| why.contains(&InvalidClaimName.to_string())));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a claim is one word of at most 256 bytes")]
pub struct InvalidClaimName;

impl DisplayName {
    /// Takes at most 200 characters, none of them a control character. An empty text is an empty name.
    pub fn parse(text: &str) -> Result<Self, InvalidDisplayName> {
        // Most texts are short in bytes already.
        let is_short = text.len() <= 200 || text.chars().take(201).count() <= 200;
        if is_short && !text.chars().any(char::is_control) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidDisplayName)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ClaimName {
    /// Takes 1 to 256 bytes without spaces and control characters.
    pub fn parse(text: &str) -> Result<Self, InvalidClaimName> {
        let is_word = (1..=256).contains(&text.len())
            && !text.chars().any(|character| character.is_whitespace() || character.is_control());
        if is_word { Ok(Self(text.into())) } else { Err(InvalidClaimName) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

helseid_protocol::as_text! {
    DisplayName, InvalidDisplayName;
    ClaimName, InvalidClaimName;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_printable_however_it_comes() {
        let longest = "ø".repeat(200);
        assert_eq!(DisplayName::parse(&longest).map(|name| name.to_string()), Ok(longest.clone()));
        assert_eq!(DisplayName::parse(&format!("{longest}x")), Err(InvalidDisplayName));
        assert_eq!(DisplayName::parse("a\u{85}b"), Err(InvalidDisplayName));
        let json = serde_json::to_string(&format!("{longest}x")).expect("a text");
        assert!(serde_json::from_str::<DisplayName>(&json).is_err());
    }

    #[test]
    fn the_name_of_a_claim_is_one_word() {
        let longest = "x".repeat(256);
        assert!(ClaimName::parse(&longest).is_ok());
        for wrong in ["", "a b", "a\u{a0}b", "a\0b", &format!("{longest}x")] {
            assert_eq!(ClaimName::parse(wrong), Err(InvalidClaimName), "{wrong:?}");
        }
    }
}
