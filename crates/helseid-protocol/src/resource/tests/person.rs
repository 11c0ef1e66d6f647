//! What is demanded of the person on whose behalf a request is made.

use super::*;
use crate::claims::{Pid, name};
use crate::details::attestation::{ATTESTATION_TYPE, Attestation, Coded, Identified, Purpose};
use crate::person::{HprNumber, Subject};

const NUMBER: &str = "15849197352";

fn attestation() -> Attestation {
    let place = || Identified::resh("705592");
    let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
    Attestation::new(place(), place(), service, Purpose::Treatment)
}

/// A caller on behalf of a person who logged in now.
fn caller(change: impl FnOnce(Jwt) -> Jwt) -> Caller {
    let of_a_person = |token: Jwt| {
        let token = token.claim("sub", "a-person").claim("auth_time", NOW.seconds());
        let token =
            token.claim(name::PID, NUMBER).claim(name::SECURITY_LEVEL, "4").claim("name", "LIV BEVER");
        token.claim(name::HPR_NUMBER, "565550846").claim(ATTESTATION_TYPE, attestation().to_structure())
    };
    Sent::bound().token(|token| change(of_a_person(token))).passes()
}

fn machine() -> Caller {
    Sent::bound().passes()
}

fn rule<T>(outcome: Result<T, Fault>) -> Option<Rule> {
    outcome.err().map(|fault| fault.rule())
}

#[test]
fn what_a_token_says_of_a_person_is_told() {
    let person = caller(|token| token).person().expect("a person");
    assert_eq!(person.subject().as_str(), "a-person");
    assert_eq!(person.pid(), Pid::parse(NUMBER).ok());
    assert_eq!((person.security_level(), person.authenticated()), (Some(SecurityLevel::High), Some(NOW)));
    assert_eq!(
        (person.hpr_number().map(HprNumber::expose), person.name()),
        (Some(565_550_846), Some("LIV BEVER"))
    );
    assert_eq!(person.attestation(), Some(attestation()));
    assert_eq!(format!("{person:?}"), "CallingPerson { security_level: Some(High), .. }");

    let none = ["auth_time", name::PID, name::SECURITY_LEVEL, "name", name::HPR_NUMBER, ATTESTATION_TYPE];
    let person = caller(|token| none.iter().fold(token, |token, name| token.without_claim(name)));
    let person = person.person().expect("a person");
    assert!(person.pid().is_none() && person.security_level().is_none() && person.authenticated().is_none());
    assert!(person.hpr_number().is_none() && person.name().is_none() && person.attestation().is_none());
}

#[test]
fn a_machine_is_no_person_and_neither_is_its_own_client_id() {
    let own = caller(|token| token.claim("sub", "the-client"));
    for caller in [machine(), own] {
        assert!(caller.person().is_none());
        assert_eq!(rule(caller.require_person(&mut Trail::new())), Some(Rule::ApiPerson));
    }
    assert!(caller(|token| token).require_person(&mut Trail::new()).is_ok());
}

#[test]
fn who_acts_for_another_is_told() {
    let act = json!({ "client_id": "the-gateway", "act": { "client_id": "one-before" } });
    let exchanged = caller(|token| token.claim("act", act));
    assert_eq!(exchanged.actor().and_then(|actor| actor.client_id()), Some("the-gateway"));
    assert!(machine().actor().is_none());
}

#[test]
fn an_hpr_number_is_one_of_its_form() {
    let found = caller(|token| token).require_hpr_number(&mut Trail::new());
    assert_eq!(found.map(HprNumber::expose), Ok(565_550_846));
    for other in [
        caller(|token| token.without_claim(name::HPR_NUMBER)),
        caller(|token| token.claim(name::HPR_NUMBER, "0")),
    ] {
        assert_eq!(rule(other.require_hpr_number(&mut Trail::new())), Some(Rule::ApiHprNumber));
    }
}

#[test]
fn only_that_very_person_is_the_same() {
    let judged = |caller: &Caller, expected| rule(caller.require_same_person(expected, &mut Trail::new()));
    let [own, other] = [NUMBER, "15849197351"].map(|text| Pid::parse(text).unwrap());
    let same = caller(|token| token);
    assert_eq!(judged(&same, ExpectedPerson::Pid(&own)), None);
    assert_eq!(judged(&same, ExpectedPerson::Pid(&other)), Some(Rule::ApiSamePerson));
    let nameless = caller(|token| token.without_claim(name::PID));
    assert_eq!(judged(&nameless, ExpectedPerson::Pid(&own)), Some(Rule::ApiSamePerson));
    assert_eq!(judged(&machine(), ExpectedPerson::Pid(&own)), Some(Rule::ApiPerson));

    let [issuer, elsewhere] =
        ["https://sts.example", "https://other.example"].map(|text| Issuer::parse(text).unwrap());
    let [subject, another] = ["a-person", "another"].map(|text| Subject::parse(text).unwrap());
    for (issuer, subject, expected) in [
        (&issuer, &subject, None),
        (&issuer, &another, Some(Rule::ApiSamePerson)),
        (&elsewhere, &subject, Some(Rule::ApiSamePerson)),
        (&elsewhere, &another, Some(Rule::ApiSamePerson)),
    ] {
        assert_eq!(judged(&same, ExpectedPerson::Subject(issuer, subject)), expected);
    }
}

/// What is wrong with the attestation's age, by the facts.
fn age(age: AttestationAge, change: impl FnOnce(Jwt) -> Jwt) -> Result<(), String> {
    let moment = Moment { now: NOW, tolerance: TOLERANCE };
    let outcome = caller(change).require_attestation(age, moment, &mut Trail::new());
    let fault = outcome.map(drop);
    fault.map_err(|fault| {
        assert_eq!(fault.rule(), Rule::ApiAttestationAge);
        fault.facts().got.clone()
    })
}

#[test]
fn an_attestation_is_there_and_of_its_form() {
    let moment = Moment { now: NOW, tolerance: TOLERANCE };
    let judged =
        |caller: Caller| caller.require_attestation(AttestationAge::default(), moment, &mut Trail::new());
    assert_eq!(judged(caller(|token| token)), Ok(attestation()));
    assert_eq!(
        rule(judged(caller(|token| token.without_claim(ATTESTATION_TYPE)))),
        Some(Rule::ApiAttestation)
    );
    assert_eq!(rule(judged(caller(|token| token.claim(ATTESTATION_TYPE, "x")))), Some(Rule::ApiAttestation));
    assert_eq!(rule(judged(machine())), Some(Rule::ApiPerson));
}

#[test]
fn an_attestation_is_neither_too_old_nor_of_the_future() {
    let longest = AttestationAge::default();
    let logged_in = |seconds: i64| move |token: Jwt| token.claim("auth_time", NOW.seconds() + seconds);
    for (seconds, expected) in [
        (0, Ok(())),
        (-3610, Ok(())),
        (-3611, Err("one of 60 minutes")),
        (-7200, Err("one of 120 minutes")),
        (10, Ok(())),
        (11, Err("one of the future")),
    ] {
        assert_eq!(age(longest, logged_in(seconds)), expected.map_err(str::to_owned), "{seconds}");
    }
    let timeless = age(longest, |token| token.without_claim("auth_time"));
    assert_eq!(timeless, Err("a token that does not tell how old it is".to_owned()));
    // By choice its age counts from the token's, which is new.
    assert_eq!(age(longest.insecure_from_issue(), logged_in(-7200)), Ok(()));
}

#[test]
fn the_time_that_the_authority_wrote_goes_before_the_logins() {
    let stamped = |time: serde_json::Value| {
        age(AttestationAge::default(), |token| token.claim(name::ATTESTED_AT, time))
    };
    let at = |seconds: i64| stamped((NOW.seconds() + seconds).into());
    assert_eq!((at(0), at(-3610), at(10)), (Ok(()), Ok(()), Ok(())));
    assert_eq!(at(-3611), Err("one of 60 minutes".to_owned()));
    // The token was issued now.
    assert_eq!(at(11), Err("a later one".to_owned()));
    for other in [json!("1790000000"), json!(1.5), json!(null)] {
        assert_eq!(stamped(other), Err("no whole number of seconds".to_owned()));
    }
}
