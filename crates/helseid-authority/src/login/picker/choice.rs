//! What a person chose.

use helseid_admin_api::{PersonEntry, PersonLevel, TestProvider};
use helseid_protocol::person::{InvalidPersonNumber, PersonNumber};

use crate::login::demand::{LoginDemand, SimulatedFault, Unfit};
use crate::login::persons::Persons;
use crate::login::session::LoginPerson;
use crate::login::words::Words;
use crate::web::form::Fields;

/// What a person chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    Cancel,
    Fault(SimulatedFault),
    Person {
        person: LoginPerson,
        level: PersonLevel,
        provider: TestProvider,
        /// Whether the answer is to take its time.
        slowly: bool,
    },
}

/// Why a form does not say what was chosen. Never repeats what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Nobody,
    UnknownPerson,
    Number(InvalidPersonNumber),
    Level,
    LevelOfPerson,
    Provider,
    ProviderOfPerson,
    Action,
}

impl Choice {
    /// Reads the fields `action`, `fault`, `pid`, `number`, `level`, `provider` and `slow` of a form.
    ///
    /// Saying no comes before everything else, and a person before a number: the field of the number may be filled in
    /// beforehand. The level is the highest that the person has, unless a lower one is chosen. Whether it is high enough is for
    /// the caller to judge.
    pub(crate) fn read(form: &Fields, demand: &LoginDemand, persons: &Persons) -> Result<Self, Refused> {
        match form.given("action") {
            Some("cancel") => return Ok(Self::Cancel),
            Some(_) => return Err(Refused::Action),
            None => {}
        }
        match form.given("fault") {
            Some("temporarily_unavailable") => {
                return Ok(Self::Fault(SimulatedFault::TemporarilyUnavailable));
            }
            Some("level_too_low") => return Ok(Self::Fault(SimulatedFault::LevelTooLow)),
            Some(_) => return Err(Refused::Action),
            None => {}
        }
        let (number, registered) = who(form, persons)?;
        let level = form.given("level").map(|level| level.parse().map_err(|_| Refused::Level)).transpose()?;
        let provider =
            form.given("provider").map(|chosen| chosen.parse().map_err(|_| Refused::Provider)).transpose()?;
        let (level, provider) = demand.fit(registered.as_ref(), (level, provider)).map_err(Refused::of)?;
        let person = LoginPerson { number, hpr_number: None };
        Ok(Self::Person { person, level, provider, slowly: form.given("slow").is_some() })
    }
}

fn who(form: &Fields, persons: &Persons) -> Result<(PersonNumber, Option<PersonEntry>), Refused> {
    if let Some(name) = form.given("pid") {
        let person = persons.find(name).ok_or(Refused::UnknownPerson)?;
        return Ok((person.person.number.clone(), Some(person)));
    }
    let number = form.given("number").ok_or(Refused::Nobody)?;
    let digits: String = number.chars().filter(|each| *each != ' ').take(12).collect();
    let number = PersonNumber::parse(&digits, persons.month).map_err(Refused::Number)?;
    let registered = persons.of_number(&number);
    Ok((number, registered))
}

impl Refused {
    const fn of(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Level => Self::LevelOfPerson,
            Unfit::Provider => Self::Provider,
            Unfit::ProviderOfPerson => Self::ProviderOfPerson,
        }
    }

    /// Why, and what to do.
    pub(crate) const fn words(self) -> Words {
        match self {
            Self::Nobody => Words("Nobody was chosen. Choose a person, or enter a number."),
            Self::UnknownPerson => Words(
                "No person with that name is registered. Choose one from the list; helseid person add registers more.",
            ),
            Self::Number(InvalidPersonNumber::Form) => Words("A national identity number has eleven digits."),
            Self::Number(InvalidPersonNumber::Real) => {
                Words("The number may be a real person's. Enter a synthetic one, with 80 added to the month.")
            }
            Self::Number(InvalidPersonNumber::Plus40) => {
                Words("A number with 40 added to the month may be a real patient's. Enter one with 80 added.")
            }
            Self::Number(InvalidPersonNumber::Date) => {
                Words("The number does not begin with a date of birth with 80 added to the month.")
            }
            Self::Number(InvalidPersonNumber::CheckDigits) => {
                Words("The last two digits do not fit the others. Check the number.")
            }
            Self::Level => Words("A level is 3 or 4."),
            Self::LevelOfPerson => {
                Words("The person cannot log in at that level. Choose a lower level, or another person.")
            }
            Self::Provider => Words("That identity provider is not offered here."),
            Self::ProviderOfPerson => Words(
                "The identity provider does not know the person. Choose another provider, or another person.",
            ),
            Self::Action => {
                Words("The form contains something that this page does not. Use the buttons on the page.")
            }
        }
    }
}
