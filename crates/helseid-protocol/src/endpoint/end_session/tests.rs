//! Takes a valid request to end a session, breaks one property, expects that one outcome.

use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::claims::SecurityLevel;
use crate::endpoint::form::CONTENT_TYPE;
use crate::forge;
use crate::id_token::IdTokenRequest;
use crate::jose::{PrivateJwk, RsaSize, SigningKey};
use crate::person::{LoggedIn, Login, Network, Person, PersonName, PersonNumber, SyntheticMonth};
use crate::scope::ScopeSet;
use crate::time::Timestamp;

struct World {
    verify: VerifyKey,
    issuer: Issuer,
    hint: String,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let kid = KeyId::parse("issuer").unwrap();
    let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, Some(kid))).unwrap();
    let issuer = Issuer::parse("https://sts.example").unwrap();
    let now = Timestamp::from_seconds(1_790_000_000);
    let person = Person {
        number: PersonNumber::parse("15849197352", SyntheticMonth::Plus80).unwrap(),
        name: PersonName::new("LIVSTRETT", None, "BEVER").unwrap(),
        health_personnel: None,
    };
    let login = Login {
        session: "CC2462C2",
        authenticated: now,
        level: SecurityLevel::High,
        identity_provider: "testidp-oidc",
        methods: &["pwd"],
        network: Network::Internet,
    };
    let request = IdTokenRequest {
        issuer: &issuer,
        client_id: &ClientId::parse("the-client").unwrap(),
        logged_in: LoggedIn { person: &person, login },
        scopes: &ScopeSet::parse("openid").unwrap(),
        nonce: None,
        access_token: None,
        algorithm: Algorithm::ES256,
        lifetime: Duration::from_secs(300),
        now,
    };
    let hint = forge::id_token(&key, request).sign(&key);
    World { verify: VerifyKey::new(key.public().clone()).unwrap(), issuer, hint }
});

const BACK: &str = "https://app.example/signed-out?a=b";

fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn valid() -> Vec<(&'static str, &'static str)> {
    vec![("id_token_hint", &WORLD.hint), ("post_logout_redirect_uri", BACK), ("state", "a b&c")]
}

fn get(query: &str, trail: &mut Trail) -> Result<EndSessionForm, Fault> {
    EndSessionForm::read(&Method::GET, query.as_bytes(), (None, b""), trail)
}

fn decide_with(pairs: &[(&str, &str)], browser: Browser, trail: &mut Trail) -> Result<EndSession, Fault> {
    let form = get(&query(pairs), trail)?;
    let key = |kid: &KeyId, _| (kid.as_str() == "issuer").then_some(&WORLD.verify);
    let hint = form.hint(&WORLD.issuer, AlgorithmSet::HELSEID, key, |_| true, trail);
    form.decide(hint.as_ref(), browser, &[RedirectUri::parse(BACK).unwrap()], trail)
}

fn decide(pairs: &[(&str, &str)], browser: Browser) -> Result<EndSession, Rule> {
    decide_with(pairs, browser, &mut Trail::new()).map_err(|fault| fault.rule())
}

fn location(ended: EndSession) -> Option<String> {
    ended.redirect.map(|redirect| redirect.location())
}

#[test]
fn a_hint_of_the_browsers_session_ends_it_at_once_and_leads_back() {
    let mut trail = Trail::new();
    let ended = decide_with(&valid(), Browser::InTheHintedSession, &mut trail).unwrap();
    assert_eq!(ended.ending, Ending::AtOnce);
    assert_eq!(location(ended).as_deref(), Some("https://app.example/signed-out?a=b&state=a+b%26c"));
    require_confirmation(true, &mut trail).unwrap();
    for rule in Rule::ALL.iter().filter(|rule| rule.id().starts_with("end_session.")) {
        assert!(trail.has(*rule), "{}", rule.id());
    }
    let posted = EndSessionForm::read(
        &Method::POST,
        b"",
        (Some(CONTENT_TYPE), query(&valid()).as_bytes()),
        &mut trail,
    );
    assert!(posted.unwrap().hint.is_some());
}

#[test]
fn whoever_is_signed_in_otherwise_is_asked_first() {
    let ending = |pairs: &[(&str, &str)], browser| decide(pairs, browser).unwrap().ending;
    assert_eq!(ending(&valid(), Browser::InAnotherSession), Ending::AfterAQuestion);
    assert_eq!(ending(&[], Browser::InAnotherSession), Ending::AfterAQuestion);
    assert_eq!(ending(&[("client_id", "the-client")], Browser::InAnotherSession), Ending::AfterAQuestion);
    // Without a hint there is no hinted session, whatever the caller says.
    assert_eq!(ending(&[], Browser::InTheHintedSession), Ending::AfterAQuestion);
    assert_eq!(ending(&valid(), Browser::SignedOut), Ending::AtOnce);
    let mut trail = Trail::new();
    decide_with(&valid(), Browser::InAnotherSession, &mut trail).unwrap();
    assert!(trail.warnings().any(|(rule, _)| rule == Rule::EndSessionPerson));
}

#[test]
fn there_is_no_redirect_without_a_valid_hint_and_a_registered_address() {
    let [hint, back, state] = valid().try_into().unwrap();
    let forged = format!("{}A", hint.1);
    for (pairs, rule) in [
        (vec![back, state], Rule::EndSessionRedirect),
        (vec![back, state, ("client_id", "the-client")], Rule::EndSessionRedirect),
        (vec![back, ("id_token_hint", forged.as_str())], Rule::EndSessionHint),
        (vec![back, ("id_token_hint", "a.b.c")], Rule::EndSessionHint),
        (
            vec![hint, ("post_logout_redirect_uri", "https://app.example/signed-out")],
            Rule::EndSessionRedirect,
        ),
        (
            vec![hint, ("post_logout_redirect_uri", "https://APP.example/signed-out?a=b")],
            Rule::EndSessionRedirect,
        ),
        (vec![hint, ("post_logout_redirect_uri", "//evil.example")], Rule::EndSessionRedirect),
    ] {
        for browser in [Browser::SignedOut, Browser::InTheHintedSession, Browser::InAnotherSession] {
            let mut trail = Trail::new();
            let ended = decide_with(&pairs, browser, &mut trail).unwrap();
            assert_eq!(ended.redirect, None, "{pairs:?}");
            assert!(trail.warnings().any(|(warned, _)| warned == rule), "{pairs:?}");
        }
    }
    let stays = decide(&[hint], Browser::InTheHintedSession).unwrap();
    assert_eq!((stays.ending, stays.redirect), (Ending::AtOnce, None));
    let without_state = decide(&[hint, back], Browser::InTheHintedSession).unwrap();
    assert_eq!(location(without_state).as_deref(), Some(BACK));
}

#[test]
fn a_hint_that_we_did_not_issue_to_a_client_counts_as_none() {
    let mut trail = Trail::new();
    let form = get(&query(&valid()), &mut trail).unwrap();
    let hint =
        form.hint(&WORLD.issuer, AlgorithmSet::HELSEID, |_, _| Some(&WORLD.verify), |_| false, &mut trail);
    assert!(hint.is_none());
    assert_eq!(trail.warnings().map(|(rule, _)| rule).collect::<Vec<_>>(), [Rule::EndSessionHint]);
}

#[test]
fn each_breach_has_its_rule() {
    let long = "x".repeat(MAX_STATE_BYTES + 1);
    let broken = |pairs: &[(&str, &str)]| decide(pairs, Browser::SignedOut).unwrap_err();
    assert_eq!(broken(&[("state", "a"), ("state", "b")]), Rule::EndSessionOnce);
    assert_eq!(broken(&[("state", &long)]), Rule::EndSessionMethod);
    assert_eq!(broken(&[("post_logout_redirect_uri", &long)]), Rule::EndSessionMethod);
    let [hint, ..] = valid().try_into().map(|all: [_; 3]| all).unwrap();
    assert_eq!(broken(&[hint, ("client_id", "another")]), Rule::EndSessionClientId);
    let trail = &mut Trail::new();
    for (method, content_type) in
        [(Method::PUT, Some(CONTENT_TYPE)), (Method::POST, Some("application/json")), (Method::POST, None)]
    {
        let fault = EndSessionForm::read(&method, b"", (content_type, b""), trail).unwrap_err();
        assert_eq!(fault.rule(), Rule::EndSessionMethod, "{method}");
    }
    assert_eq!(require_confirmation(false, trail).unwrap_err().rule(), Rule::EndSessionConfirm);
}

#[test]
fn too_many_languages_count_as_none() {
    let locales = |text: &str| {
        let form = get(&query(&[("ui_locales", text)]), &mut Trail::new()).expect("a request");
        form.ui_locales().map(str::len)
    };
    assert_eq!(locales(&"x".repeat(MAX_UI_LOCALES)), Some(MAX_UI_LOCALES));
    assert_eq!(locales(&"x".repeat(MAX_UI_LOCALES + 1)), None);
}

#[test]
fn a_request_is_not_shown() {
    let form = get(&query(&valid()), &mut Trail::new()).unwrap();
    assert_eq!(format!("{form:?}"), "EndSessionForm { .. }");
}

proptest! {
    #[test]
    fn no_query_leads_elsewhere_than_to_a_registered_address(query in "[ -~]{0,80}", state in "\\PC{0,40}", browser in 0..3_usize) {
        let browser = [Browser::SignedOut, Browser::InTheHintedSession, Browser::InAnotherSession][browser];
        let mut all = valid();
        all[2] = ("state", &state);
        let whole = format!("{}&{query}", self::query(&all));
        let trail = &mut Trail::new();
        if let Ok(form) = get(&whole, trail) {
            let hint = form.hint(&WORLD.issuer, AlgorithmSet::HELSEID, |_, _| Some(&WORLD.verify), |_| true, trail);
            if let Ok(ended) = form.decide(hint.as_ref(), browser, &[RedirectUri::parse(BACK).unwrap()], trail) {
                let location = location(ended).unwrap_or_else(|| BACK.to_owned());
                prop_assert!(location.starts_with(BACK));
                prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{location}");
            }
        }
    }
}
