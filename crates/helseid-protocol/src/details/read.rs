//! Reads structured claims. Each rule is one function, in the order of the catalogue.

use serde_json::Value;

use super::attestation::{ATTESTATION_TYPE, Attestation};
use super::{
    CHILD_SYSTEM, CLAIM, Details, OLD_CHILD_SYSTEM, OLD_CLAIM, ORGANISATION_TYPE, Organisation,
    OrganisationNumber, PARENT_SYSTEM, SFM_TYPE,
};
use crate::jose::json::Object;
use crate::jwt::member;
use crate::rule::{Facts, Fault, Rule, Trail};

/// The most structures in one assertion.
const MAX_STRUCTURES: usize = 10;

impl Details {
    /// Reads the structured claims of an assertion; none are there in most.
    pub fn read(claims: &Object, trail: &mut Trail) -> Result<Self, Fault> {
        let Some(value) = trail.require(Rule::DetailsName, only_one_name_is_used(claims))? else {
            return Ok(Self::new());
        };
        let mut details = Self::new();
        for structure in trail.require(Rule::DetailsForm, value_is_structures(value))? {
            match structure.get("type").and_then(Value::as_str) {
                Some(ORGANISATION_TYPE) => {
                    let identifier =
                        trail.require(Rule::DetailsForm, structure_is_an_organisation(structure))?;
                    let organisation =
                        trail.require(Rule::DetailsNumber, numbers_have_nine_digits(identifier))?;
                    for number in doubtful(&organisation) {
                        trail.warn(
                            Rule::DetailsNumber,
                            Facts::new("a number with a right check digit", number),
                        );
                    }
                    details.organisation = Some(organisation);
                }
                Some(SFM_TYPE) => {
                    let id = trail.require(Rule::DetailsForm, structure_is_a_journal(structure))?;
                    details.sfm_journal_id = Some(id.into());
                }
                Some(ATTESTATION_TYPE) => {
                    details.attestation = Some(Box::new(Attestation::judged(structure, trail)?));
                }
                Some(_) => details.others.push(Value::Object(structure.clone())),
                None => {
                    let facts = Facts::missing("a string in the type of each structure");
                    return Err(Fault::new(Rule::DetailsForm, facts));
                }
            }
        }
        Ok(details)
    }

    /// Checks that each structure is of a type that is known here (RFC 9396 section 5).
    pub fn require_known_types(&self, trail: &mut Trail) -> Result<(), Fault> {
        trail.require_or_note(Rule::DetailsType, every_type_is_known(self))
    }

    /// Checks that nobody attests: a client in its own name has no person who could, and in an exchange that was done before, at the
    /// login of the first token's person.
    pub fn require_no_attestation(&self, trail: &mut Trail) -> Result<(), Fault> {
        trail.require(Rule::DetailsAttestationPerson, nobody_attests(self))
    }
}

/// HelseID: SFM id for multi-tenant clients: one name or the other.
fn only_one_name_is_used(claims: &Object) -> Result<Option<&Value>, Facts> {
    match (claims.get(CLAIM), claims.get(OLD_CLAIM)) {
        (Some(_), Some(_)) => Err(Facts::new(CLAIM, format_args!("{CLAIM} and {OLD_CLAIM}"))),
        (value, None) | (None, value) => Ok(value),
    }
}

/// HelseID: organisation numbers: one structure, or an array of several, each type once.
fn value_is_structures(value: &Value) -> Result<Vec<&Object>, Facts> {
    let values = match value {
        Value::Object(_) => std::slice::from_ref(value),
        Value::Array(values) if values.len() <= MAX_STRUCTURES => values.as_slice(),
        Value::Array(values) => {
            return Err(Facts::new(format_args!("at most {MAX_STRUCTURES} structures"), values.len()));
        }
        other => return Err(Facts::new("an object, or an array of objects", member::kind(other))),
    };
    let mut structures: Vec<&Object> = Vec::new();
    for value in values {
        let Value::Object(structure) = value else {
            return Err(Facts::new("an array of objects", format_args!("{} in it", member::kind(value))));
        };
        if structures.iter().any(|earlier| earlier.get("type") == structure.get("type")) {
            return Err(Facts::new("each type once", "a type twice"));
        }
        structures.push(structure);
    }
    Ok(structures)
}

/// HelseID: organisation numbers: system, type and value of the organisation.
fn structure_is_an_organisation(structure: &Object) -> Result<(&str, &str), Facts> {
    const EXPECTED: &str = "practitioner_role.organization.identifier";
    let identifier = ["practitioner_role", "organization", "identifier"]
        .iter()
        .try_fold(structure, |object, name| object.get(*name).and_then(Value::as_object))
        .ok_or_else(|| Facts::missing(EXPECTED))?;
    match member::text(identifier, "type")? {
        "ENH" => {}
        other => return Err(Facts::new("type ENH", other)),
    }
    match member::text(identifier, "system")? {
        system @ (PARENT_SYSTEM | CHILD_SYSTEM | OLD_CHILD_SYSTEM) => {
            Ok((system, member::text(identifier, "value")?))
        }
        other => Err(Facts::new(format_args!("system {PARENT_SYSTEM} or {CHILD_SYSTEM}"), other)),
    }
}

/// HelseID: organisation numbers. A parent without a child may end in a colon or not.
fn numbers_have_nine_digits((system, value): (&str, &str)) -> Result<Organisation, Facts> {
    let number = |text: &str| {
        OrganisationNumber::parse(text).map_err(|_| Facts::new("nine digits", without_digits(text)))
    };
    if system != PARENT_SYSTEM {
        return number(value).map(Organisation::Child);
    }
    let Some(numbers) = value.strip_prefix("NO:ORGNR:") else {
        return Err(Facts::new("NO:ORGNR:parent:child", without_digits(value)));
    };
    let (parent, child) = numbers.split_once(':').unwrap_or((numbers, ""));
    let child = (!child.is_empty()).then(|| number(child)).transpose()?;
    Ok(Organisation::Parent { parent: number(parent)?, child })
}

/// What is no organisation number may be a person's, which nobody but its sender is to read: only its form is told.
fn without_digits(text: &str) -> String {
    text.chars().map(|each| if each.is_numeric() { '#' } else { each }).collect()
}

/// Numbers whose check digit is wrong: real ones never are, synthetic ones may be.
fn doubtful(organisation: &Organisation) -> impl Iterator<Item = &OrganisationNumber> {
    let (first, second) = match organisation {
        Organisation::Child(child) => (child, None),
        Organisation::Parent { parent, child } => (parent, child.as_ref()),
    };
    std::iter::once(first).chain(second).filter(|number| !number.check_digit_is_right())
}

/// HelseID: SFM id for multi-tenant clients: `journal_id` is a UUID.
fn structure_is_a_journal(structure: &Object) -> Result<&str, Facts> {
    let value = structure
        .get("value")
        .and_then(Value::as_object)
        .ok_or_else(|| Facts::missing("value.journal_id"))?;
    let id = member::text(value, "journal_id")?;
    // By hand: crates for UUIDs also take one in braces, as a URN or without hyphens.
    let groups: Vec<_> = id.split('-').map(str::len).collect();
    let is_uuid =
        groups == [8, 4, 4, 4, 12] && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    if is_uuid { Ok(id) } else { Err(Facts::new("a UUID in journal_id", "another text")) }
}

/// RFC 9396 section 5. What the type is called is the sender's own text.
fn every_type_is_known(details: &Details) -> Result<(), Facts> {
    let unknown = details.others.iter().find_map(|structure| structure.get("type")?.as_str());
    let known = [ORGANISATION_TYPE, SFM_TYPE, ATTESTATION_TYPE].join(" ");
    unknown.map_or(Ok(()), |unknown| Err(Facts::value(format_args!("one of {known}"), unknown)))
}

/// HelseID: profile for the trust framework: with the code or the refresh token of a login.
fn nobody_attests(details: &Details) -> Result<(), Facts> {
    match details.attestation() {
        None => Ok(()),
        Some(_) => Err(Facts::new("structures without an attestation", "an attestation")),
    }
}
