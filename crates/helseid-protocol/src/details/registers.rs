//! What HelseID adds to the members of an attestation from its registers (Trust framework: information and data model; HelseID:
//! profile for the trust framework).
//!
//! Nothing is looked up outside: names of organisations come from the caller. The model names Helsedirektoratet as the assigner
//! of kinds of service; what HelseID's test environment has issued names Volven, which keeps those code systems, and HL7 Norway
//! for relationships of care, and that is what stands here.

use super::OrganisationNumber;
use super::attestation::{AUTHORIZATION_SYSTEM, ORGANISATION_SYSTEM, PURPOSE_SYSTEM, Purpose, RESH_SYSTEM};
use crate::jose::json::Object;

/// `system` of a national identity number.
const NATIONAL_SYSTEM: &str = "urn:oid:2.16.578.1.12.4.1.4.1";
/// `system` of a D-number.
const D_SYSTEM: &str = "urn:oid:2.16.578.1.12.4.1.4.2";
/// `system` of a number in HPR.
const HPR_SYSTEM: &str = "urn:oid:2.16.578.1.12.4.1.4.4";
/// `system` of a relationship of care at HL7 Norway.
const CARE_SYSTEM: &str = "urn:AuditEventHL7Norway/CodeSystem/carerelation";
/// How the systems of the codes that Volven keeps begin.
const VOLVEN_SYSTEMS: &str = "urn:oid:2.16.578.1.12.4.1.1.";

/// A person: the number, the name if it is known, and the register. Whether there is such a person is not checked.
#[must_use]
pub fn person(number: &str, name: Option<&str>) -> Object {
    // A D-number's first digit is four more than that of a day.
    let is_d_number = number.starts_with(['4', '5', '6', '7']);
    identified(number, if is_d_number { D_SYSTEM } else { NATIONAL_SYSTEM }, name)
}

/// Somebody in HPR, the register of health personnel. Whether the number is there is not checked.
#[must_use]
pub fn health_personnel(number: &str) -> Object {
    identified(number, HPR_SYSTEM, None)
}

/// An organisation with the name that `name_of` knows, or a unit of another register, which has no name here.
#[must_use]
pub fn place(id: &str, system: &str, name_of: impl Fn(&OrganisationNumber) -> Option<String>) -> Object {
    let number = OrganisationNumber::parse(id).ok().filter(|_| system == ORGANISATION_SYSTEM);
    identified(id, system, number.and_then(|number| name_of(&number)).as_deref())
}

/// A code, with its text where the code system is a short one, and who assigns it, if that is known. Whether the code is one of
/// its system is not checked.
#[must_use]
pub fn coded(code: &str, system: &str) -> Object {
    let (text, assigner) = match system {
        AUTHORIZATION_SYSTEM => (profession(code), Some("https://www.helsedirektoratet.no/")),
        PURPOSE_SYSTEM => (purpose(code), Some("http://www.hl7.org/")),
        CARE_SYSTEM => (None, Some("https://www.hl7.no/")),
        system if system.starts_with(VOLVEN_SYSTEMS) => (None, Some("https://www.volven.no/")),
        _ => (None, None),
    };
    members([("code", Some(code)), ("text", text), ("system", Some(system)), ("assigner", assigner)])
}

fn identified(id: &str, system: &str, name: Option<&str>) -> Object {
    let authority = match system {
        NATIONAL_SYSTEM | D_SYSTEM => Some("https://www.skatteetaten.no"),
        HPR_SYSTEM => Some("https://www.helsedirektoratet.no/"),
        ORGANISATION_SYSTEM => Some("https://www.brreg.no"),
        RESH_SYSTEM => Some("https://www.nhn.no"),
        _ => None,
    };
    members([("id", Some(id)), ("name", name), ("system", Some(system)), ("authority", authority)])
}

fn members(all: [(&str, Option<&str>); 4]) -> Object {
    all.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))).collect()
}

/// As HL7 has it.
fn purpose(code: &str) -> Option<&'static str> {
    let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.code() == code)?;
    Some(match purpose {
        Purpose::Treatment => "Treatment",
        Purpose::EmergencyTreatment => "Emergency Treatment",
        Purpose::CoordinationOfCare => "Coordination of Care",
        Purpose::BreakTheGlass => "Break the Glass",
    })
}

/// The categories of health personnel (code system 9060), but for `FA`, which stands for two.
const PROFESSIONS: [(&str, &str); 33] = [
    ("AA", "Ambulansearbeider"),
    ("AT", "Apotektekniker"),
    ("AU", "Audiograf"),
    ("BI", "Bioingeniør"),
    ("ET", "Ergoterapeut"),
    ("FB", "Fiskehelsebiolog"),
    ("FO", "Fotterapeut"),
    ("FT", "Fysioterapeut"),
    ("HE", "Helsesekretær"),
    ("HF", "Helsefagarbeider"),
    ("HP", "Hjelpepleier"),
    ("JO", "Jordmor"),
    ("KE", "Klinisk ernæringsfysiolog"),
    ("KI", "Kiropraktor"),
    ("LE", "Lege"),
    ("MT", "Manuellterapeut"),
    ("NP", "Naprapat"),
    ("OA", "Omsorgsarbeider"),
    ("OI", "Ortopediingeniør"),
    ("OP", "Optiker"),
    ("OR", "Ortoptist"),
    ("OS", "Osteopat"),
    ("PE", "Perfusjonist"),
    ("PM", "Paramedisiner"),
    ("PS", "Psykolog"),
    ("RA", "Radiograf"),
    ("SP", "Sykepleier"),
    ("TH", "Tannhelsesekretær"),
    ("TL", "Tannlege"),
    ("TP", "Tannpleier"),
    ("TT", "Tanntekniker"),
    ("VE", "Veterinær"),
    ("VP", "Vernepleier"),
];

fn profession(code: &str) -> Option<&'static str> {
    PROFESSIONS.iter().find(|(own, _)| *own == code).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_code_is_told_as_its_system_has_it_and_of_others_nothing_is_made_up() {
        let told = |code: &str, system: &str| {
            let told = coded(code, system);
            (told.get("text").cloned(), told.get("assigner").cloned())
        };
        let some = |text: &str| Some(json!(text));
        let directorate = some("https://www.helsedirektoratet.no/");
        assert_eq!(told("SP", AUTHORIZATION_SYSTEM), (some("Sykepleier"), directorate.clone()));
        assert_eq!(told("QQ", AUTHORIZATION_SYSTEM), (None, directorate));
        for (purpose, text) in [("ETREAT", "Emergency Treatment"), ("BTG", "Break the Glass")] {
            assert_eq!(told(purpose, PURPOSE_SYSTEM), (some(text), some("http://www.hl7.org/")));
        }
        assert_eq!(told("BEHANDLER", CARE_SYSTEM), (None, some("https://www.hl7.no/")));
        for services in ["8655", "9151"] {
            let system = format!("{VOLVEN_SYSTEMS}{services}");
            assert_eq!(told("S03", &system), (None, some("https://www.volven.no/")));
        }
        assert_eq!(coded("x", "urn:own"), Object::from_iter([("code", "x"), ("system", "urn:own")].map(own)));
    }

    #[test]
    fn only_an_organisation_has_a_name_by_its_number() {
        let named = |_: &OrganisationNumber| Some("Kommunen".to_owned());
        assert_eq!(place("994598759", ORGANISATION_SYSTEM, named).get("name"), Some(&json!("Kommunen")));
        for (id, system) in [("994598759", RESH_SYSTEM), ("9945", ORGANISATION_SYSTEM)] {
            assert_eq!(place(id, system, named).get("name"), None, "{id} {system}");
        }
    }

    fn own((name, text): (&str, &str)) -> (String, Value) {
        (name.to_owned(), text.into())
    }
}
