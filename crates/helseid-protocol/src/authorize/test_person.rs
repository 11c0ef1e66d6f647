//! `test_pid` and its like: a synthetic person who is logged in without a page (HelseID: test identity provider).

use super::Expectations;
use super::request_object::Values;
use crate::claims::SecurityLevel;
use crate::person::{HprNumber, InvalidPersonNumber, PersonNumber, SyntheticMonth};
use crate::rule::{Facts, Fault, Rule, TestPersons, Trail};

/// A synthetic person to log in.
///
/// ```
/// use helseid_protocol::authorize::TestPerson;
/// use helseid_protocol::claims::SecurityLevel;
/// use helseid_protocol::person::{PersonNumber, SyntheticMonth};
///
/// let number = PersonNumber::parse("15849197352", SyntheticMonth::Plus80)?;
/// // At a lower level than the register has it, to see what a route says to that.
/// let weak = TestPerson { number, level: Some(SecurityLevel::Substantial), hpr_number: None };
/// # drop(weak); Ok::<(), helseid_protocol::person::InvalidPersonNumber>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct TestPerson {
    /// `test_pid`.
    pub number: PersonNumber,
    /// `test_security_level`; none leaves it to who is registered under the number.
    pub level: Option<SecurityLevel>,
    /// `test_hpr_number`; none leaves it to who is registered under the number.
    pub hpr_number: Option<HprNumber>,
}

impl TestPerson {
    pub(super) fn check(
        values: &Values<'_>,
        is_pushed: bool,
        expectations: &Expectations<'_>,
        trail: &mut Trail,
    ) -> Result<Option<Self>, Fault> {
        let level = values.get("test_security_level");
        let hpr_number = values.get("test_hpr_number");
        let Some(number) = values.get("test_pid") else {
            if level.is_some() || hpr_number.is_some() {
                let facts = Facts::missing("test_pid");
                trail.warn(Rule::AuthorizeTestPerson, facts);
            }
            return Ok(None);
        };
        let rule = Rule::AuthorizeTestPerson;
        let month = expectations.test_persons.ok_or_else(nobody_is_taken);
        let month = month.map_err(|facts| Fault::new(rule, facts))?;
        let warning = match expectations.switches.login.test_person {
            _ if is_pushed => None,
            TestPersons::PushedAlone => return Err(Fault::new(rule, not_pushed())),
            TestPersons::Anywhere => Some(not_pushed()),
        };
        let person = trail.require(rule, person_is_synthetic(number, level, hpr_number, month))?;
        if let Some(facts) = warning {
            trail.warn(rule, facts);
        }
        Ok(Some(person))
    }
}

/// The parameters as they came.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    number: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hpr_number: Option<String>,
}

impl From<TestPerson> for Written {
    fn from(person: TestPerson) -> Self {
        let level = person.level.map(|level| if level == SecurityLevel::High { "4" } else { "3" });
        Self {
            number: person.number.expose().to_owned(),
            level: level.map(str::to_owned),
            hpr_number: person.hpr_number.map(|number| number.expose().to_string()),
        }
    }
}

impl TryFrom<Written> for TestPerson {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let (level, hpr_number) = (written.level.as_deref(), written.hpr_number.as_deref());
        // Which months are taken was checked when it came.
        let month = SyntheticMonth::Plus80OrPlus40;
        person_is_synthetic(&written.number, level, hpr_number, month).map_err(|_| "no test person")
    }
}

fn nobody_is_taken() -> Facts {
    Facts::new("no test_pid: this authority does not log people in without a page", "test_pid")
}

fn not_pushed() -> Facts {
    Facts::new("test_pid in a pushed request", "test_pid outside")
}

/// HelseID: test identity provider. No number is ever repeated.
fn person_is_synthetic(
    number: &str,
    level: Option<&str>,
    hpr_number: Option<&str>,
    month: SyntheticMonth,
) -> Result<TestPerson, Facts> {
    let number = PersonNumber::parse(number, month).map_err(|why: InvalidPersonNumber| {
        Facts::new("the number of a synthetic person in test_pid", "another text")
            .saying(format_args!("test_pid: {why}"))
    })?;
    let level = match level {
        None => None,
        Some("3") => Some(SecurityLevel::Substantial),
        Some("4") => Some(SecurityLevel::High),
        Some(_) => return Err(Facts::new("3 or 4 in test_security_level", "another text")),
    };
    let hpr_number = hpr_number.map(HprNumber::parse).transpose().map_err(|_| {
        Facts::new("an HPR number of one to nine digits, the first not 0, in test_hpr_number", "another text")
    })?;
    Ok(TestPerson { number, level, hpr_number })
}
