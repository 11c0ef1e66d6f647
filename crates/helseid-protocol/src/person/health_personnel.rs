//! What HPR, the register of health personnel, says of a person.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bounded::Bounded;
use crate::visible::is_hidden;

/// A number in HPR: one to nine digits that do not begin with zero. It leads to a person by name, so it does not print itself.
///
/// ```
/// use helseid_protocol::person::HprNumber;
///
/// let number = HprNumber::parse("565550846")?;
/// assert_eq!(number.expose(), 565_550_846);
/// # Ok::<(), helseid_protocol::person::InvalidHpr>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HprNumber(u32);

/// Which profession an approval is for: a code of Volven 9060, such as `LE` for a doctor and `FA1` for a pharmacist.
///
/// ```
/// use helseid_protocol::person::Profession;
///
/// assert_eq!(Profession::parse("LE")?.as_str(), "LE");
/// # Ok::<(), helseid_protocol::person::InvalidHpr>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Profession(Box<str>);

/// Why something is not of HPR. Never repeats a number.
///
/// ```
/// use helseid_protocol::person::{HprNumber, InvalidHpr};
///
/// assert!(matches!(HprNumber::parse("0123"), Err(InvalidHpr::Number)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHpr {
    /// No number.
    #[error("expected an HPR number of one to nine digits that does not begin with zero")]
    Number,
    /// No code.
    #[error("expected a profession such as LE: one to eight capital letters and digits, a letter first")]
    Profession,
}

/// A person's registration in HPR, as userinfo has it in `hpr_details` (HelseID: userinfo endpoint).
///
/// ```
/// use helseid_protocol::person::{HealthPersonnel, Profession};
///
/// fn is_a_doctor(registered: &HealthPersonnel, doctor: &Profession) -> bool {
///     registered.approvals.iter().any(|approval| approval.profession == *doctor)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthPersonnel {
    /// The number, in JSON a number.
    pub hpr_number: HprNumber,
    /// What the person is approved for.
    #[serde(default)]
    pub approvals: Bounded<Approval, 16>,
}

/// An approval for one profession.
///
/// ```
/// use helseid_protocol::person::Approval;
///
/// /// What a doctor may prescribe, as HPR describes it.
/// fn rights(approval: &Approval) -> Vec<&str> {
///     approval.requisition_rights.iter().map(|right| right.description.as_str()).collect()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The profession.
    pub profession: Profession,
    /// The kind of authorization, such as `1`, `Autorisasjon`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<CodedValue>,
    /// What the person may order, such as `1`, `Full rekvisisjonsrett`.
    #[serde(default)]
    pub requisition_rights: Bounded<CodedValue, 32>,
    /// The specialities, such as `40`, `Psykiatri`.
    #[serde(default)]
    pub specialities: Bounded<CodedValue, 32>,
}

/// A code and what it stands for.
///
/// ```
/// use helseid_protocol::person::CodedValue;
///
/// let authorization = CodedValue::new("1", "Autorisasjon").ok_or("too long")?;
/// assert_eq!(authorization.description, "Autorisasjon");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodedValue {
    /// The code, as a text.
    #[serde(deserialize_with = "short_text")]
    pub value: String,
    /// What it stands for.
    #[serde(default, deserialize_with = "short_text")]
    pub description: String,
}

impl HprNumber {
    /// Takes one to nine digits of which the first is not zero.
    pub fn parse(text: &str) -> Result<Self, InvalidHpr> {
        let is_number = (1..=9).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && !text.starts_with('0');
        let number = is_number.then(|| text.parse().ok()).flatten();
        number.map(Self).ok_or(InvalidHpr::Number)
    }

    /// The number, for the one place that must store, send or show it.
    #[must_use]
    pub const fn expose(self) -> u32 {
        self.0
    }
}

impl fmt::Debug for HprNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HprNumber(hidden)")
    }
}

impl Serialize for HprNumber {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(self.0)
    }
}

/// As a number, or as a text that is one.
impl<'de> Deserialize<'de> for HprNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u32),
            Text(String),
        }
        let text = match Written::deserialize(from) {
            Ok(Written::Number(number)) => number.to_string(),
            Ok(Written::Text(text)) => text,
            // Whatever it was, it is not repeated.
            Err(_) => return Err(serde::de::Error::custom(InvalidHpr::Number)),
        };
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Profession {
    /// Takes one to eight capital letters and digits, a letter first.
    pub fn parse(text: &str) -> Result<Self, InvalidHpr> {
        let is_allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let is_code = (1..=8).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.bytes().all(is_allowed);
        if is_code { Ok(Self(text.into())) } else { Err(InvalidHpr::Profession) }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Profession {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

crate::as_text! { Profession, InvalidHpr; }

impl CodedValue {
    /// The most bytes of each text.
    pub const MAX_BYTES: usize = 200;

    /// A code and what it stands for; none if one is longer than 200 bytes or has characters that cannot be seen.
    #[must_use]
    pub fn new(value: &str, description: &str) -> Option<Self> {
        let fits = [value, description].into_iter().all(is_short_text);
        (fits && !value.is_empty())
            .then(|| Self { value: value.to_owned(), description: description.to_owned() })
    }
}

fn is_short_text(text: &str) -> bool {
    text.len() <= CodedValue::MAX_BYTES && !text.chars().any(is_hidden)
}

fn short_text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if is_short_text(&text) {
        return Ok(text);
    }
    let expected = format!("expected at most {} bytes that can be seen", CodedValue::MAX_BYTES);
    Err(serde::de::Error::custom(expected))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_is_one_to_nine_digits_and_is_not_shown() {
        assert_eq!(HprNumber::parse("565505933").map(HprNumber::expose), Ok(565_505_933));
        for text in ["", "0", "012", "1234567890", "12a", "-1", " 1", "١٢"] {
            assert_eq!(HprNumber::parse(text), Err(InvalidHpr::Number), "{text}");
        }
        assert_eq!(format!("{:?}", HprNumber(7)), "HprNumber(hidden)");
    }

    #[test]
    fn a_profession_is_a_code_of_capital_letters_and_digits() {
        for code in ["LE", "FA1", "X", "ABCDEFG8"] {
            assert_eq!(Profession::parse(code).map(|code| code.to_string()).as_deref(), Ok(code));
        }
        for code in ["", "le", "1A", "A B", "ABCDEFGH9", "Å"] {
            assert_eq!(Profession::parse(code), Err(InvalidHpr::Profession), "{code}");
        }
    }

    #[test]
    fn details_are_read_as_helseid_writes_them_and_written_the_same() {
        let written = json!({
            "hpr_number": 565_505_933,
            "approvals": [{
                "profession": "LE",
                "authorization": { "value": "1", "description": "Autorisasjon" },
                "requisition_rights": [{ "value": "1", "description": "Full rekvisisjonsrett" }],
                "specialities": [{ "value": "40", "description": "Psykiatri" }],
            }],
        });
        let details: HealthPersonnel = serde_json::from_value(written.clone()).expect("details");
        assert_eq!(serde_json::to_value(&details).expect("JSON"), written);
        let mut as_text = written;
        as_text["hpr_number"] = json!("565505933");
        assert_eq!(serde_json::from_value::<HealthPersonnel>(as_text).expect("details"), details);
    }

    #[test]
    fn what_is_too_much_or_no_code_is_refused_without_repeating_a_number() {
        let approval = json!({ "profession": "LE" });
        for (name, value) in [
            ("hpr_number", json!(-5_656)),
            ("hpr_number", json!(5_656_565_656_565_u64)),
            ("hpr_number", json!("05656")),
            ("hpr_number", json!({ "5656": 5656 })),
            ("approvals", json!(vec![approval.clone(); 17])),
            ("approvals", json!([{ "profession": "le5656" }])),
            ("approvals", json!([{ "profession": "LE", "specialities": [{ "value": "x".repeat(201) }] }])),
        ] {
            let mut details = json!({ "hpr_number": 1, "approvals": [approval] });
            details[name] = value;
            let why = serde_json::from_value::<HealthPersonnel>(details).expect_err(name).to_string();
            assert!(!why.contains("5656"), "{why}");
        }
    }
}
