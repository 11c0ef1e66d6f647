//! Each rule on a request broken alone, in every profile, and where that is shown.

use super::*;

/// Where a breach is shown at the authorization endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// By a page, in every profile.
    Page,
    /// By a page in those of HelseID's platform, by a redirect in FAPI's.
    Redirect,
}

type Change = fn(World) -> World;

const TABLE: &[(Rule, Shown, &[Change])] = &[
    (
        Rule::AuthorizeRedirectUri,
        Shown::Page,
        &[
            |world| world.without("redirect_uri"),
            |world| world.with("redirect_uri", "/cb"),
            |world| world.with("redirect_uri", "https://app.example/cb#x"),
            |world| world.with("redirect_uri", "https://app.example/cb#"),
            |world| world.with("redirect_uri", format!("https://app.example/{}", "x".repeat(400))),
        ],
    ),
    (
        Rule::AuthorizeRedirectUriRegistered,
        Shown::Page,
        &[
            |world| world.with("redirect_uri", "https://app.example/cb/"),
            |world| world.with("redirect_uri", "https://app.example/cb?x"),
            |world| world.with("redirect_uri", "https://evil.example/cb"),
            |world| world.with("redirect_uri", "http://127.0.0.1:1/cb"),
            |world| world.with("redirect_uri", "javascript:alert(1)"),
        ],
    ),
    (
        Rule::AuthorizeRedirectUriHttps,
        Shown::Page,
        &[|world| world.with("redirect_uri", "http://app.example/cb")],
    ),
    (
        Rule::AuthorizeResponseType,
        Shown::Redirect,
        &[
            |world| world.without("response_type"),
            |world| world.with("response_type", "token"),
            |world| world.with("response_type", "code id_token"),
        ],
    ),
    (
        Rule::AuthorizeResponseMode,
        Shown::Redirect,
        &[|world| world.with("response_mode", "fragment"), |world| world.with("response_mode", "Query")],
    ),
    (Rule::AuthorizeGrant, Shown::Redirect, &[|world| World { may_use_codes: false, ..world }]),
    (
        Rule::AuthorizeCodeChallenge,
        Shown::Redirect,
        &[|world| world.without("code_challenge"), |world| world.with("code_challenge", "plain")],
    ),
    (
        Rule::AuthorizeCodeChallengeMethod,
        Shown::Redirect,
        &[
            |world| world.without("code_challenge_method"),
            |world| world.with("code_challenge_method", "plain"),
        ],
    ),
    (
        Rule::AuthorizeScope,
        Shown::Redirect,
        &[
            |world| world.without("scope"),
            |world| world.with("scope", " "),
            |world| world.with("scope", "openid \"x\""),
        ],
    ),
    (
        Rule::AuthorizeScopeAllowed,
        Shown::Redirect,
        &[
            |world| world.with("scope", "openid nhn:api/write"),
            |world| world.with("scope", "openid nhn:gone/read"),
            |world| world.with("scope", "openid helseid://scopes/identity/pid"),
        ],
    ),
    (
        Rule::AuthorizeScopeOpenid,
        Shown::Redirect,
        &[
            |world| world.with("scope", "profile nhn:api/read"),
            |world| world.with("scope", "nhn:api/read"),
            |world| world.without("nonce").with("scope", "nhn:api/read").with("max_age", "1"),
            |world| world.without("nonce").with("scope", "nhn:api/read").with("acr_values", "Level4"),
            |world| world.without("nonce").with("scope", "nhn:api/read").with("id_token_hint", HINT),
        ],
    ),
    (
        Rule::AuthorizeOfflineAccess,
        Shown::Redirect,
        &[|world| World { may_use_refresh_tokens: false, ..world }],
    ),
    (
        Rule::AuthorizeResource,
        Shown::Redirect,
        &[
            |world| world.with("resource", "nhn:other"),
            |world| world.with("resource", "nhn:api").and("resource", "nhn:other"),
            |world| world.with("scope", "openid").with("resource", "nhn:api"),
            |world| world.with("resource", "x".repeat(257)),
        ],
    ),
    (
        Rule::AuthorizeState,
        Shown::Redirect,
        &[|world| world.with("state", "x".repeat(2_049)), |world| world.with("state", "a\nb")],
    ),
    (
        Rule::AuthorizeNonce,
        Shown::Redirect,
        &[|world| world.with("nonce", "x".repeat(513)), |world| world.with("nonce", "a\0b")],
    ),
    (
        Rule::AuthorizePrompt,
        Shown::Redirect,
        &[
            |world| world.with("prompt", "none login"),
            |world| world.with("prompt", "create"),
            |world| world.with("prompt", "LOGIN"),
        ],
    ),
    (
        Rule::AuthorizeMaxAge,
        Shown::Redirect,
        &[
            |world| world.with("max_age", "-1"),
            |world| world.with("max_age", "+1"),
            |world| world.with("max_age", "1.5"),
            |world| world.with("max_age", "x"),
        ],
    ),
    (Rule::AuthorizeAcrValues, Shown::Redirect, &[|world| world.with("acr_values", "x".repeat(301))]),
    (
        Rule::AuthorizeLoginHint,
        Shown::Redirect,
        &[|world| world.with("login_hint", "x".repeat(257)), |world| world.with("login_hint", "a\tb")],
    ),
    (
        Rule::AuthorizeIdTokenHint,
        Shown::Redirect,
        &[
            |world| world.with("id_token_hint", "another"),
            |world| world.with("id_token_hint", "x".repeat(16_385)),
        ],
    ),
    (
        Rule::AuthorizeDpopJkt,
        Shown::Redirect,
        &[
            |world| world.with("dpop_jkt", "x"),
            |world| world.with("dpop_jkt", format!("{THUMBPRINT}=")),
            // The last character has bits that no hash of 32 bytes has.
            |world| world.with("dpop_jkt", THUMBPRINT.replace("9Xs", "9Xt")),
        ],
    ),
    (
        Rule::AuthorizeTestPerson,
        Shown::Redirect,
        &[
            // The number of a real person, and one without check digits.
            |world| world.with("test_pid", "15049197352"),
            |world| world.with("test_pid", "15849197353"),
            |world| world.with("test_pid", "15849197352").with("test_security_level", "5"),
            |world| world.with("test_pid", "15849197352").with("test_hpr_number", "12a"),
            |world| world.with("test_pid", "15849197352").with("test_hpr_number", "0123"),
            |world| World { test_persons: None, ..world.with("test_pid", "15849197352") },
        ],
    ),
    (Rule::RequestObjectRequired, Shown::Page, &[|world| World { require_signed_requests: true, ..world }]),
    (Rule::RequestObjectForm, Shown::Page, &[|world| World { object: Some("x".to_owned()), ..world }]),
    (Rule::RequestObjectExp, Shown::Page, &[|world| world.object(&full_object().claim("exp", 1))]),
];

#[test]
fn each_breach_ends_the_walk_by_its_own_rule_and_is_shown_in_its_place() {
    for (rule, shown, changes) in TABLE {
        for (number, change) in changes.iter().enumerate() {
            for profile in Profile::ALL {
                let case = format!("{} {number} {profile}", rule.id());
                let fault = change(World::new(profile)).push().expect_err(&case);
                assert_eq!(fault.rule(), *rule, "{case}");

                let refusal = change(World::new(profile).unpushed()).front().expect_err(&case);
                assert_eq!(refusal.fault().rule(), *rule, "{case}");
                let is_sent_back = matches!(refusal, Refusal::Redirect(..));
                assert_eq!(is_sent_back, *shown == Shown::Redirect && profile == Profile::Fapi2, "{case}");
            }
        }
    }
}

#[test]
fn what_is_sent_back_goes_to_the_registered_address_with_the_state() {
    for (state, returned) in [("a state".to_owned(), Some("a state")), ("x".repeat(2_049), None)] {
        let mut world =
            World::new(Profile::Fapi2).unpushed().with("response_type", "token").with("state", state);
        let Err(Refusal::Redirect(way_back, fault)) = world.front() else { panic!("no redirect") };
        assert_eq!(fault.rule(), Rule::AuthorizeResponseType);
        assert_eq!((way_back.target().as_str(), way_back.state()), ("https://app.example/cb", returned));
    }
}

#[test]
fn what_the_address_that_is_not_registered_is_like_is_told() {
    let told = |address: &str| {
        let world = World::new(Profile::Fapi2).with("redirect_uri", address);
        let fault = world.with("scope", "openid").push().expect_err(address);
        assert_eq!(fault.rule(), Rule::AuthorizeRedirectUriRegistered);
        fault.description()
    };
    let (case, slash) = ("is registered with other letter case", "is registered, but for a slash at the end");
    for (address, is_case, is_slash) in [
        ("https://app.example/CB", true, false),
        ("https://app.example/cb/", false, true),
        ("https://app.example/c", false, false),
        ("https://app.example/other/", false, false),
    ] {
        let told = told(address);
        assert_eq!((told.contains(case), told.contains(slash)), (is_case, is_slash), "{told}");
    }
    let ends_in_a_slash = [RedirectUri::parse("https://app.example/cb/").unwrap()];
    let mut world = World::new(Profile::Fapi2);
    let fault = world.judged(|parameters, (client, expectations), trail| {
        let client = Client { redirect_uris: &ends_in_a_slash, ..*client };
        push(parameters, None, (&client, expectations), trail)
    });
    assert!(fault.expect_err("another address").description().contains(slash));
}

#[test]
fn a_breach_never_repeats_a_persons_number() {
    let numbers = [
        ("test_pid", "15049197352"),
        ("test_security_level", "15049197352"),
        ("test_hpr_number", "15049197352"),
        ("login_hint", "15049197352\u{1}"),
    ];
    for (name, value) in numbers {
        let fault = World::new(Profile::Helseid)
            .with("test_pid", "15849197352")
            .with(name, value)
            .push()
            .expect_err(name);
        assert!(!format!("{fault:?} {}", fault.description()).contains("15049197352"), "{fault:?}");
    }
}

#[test]
fn what_profiles_differ_in_passes_or_is_refused_as_they_say() {
    use Profile::{Fapi2, Helseid, HelseidNext, Legacy};
    let other_case = |world: World| world.with("redirect_uri", "https://APP.example/CB");
    for profile in [Helseid, Legacy] {
        let checked = other_case(World::new(profile)).warns(Rule::AuthorizeRedirectUriRegistered);
        assert_eq!(checked.way_back.target().as_str(), "https://app.example/cb");
    }
    for profile in [HelseidNext, Fapi2] {
        other_case(World::new(profile)).breaks(Rule::AuthorizeRedirectUriRegistered);
    }

    // A test person is taken outside a pushed request by one profile alone.
    for profile in Profile::ALL {
        let mut world = World::new(profile).unpushed().with("test_pid", "15849197352");
        let outcome = world.front();
        if profile == Legacy {
            assert!(outcome.expect("a warning").ask.test_person.is_some());
            assert_eq!(
                world.trail.warnings().map(|(rule, _)| rule).collect::<Vec<_>>(),
                [Rule::AuthorizeTestPerson]
            );
        } else {
            assert_eq!(outcome.expect_err("refused").fault().rule(), Rule::AuthorizeTestPerson, "{profile}");
        }
    }
}

#[test]
fn what_should_be_sent_and_is_not_passes_with_a_warning() {
    for profile in Profile::ALL {
        World::new(profile).without("state").warns(Rule::AuthorizeState);
        World::new(profile).with("state", "").warns(Rule::AuthorizeState);
        World::new(profile).without("nonce").warns(Rule::AuthorizeNonce);
        let unknown =
            World::new(profile).with("acr_values", "idp:nobody Level4 urn:x").warns(Rule::AuthorizeAcrValues);
        assert_eq!(unknown.ask.acr.provider, None);
        World::new(profile).with("test_security_level", "4").warns(Rule::AuthorizeTestPerson);
    }
}

#[test]
fn texts_of_the_greatest_length_pass() {
    let checked = World::new(Profile::Fapi2)
        .with("state", "x".repeat(2_048))
        .with("nonce", "x".repeat(512))
        .with("login_hint", "x".repeat(256))
        .with("max_age", "9".repeat(20))
        .holds();
    assert_eq!(checked.ask.max_age, Some(u32::MAX));
    let address = format!("{:x<400}", "https://app.example/");
    World::new(Profile::Fapi2).with("redirect_uri", address).breaks(Rule::AuthorizeRedirectUriRegistered);
    // A wish for a language is never a breach.
    assert_eq!(World::new(Profile::Fapi2).with("ui_locales", "x".repeat(101)).holds().ask.ui_locales, None);
}

#[test]
fn a_client_without_openid_may_ask_for_apis_alone() {
    for profile in Profile::ALL {
        World::new(profile)
            .with("scope", "nhn:api/read offline_access")
            .without("nonce")
            .warns(Rule::AuthorizeNonce);
    }
}
