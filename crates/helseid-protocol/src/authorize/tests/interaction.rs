use super::*;
use crate::authorize::interaction::{Login, Step, Visit, begin, cancelled, finish, other_browser};
use crate::claims::SecurityLevel;
use crate::rule::ErrorCode;

const AGO: Timestamp = Timestamp::from_seconds(1_790_000_000 - 100);

fn ask(change: impl FnOnce(World) -> World) -> Ask {
    change(World::new(Profile::Helseid)).push().expect("a valid request").ask
}

const fn login() -> Login<'static> {
    Login {
        is_new: false,
        authenticated: AGO,
        level: SecurityLevel::Substantial,
        provider: "testidp-oidc",
        is_hinted: None,
    }
}

const fn visit() -> Visit<'static> {
    Visit { session: Some(login()), login_hint_is_a_person: false, providers: None, now: NOW }
}

fn step(ask: &Ask, visit: Visit<'_>) -> Result<Step, Rule> {
    begin(ask, visit, &mut Trail::new()).map_err(|fault| fault.rule())
}

#[test]
fn a_session_signs_in_unless_something_asks_for_more() {
    let with = |name: &'static str, value: &'static str| ask(|world| world.with(name, value));
    let nobody = Visit { session: None, ..visit() };
    for (asked, visit, expected) in [
        (ask(|world| world), visit(), Step::UseSession),
        (ask(|world| world), nobody, Step::ShowPage),
        (with("prompt", "none"), visit(), Step::UseSession),
        (with("prompt", "consent"), visit(), Step::UseSession),
        (with("prompt", "login"), visit(), Step::ShowPage),
        (with("prompt", "select_account"), visit(), Step::ShowPage),
        (with("prompt", "login"), nobody, Step::ShowPage),
        (with("max_age", "100"), visit(), Step::UseSession),
        (with("max_age", "99"), visit(), Step::ShowPage),
        (with("max_age", "0"), visit(), Step::ShowPage),
        (with("acr_values", "Level3"), visit(), Step::UseSession),
        (with("acr_values", "Level4"), visit(), Step::ShowPage),
        (with("acr_values", "idp:testidp-oidc"), visit(), Step::UseSession),
        (with("acr_values", "idp:testidpnew-oidc"), visit(), Step::ShowPage),
        (with("id_token_hint", HINT), visit(), Step::ShowPage),
    ] {
        assert_eq!(step(&asked, visit), Ok(expected), "{asked:?}");
    }
    let hinted =
        |is_hinted| Visit { session: Some(Login { is_hinted: Some(is_hinted), ..login() }), ..visit() };
    assert_eq!(step(&with("id_token_hint", HINT), hinted(true)), Ok(Step::UseSession));
    assert_eq!(step(&with("id_token_hint", HINT), hinted(false)), Ok(Step::ShowPage));
}

#[test]
fn without_a_page_what_is_missing_is_refused_by_its_own_rule() {
    let silent =
        |name: &'static str, value: &'static str| ask(|world| world.with("prompt", "none").with(name, value));
    let nobody = Visit { session: None, ..visit() };
    for (asked, visit, rule, code) in [
        (silent("state", "x"), nobody, Rule::InteractionNone, "login_required"),
        (silent("max_age", "99"), visit(), Rule::InteractionFresh, "login_required"),
        (silent("max_age", "0"), visit(), Rule::InteractionFresh, "login_required"),
        (silent("id_token_hint", HINT), visit(), Rule::InteractionHintedPerson, "login_required"),
        (
            silent("acr_values", "Level4"),
            visit(),
            Rule::InteractionLevel,
            "unmet_authentication_requirements",
        ),
        (silent("acr_values", "idp:testidpnew-oidc"), visit(), Rule::InteractionIdp, "access_denied"),
        (silent("test_pid", "15849197352"), visit(), Rule::InteractionNone, "login_required"),
    ] {
        let fault = begin(&asked, visit, &mut Trail::new()).expect_err(rule.id());
        assert_eq!((fault.rule(), fault.code().as_str()), (rule, code));
        for profile in Profile::ALL {
            let errors = profile.switches().login.errors;
            assert!(errors.redirects(fault.code()), "{profile} {}", rule.id());
        }
    }
}

#[test]
fn test_persons_and_hints_that_name_one_are_new_logins_without_a_page() {
    let with = |name: &'static str, value: &'static str| {
        ask(|world| world.with("test_pid", "15849197352").with(name, value))
    };
    for asked in [with("prompt", "login"), with("prompt", "select_account"), with("max_age", "0")] {
        assert_eq!(step(&asked, visit()), Ok(Step::LogInTestPerson));
    }
    let named = Visit { login_hint_is_a_person: true, ..visit() };
    for (prompt, expected) in [
        ("consent", Step::LogInHintedPerson),
        ("login", Step::LogInHintedPerson),
        ("select_account", Step::ShowPage),
        ("none", Step::UseSession),
    ] {
        let asked = ask(|world| world.with("login_hint", "doctor").with("prompt", prompt));
        assert_eq!(step(&asked, named), Ok(expected), "{prompt}");
    }
}

#[test]
fn a_provider_that_is_not_the_clients_is_refused_at_once() {
    let asked = ask(|world| world.with("acr_values", "idp:testidpnew-oidc"));
    let own = |providers| Visit { providers: Some(providers), ..visit() };
    assert_eq!(step(&asked, own(&["testidp-oidc"])), Err(Rule::InteractionIdp));
    assert_eq!(step(&asked, own(&["testidpnew-oidc"])), Ok(Step::ShowPage));
    assert_eq!(step(&ask(|world| world), own(&["testidpnew-oidc"])), Ok(Step::ShowPage));
    assert_eq!(step(&ask(|world| world), own(&["testidpnew-oidc", "testidp-oidc"])), Ok(Step::UseSession));
    let silent = ask(|world| world.with("prompt", "none"));
    assert_eq!(step(&silent, own(&["testidpnew-oidc"])), Err(Rule::InteractionIdp));
}

#[test]
fn a_login_for_this_very_request_is_new_whatever_is_asked_for() {
    let judged = |asked: &Ask, login| {
        finish((asked, None), login, NOW, &mut Trail::new()).map_err(|fault| fault.rule())
    };
    let new = Login { is_new: true, authenticated: NOW, ..login() };
    for (name, value) in [("prompt", "login"), ("max_age", "0"), ("max_age", "1")] {
        let asked = ask(|world| world.with(name, value));
        assert_eq!(judged(&asked, new), Ok(()), "{name}={value}");
        // However slow the rest was: no page comes again.
        assert_eq!(judged(&asked, Login { authenticated: AGO, ..new }), Ok(()), "{name}={value}");
        assert_eq!(judged(&asked, login()), Err(Rule::InteractionFresh), "{name}={value}");
    }
    let this_second = Login { authenticated: NOW, ..login() };
    assert_eq!(judged(&ask(|world| world.with("max_age", "0")), this_second), Err(Rule::InteractionFresh));
    let future = Login { authenticated: NOW.plus(TOLERANCE), ..login() };
    assert_eq!(judged(&ask(|world| world.with("max_age", "9")), future), Err(Rule::InteractionFresh));

    let level = ask(|world| world.with("acr_values", "Level4"));
    assert_eq!(judged(&level, new), Err(Rule::InteractionLevel));
    assert_eq!(judged(&level, Login { level: SecurityLevel::High, ..new }), Ok(()));
    let hint = ask(|world| world.with("id_token_hint", HINT));
    assert_eq!(judged(&hint, new), Err(Rule::InteractionHintedPerson));
    assert_eq!(judged(&hint, Login { is_hinted: Some(true), ..new }), Ok(()));
    let provider = ask(|world| world.with("acr_values", "idp:testidpnew-oidc"));
    assert_eq!(judged(&provider, new), Err(Rule::InteractionIdp));
}

#[test]
fn a_new_login_by_a_provider_that_is_not_the_clients_is_refused() {
    let (asked, new) = (ask(|world| world), Login { is_new: true, authenticated: NOW, ..login() });
    let judged = |providers: &[&str]| {
        finish((&asked, Some(providers)), new, NOW, &mut Trail::new()).map_err(|fault| fault.rule())
    };
    assert_eq!(judged(&["testidpnew-oidc"]), Err(Rule::InteractionIdp));
    assert_eq!(judged(&["testidpnew-oidc", "testidp-oidc"]), Ok(()));
}

#[test]
fn a_cancelled_login_goes_back_and_one_of_another_browser_does_not() {
    assert_eq!((cancelled().rule(), cancelled().code()), (Rule::InteractionCancel, ErrorCode::AccessDenied));
    assert_eq!(other_browser().rule(), Rule::InteractionBrowser);
    assert!(!Profile::Helseid.switches().login.errors.redirects(other_browser().code()));
}
