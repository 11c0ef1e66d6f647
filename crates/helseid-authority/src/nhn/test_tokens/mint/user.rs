//! What a token says of its user.

use helseid_protocol::claims::{SecurityLevel, name};
use helseid_protocol::forge;
use helseid_protocol::jose::json::Object;
use helseid_protocol::person::{LoggedIn, Login, Network, Person, PersonName, PersonNumber, Profession};
use helseid_protocol::random::{Random, capital_hexadecimal};
use helseid_protocol::time::Timestamp;
use serde_json::json;

use super::super::ask::{Ask, Generation, UserClaims};
use super::Known;

/// Who logs in where default claims are made and nobody is named: the doctor of the persons that an authority has at first.
const DEFAULT_PERSON: &str = "06828399789";

/// The user of a token, as it is asked for. One that nothing asks for has no claims.
pub(super) struct User {
    claims: Object,
    /// The registered person with the number of the claims.
    registered: Option<Person>,
}

impl User {
    /// The claims of the user, at this time.
    pub(super) fn of(
        ask: &Ask,
        known: Known<'_>,
        (random, now): (&dyn Random, Timestamp),
    ) -> Result<Self, String> {
        let (defaults, from_values) = generation(ask);
        let none = UserClaims::default();
        let given = ask.user_claims_parameters.as_ref().filter(|_| from_values).unwrap_or(&none);
        let pid = given.pid.as_deref().or(defaults.then_some(DEFAULT_PERSON));
        let (number, registered) = match pid {
            Some(pid) => known_person(pid, known)?,
            None => (None, None),
        };
        let mut claims = Object::new();
        if defaults && let Some(person) = registered.clone().or_else(|| number.map(Person::made_up)) {
            claims = default_claims(&person, (random, now));
        }
        claims.extend(given_claims(given));
        let mut user = Self { claims, registered };
        user.look_up(ask, pid)?;
        Ok(user)
    }

    /// All that is said of the user, by the names of the claims.
    pub(super) const fn claims(&self) -> &Object {
        &self.claims
    }

    /// A claim that is a text.
    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// What the register of health personnel says that the user is, if it is known.
    pub(super) fn profession(&self) -> Option<&Profession> {
        let registered = self.registered.as_ref()?.health_personnel.as_ref()?;
        registered.approvals.first().map(|approval| &approval.profession)
    }

    /// Whether the user is one of the authority's persons.
    pub(super) const fn is_registered(&self) -> bool {
        self.registered.is_some()
    }

    /// What the registers say of the number, and what follows from it.
    fn look_up(&mut self, ask: &Ask, pid: Option<&str>) -> Result<(), String> {
        let asked = [
            ("getPersonFromPersontjenesten", ask.get_person_from_persontjenesten),
            ("getHprNumberFromHprregisteret", ask.get_hpr_number_from_hprregisteret),
            ("setPidPseudonym", ask.set_pid_pseudonym),
            ("setSubject", ask.set_subject),
        ];
        for (name, _) in asked.into_iter().filter(|(_, asked)| *asked == Some(true)) {
            let pid = pid.ok_or_else(|| {
                format!("{name}: it needs a pid, in userClaimsParameters that count, or of default claims")
            })?;
            let registered = || {
                let why = || format!("{name}: no person with this pid is registered at this authority");
                self.registered.as_ref().ok_or_else(why)
            };
            let found = match name {
                "getPersonFromPersontjenesten" => names(&registered()?.name, ask),
                "getHprNumberFromHprregisteret" => {
                    let hpr = registered()?.health_personnel.as_ref();
                    let hpr = hpr.ok_or_else(|| format!("{name}: this person has no HPR number"))?;
                    vec![(name::HPR_NUMBER, Some(hpr.hpr_number.expose().to_string()))]
                }
                "setPidPseudonym" => vec![(name::PID_PSEUDONYM, Some(subject(pid)))],
                _ => vec![("sub", Some(subject(pid)))],
            };
            for (claim, text) in found {
                match text {
                    Some(text) => drop(self.claims.insert(claim.to_owned(), text.into())),
                    None => drop(self.claims.remove(claim)),
                }
            }
        }
        Ok(())
    }
}

/// Whether default claims are made, and whether those of the parameters are. A request that says neither how, nor that the defaults
/// are wanted, is for a machine's token with the user that is given, if one is.
fn generation(ask: &Ask) -> (bool, bool) {
    match ask.user_claims_parameters_generation {
        Some(Generation::GenerateNone) => (false, false),
        Some(Generation::GenerateOnlyDefault) => (true, false),
        Some(Generation::GenerateOnlyFromNonEmptyParameterValues) => (false, true),
        Some(Generation::GenerateDefaultWithClaimsFromNonEmptyParameterValues) => (true, true),
        None => (ask.without_default_user_claims == Some(false), true),
    }
}

/// The number, if it is a synthetic person's, and the person, if there is one. The number of a real person is refused.
fn known_person(pid: &str, known: Known<'_>) -> Result<(Option<PersonNumber>, Option<Person>), String> {
    if PersonNumber::may_be_of_a_real_person(pid, known.month) {
        return Err("pid: this may be the number of a real person; expected that of a synthetic one, whose month is raised by 80"
            .to_owned());
    }
    let number = PersonNumber::parse(pid, known.month).ok();
    let registered = number.as_ref().and_then(|number| known.registry.person(number));
    let registered = registered.map(|entry| entry.person.clone());
    Ok((number, registered))
}

/// A person who logged in now, at the highest level.
fn default_claims(person: &Person, (random, now): (&dyn Random, Timestamp)) -> Object {
    let session = capital_hexadecimal(random);
    let login = Login {
        session: &session,
        authenticated: now,
        level: SecurityLevel::High,
        identity_provider: "testidp-oidc",
        methods: &["pwd"],
        network: Network::Internet,
    };
    let logged_in = LoggedIn { person, login };
    let claims = logged_in.access_token_claims(|_| true).chain([("sub", person.subject().as_str().into())]);
    claims.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What is given, whatever it is.
fn given_claims(given: &UserClaims) -> Object {
    let texts = [
        (name::PID, &given.pid),
        (name::PID_PSEUDONYM, &given.pid_pseudonym),
        (name::HPR_NUMBER, &given.hpr_number),
        ("name", &given.name),
        ("given_name", &given.given_name),
        ("middle_name", &given.middle_name),
        ("family_name", &given.family_name),
        ("idp", &given.identity_provider),
        (name::SECURITY_LEVEL, &given.security_level),
        (name::ASSURANCE_LEVEL, &given.assurance_level),
        (name::NETWORK, &given.network),
        ("sub", &given.subject),
        ("sid", &given.sid),
    ];
    let texts = texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.as_deref()?.into())));
    // In a token it is a list.
    let amr = given.amr.as_deref().map(|amr| ("amr".to_owned(), json!([amr])));
    texts.chain(amr).collect()
}

/// The names of the register, or the whole name alone. What is not there is taken away.
fn names(name: &PersonName, ask: &Ask) -> Vec<(&'static str, Option<String>)> {
    let parts = ask.only_set_name_for_person != Some(true);
    let part = |text: Option<&str>| text.filter(|_| parts).map(str::to_owned);
    vec![
        ("name", Some(name.full())),
        ("given_name", part(Some(name.given()))),
        ("middle_name", part(name.middle())),
        ("family_name", part(Some(name.family()))),
    ]
}

fn subject(pid: &str) -> String {
    forge::subject_of(pid).as_str().to_owned()
}
