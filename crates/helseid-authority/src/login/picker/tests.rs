//! The page of persons, and what is chosen on it.

use ::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
};
use ::http::{HeaderMap, HeaderValue, StatusCode};
use helseid_admin_api::{DisplayName, PersonLevel, TestProvider, TestProviders};
use helseid_protocol::person::InvalidPersonNumber;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::login::demand::{LoginDemand, SimulatedFault};
use crate::login::interaction::FormFields;
use crate::login::tests::{ISSUER, Room, demand, doctor, patient, site, text};
use crate::login::{LoginPerson, Reflected};
use crate::web::csp::FormTarget;
use crate::web::form::Fields;
use crate::web::language::Language;

fn fields() -> FormFields {
    FormFields { visit: "VISIT".to_owned(), csrf: "CSRF".to_owned(), state: "STATE".to_owned() }
}

fn show(demand: &LoginDemand, headers: &HeaderMap) -> axum::response::Response {
    asking(&site(ISSUER), demand, &fields(), &[doctor(), patient()], headers)
}

fn html(demand: &LoginDemand) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(text(show(demand, &HeaderMap::new())))
}

#[test]
fn the_page_has_the_names_that_tests_rely_on() {
    let page = html(&demand());
    for expected in [
        r#"<form method="post" action="/login""#,
        r#"<button name="pid" value="doctor" data-testid="person-doctor">"#,
        r#"<button name="pid" value="patient" data-testid="person-patient">"#,
        r#"name="visit" value="VISIT""#,
        r#"name="csrf" value="CSRF""#,
        r#"name="state" value="STATE""#,
        r#"name="level" data-testid="level""#,
        r#"name="provider" data-testid="provider""#,
        r#"data-testid="number""#,
        r#"data-testid="number-submit""#,
        r#"name="fault" value="temporarily_unavailable" data-testid="fault-temporarily-unavailable""#,
        r#"name="fault" value="level_too_low" data-testid="fault-level-too-low""#,
        r#"name="slow" value="yes" data-testid="slow""#,
        r#"name="action" value="cancel" data-testid="cancel""#,
        r#"data-testid="client">Journal<"#,
        "LIVSTRETT BEVER",
        "15849197352",
        "HPR 565550846 · LE",
        "ÅSE &#60;b&#62;Ødegård&#60;/b&#62;",
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert!(page.contains("<script type=\"module\" src=\"/login/assets/once.js\"></script>"), "{page}");
    assert!(!page.contains(" style=") && !page.contains("onclick"));
}

#[test]
fn no_number_stands_in_an_address_or_in_what_a_button_sends() {
    let page = html(&demand());
    for attribute in ["href=\"", "action=\"", "src=\"", "value=\"", "data-testid=\"", "id=\""] {
        for value in page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
            let digits = value.bytes().filter(u8::is_ascii_digit).count();
            assert!(digits < 9, "{attribute}{value}");
        }
    }
}

#[test]
fn the_first_button_is_the_one_of_the_number_which_enter_presses() {
    let page = html(&demand());
    let first = page.split("<button").nth(1).unwrap().split('>').next().unwrap();
    assert!(first.contains("unseen") && !first.contains("name="), "{first}");
}

#[test]
fn the_page_is_framed_by_nobody_and_leads_to_the_application_alone() {
    let headers = show(&demand(), &HeaderMap::new()).headers().clone();
    assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(headers[CACHE_CONTROL], "no-store");
    assert_eq!(headers[REFERRER_POLICY], "same-origin");
    let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(policy.matches("script-src").count(), 1, "{policy}");
    assert!(policy.contains("; script-src 'self';"), "{policy}");
    assert!(policy.ends_with("form-action 'self' https://app.example"), "{policy}");
}

#[test]
fn what_is_demanded_is_shown() {
    let mut demand = demand();
    demand.level = Some(PersonLevel::High);
    demand.provider = Some(TestProvider::TestIdpNew);
    demand.hint = Some(Reflected::of("15849197352"));
    let page = html(&demand);
    assert!(page.contains("data-testid=\"least-level\">asks for level 4<"), "{page}");
    assert!(page.contains(r#"<span class="mark warn">level 3</span>"#), "the patient has no more");
    assert!(page.contains(r#"<code data-testid="provider">testidpnew-oidc</code>"#));
    assert!(!page.contains("<select id=\"provider\""));
    assert!(page.contains(r#"name="number" value="15849197352""#));
}

#[tokio::test]
async fn the_page_is_in_the_language_that_is_asked_for() {
    let in_language = |asked, accepted: &'static str| {
        let demand = LoginDemand { language: asked, ..demand() };
        let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted))]);
        text(show(&demand, &headers))
    };
    for (asked, accepted, expected) in [
        (None, "nb-NO,nb;q=0.9,en;q=0.5", "Hvem er du?"),
        (None, "sv", "Who are you?"),
        (Some(Language::English), "nb", "Who are you?"),
        (Some(Language::Norwegian), "en", "Hvem er du?"),
    ] {
        let page = in_language(asked, accepted).await;
        assert!(page.contains(expected), "{asked:?} {accepted}");
        let cancel = if expected == "Hvem er du?" { ">Avbryt<" } else { ">Cancel<" };
        assert!(page.contains(cancel));
    }
}

#[tokio::test]
async fn a_program_gets_the_same_list() {
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    let response = show(&demand(), &headers);
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let listing: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(listing["action"], "/login");
    assert_eq!([&listing["visit"], &listing["csrf"], &listing["state"]], ["VISIT", "CSRF", "STATE"]);
    assert_eq!((&listing["client"], &listing["level"]), (&json!("Journal"), &Value::Null));
    assert_eq!(listing["providers"], json!(["testidp-oidc", "testidpnew-oidc"]));
    assert_eq!(listing["persons"][0]["short_name"], "doctor");
    assert_eq!(listing["persons"][0]["number"], "15849197352");
    assert_eq!(listing["persons"][0]["health_personnel"]["hpr_number"], 565_550_846);
    assert_eq!(listing["persons"][1]["level"], 3);
}

proptest! {
    #[test]
    fn nothing_that_others_name_adds_to_the_page(
        name in "\\PC{0,40}|[<>\"'&/= a-z]{0,40}", hint in "\\PC{0,40}|[<>\"'&/= a-z]{0,40}"
    ) {
        let plain = LoginDemand { hint: Some(Reflected::of("hint")), ..demand() };
        let mut other = plain.clone();
        other.client = DisplayName::parse(&name).unwrap();
        other.hint = Some(Reflected::of(&hint));
        let (plain, other) = (html(&plain), html(&other));
        for mark in ['<', '>', '"', '\''] {
            prop_assert_eq!(plain.matches(mark).count(), other.matches(mark).count(), "{}", other);
        }
    }
}

fn choice_of(room: &Room, demand: &LoginDemand, form: &str) -> Result<Choice, Refused> {
    Choice::read(&Fields::read(form.as_bytes()), demand, &room.login.persons)
}

fn chosen(person: &helseid_admin_api::PersonEntry, level: PersonLevel, provider: TestProvider) -> Choice {
    let person = LoginPerson { number: person.person.number.clone(), hpr_number: None };
    Choice::Person { person, level, provider, slowly: false }
}

#[tokio::test]
async fn a_form_says_who_logs_in_and_how() {
    use PersonLevel::{High, Substantial};
    use TestProvider::{TestIdp, TestIdpNew};
    let room = Room::open().await;
    let doctor = |level, provider| Ok(chosen(&doctor(), level, provider));
    let patient = |level, provider| Ok(chosen(&patient(), level, provider));
    for (form, expected) in [
        ("pid=doctor", doctor(High, TestIdp)),
        ("pid=doctor&level=&provider=&number=ignored", doctor(High, TestIdp)),
        ("pid=doctor&level=3", doctor(Substantial, TestIdp)),
        ("pid=doctor&provider=testidpnew-oidc", doctor(High, TestIdpNew)),
        ("pid=patient", patient(Substantial, TestIdpNew)),
        ("number=15849197352", doctor(High, TestIdp)),
        ("number=158491+97352", doctor(High, TestIdp)),
        ("number=05898597468", patient(Substantial, TestIdpNew)),
        ("action=cancel&pid=doctor&fault=level_too_low", Ok(Choice::Cancel)),
        ("fault=temporarily_unavailable", Ok(Choice::Fault(SimulatedFault::TemporarilyUnavailable))),
        ("fault=level_too_low&pid=doctor", Ok(Choice::Fault(SimulatedFault::LevelTooLow))),
        ("", Err(Refused::Nobody)),
        ("pid=&number=", Err(Refused::Nobody)),
        ("pid=nobody", Err(Refused::UnknownPerson)),
        ("pid=15849197352", Err(Refused::UnknownPerson)),
        ("pid=doctor&level=2", Err(Refused::Level)),
        ("pid=doctor&level=5", Err(Refused::Level)),
        ("pid=patient&level=4", Err(Refused::LevelOfPerson)),
        ("pid=doctor&provider=idporten-oidc", Err(Refused::Provider)),
        ("pid=patient&provider=testidp-oidc", Err(Refused::ProviderOfPerson)),
        ("number=1584919735", Err(Refused::Number(InvalidPersonNumber::Form))),
        ("number=15049197335", Err(Refused::Number(InvalidPersonNumber::Real))),
        ("number=15849197353", Err(Refused::Number(InvalidPersonNumber::CheckDigits))),
        ("action=other", Err(Refused::Action)),
        ("fault=other", Err(Refused::Action)),
    ] {
        assert_eq!(choice_of(&room, &demand(), form), expected, "{form}");
    }
    let slow = choice_of(&room, &demand(), "pid=doctor&slow=yes");
    assert!(matches!(slow, Ok(Choice::Person { slowly: true, .. })));
}

#[tokio::test]
async fn who_is_registered_nowhere_can_log_in_by_a_synthetic_number() {
    let room = Room::open().await;
    let Ok(Choice::Person { person, level, .. }) = choice_of(&room, &demand(), "number=06828399789") else {
        panic!("nobody")
    };
    assert_eq!((person.number.expose(), level), ("06828399789", PersonLevel::High));
}

#[tokio::test]
async fn no_other_provider_than_those_of_client_and_request_is_used() {
    let room = Room::open().await;
    let new_alone = TestProviders::of([TestProvider::TestIdpNew]).unwrap();
    for demand in [
        LoginDemand { provider: Some(TestProvider::TestIdpNew), ..demand() },
        LoginDemand { providers: new_alone, ..demand() },
    ] {
        let used = chosen(&doctor(), PersonLevel::High, TestProvider::TestIdpNew);
        assert_eq!(choice_of(&room, &demand, "pid=doctor"), Ok(used));
        assert_eq!(choice_of(&room, &demand, "pid=doctor&provider=testidp-oidc"), Err(Refused::Provider));
    }
    let demand = LoginDemand { provider: Some(TestProvider::TestIdp), ..demand() };
    assert_eq!(choice_of(&room, &demand, "pid=patient"), Err(Refused::ProviderOfPerson));
}

#[test]
fn a_form_can_lead_to_an_app_of_the_system() {
    let target = FormTarget::of("com.example.app:/callback").unwrap();
    let headers = show(&LoginDemand { target, ..demand() }, &HeaderMap::new()).headers().clone();
    let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.ends_with("form-action 'self' com.example.app:"), "{policy}");
}
