//! Synthetic persons who log in at the local authority.

use helseid_protocol::person::{
    HealthPersonnel, InvalidName, InvalidPersonNumber, Person, PersonName, PersonNumber, SyntheticMonth,
};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::identity_provider::TestProviders;
use crate::level::PersonLevel;
#[cfg(test)]
use crate::openapi::schema;
use crate::short_name::ShortName;

/// The most persons of a registry.
pub const MAX_PERSONS: usize = 1000;

/// A synthetic person. `Debug` shows no number.
///
/// Its JSON may have a number with 40 added to the month; whether that will do is up to the authority.
///
/// ```
/// use helseid_admin_api::{PersonEntry, PersonLevel};
///
/// # let json = r#"{"short_name":"doctor","number":"15849197352","given_name":"LIVSTRETT","family_name":"BEVER"}"#;
/// let entry: PersonEntry = serde_json::from_str(json)?;
/// assert_eq!(entry.person.name.full(), "LIVSTRETT BEVER");
/// assert_eq!(entry.level, PersonLevel::High);
/// // The number is in JSON, and not in a log.
/// assert_eq!(serde_json::to_value(&entry)?["number"], "15849197352");
/// assert!(!format!("{entry:?}").contains("15849197352"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct PersonEntry {
    /// What the person is called wherever a number may not stand.
    pub short_name: ShortName,
    /// Number, names, and registration as health personnel.
    pub person: Person,
    /// The highest level that the person can log in at.
    pub level: PersonLevel,
    /// The identity providers that know the person; all of them if the list is empty.
    pub identity_providers: TestProviders,
}

/// A synthetic person.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "PersonEntry"))]
struct Written {
    /// What the person is called on the command line, in addresses and in seed files.
    #[cfg_attr(test, schemars(with = "schema::ShortName"))]
    short_name: ShortName,
    /// The synthetic national identity number or D-number.
    #[serde(deserialize_with = "text_alone")]
    #[cfg_attr(test, schemars(with = "schema::PersonNumber"))]
    number: String,
    /// The given name.
    #[cfg_attr(test, schemars(with = "schema::PartOfName"))]
    given_name: String,
    /// The middle name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::PartOfName>"))]
    middle_name: Option<String>,
    /// The family name.
    #[cfg_attr(test, schemars(with = "schema::PartOfName"))]
    family_name: String,
    /// The highest level that the person can log in at. By default 4.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "schema::PersonLevel"))]
    level: PersonLevel,
    /// The identity providers that know the person. An empty list means all of them.
    #[serde(default, skip_serializing_if = "TestProviders::is_empty")]
    #[cfg_attr(test, schemars(with = "schema::IdentityProviders"))]
    identity_providers: TestProviders,
    /// The registration in HPR, the register of health personnel.
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::HealthPersonnel>"))]
    health_personnel: Option<HealthPersonnel>,
}

/// Why a person cannot be registered. Never repeats a number.
///
/// ```
/// use helseid_admin_api::{InvalidPerson, PersonEntry};
/// use helseid_protocol::person::PersonName;
///
/// # let json = r#"{"short_name":"doctor","number":"15849197353","given_name":"LIVSTRETT","family_name":"BEVER"}"#;
/// // One digit of the number is wrong.
/// let refused = serde_json::from_str::<PersonEntry>(json).map_err(|why| why.to_string());
/// assert!(refused.is_err_and(|why| why.starts_with("number: ") && !why.contains("15849197353")));
/// let nameless = PersonName::new("", None, "BEVER").map_err(InvalidPerson::Name);
/// assert!(nameless.is_err_and(|why| why.to_string().contains("given")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPerson {
    /// The number.
    #[error("number: {0}")]
    Number(InvalidPersonNumber),
    /// A name.
    #[error(transparent)]
    Name(InvalidName),
}

impl PersonEntry {
    /// A person of level 4 whom all identity providers know.
    #[must_use]
    pub fn new(short_name: ShortName, person: Person) -> Self {
        let (level, identity_providers) = (PersonLevel::default(), TestProviders::default());
        Self { short_name, person, level, identity_providers }
    }
}

impl TryFrom<Written> for PersonEntry {
    type Error = InvalidPerson;

    fn try_from(written: Written) -> Result<Self, InvalidPerson> {
        let number = PersonNumber::parse(&written.number, SyntheticMonth::Plus80OrPlus40);
        let name = PersonName::new(&written.given_name, written.middle_name.as_deref(), &written.family_name);
        let person = Person {
            number: number.map_err(InvalidPerson::Number)?,
            name: name.map_err(InvalidPerson::Name)?,
            health_personnel: written.health_personnel,
        };
        let Written { short_name, level, identity_providers, .. } = written;
        Ok(Self { short_name, person, level, identity_providers })
    }
}

impl From<PersonEntry> for Written {
    fn from(entry: PersonEntry) -> Self {
        let Person { number, name, health_personnel } = entry.person;
        Self {
            short_name: entry.short_name,
            number: number.expose().to_owned(),
            given_name: name.given().to_owned(),
            middle_name: name.middle().map(ToOwned::to_owned),
            family_name: name.family().to_owned(),
            level: entry.level,
            identity_providers: entry.identity_providers,
            health_personnel,
        }
    }
}

/// A text. What is none is refused without being repeated.
fn text_alone<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Sent {
        Text(String),
        Other(IgnoredAny),
    }
    match Sent::deserialize(from)? {
        Sent::Text(text) => Ok(text),
        Sent::Other(_) => Err(serde::de::Error::custom("number: expected eleven digits in quotation marks")),
    }
}

/// A registration of which nothing is passed over. Userinfo of HelseID may say more than is read here; whoever writes a name that
/// is not known has misspelt one.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<HealthPersonnel>, D::Error> {
    use serde::de::Error as _;
    let sent = Value::deserialize(from)?;
    let read: Option<HealthPersonnel> = serde_json::from_value(sent.clone()).map_err(D::Error::custom)?;
    let known = serde_json::to_value(&read).map_err(D::Error::custom)?;
    match passed_over(&sent, &known) {
        None => Ok(read),
        Some(name) => Err(D::Error::custom(format_args!("health_personnel: unknown field `{name}`"))),
    }
}

/// The name of a member that was sent and is not there any more.
fn passed_over<'s>(sent: &'s Value, known: &Value) -> Option<&'s str> {
    match (sent, known) {
        (Value::Object(sent), Value::Object(known)) => {
            sent.iter().find_map(|(name, value)| match known.get(name) {
                Some(known) => passed_over(value, known),
                None => (!value.is_null()).then_some(name.as_str()),
            })
        }
        (Value::Array(sent), Value::Array(known)) => {
            sent.iter().zip(known).find_map(|(sent, known)| passed_over(sent, known))
        }
        _ => None,
    }
}

#[cfg(test)]
impl schemars::JsonSchema for PersonEntry {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Written::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

#[cfg(test)]
mod tests;
