//! What stands beside a request object.

use proptest::prelude::*;

use super::*;

const MERGING: [Profile; 3] = [Profile::Helseid, Profile::HelseidNext, Profile::Legacy];

#[test]
fn parameters_beside_a_partial_object_count() {
    for profile in MERGING {
        let checked = World::new(profile).object(&valid_object().claim("nonce", "a nonce")).holds();
        assert_eq!(checked.way_back.state(), Some("a state"));
        assert!(checked.request_object.is_some());
    }
}

#[test]
fn a_value_beside_the_object_that_differs_is_refused() {
    for profile in MERGING {
        for (name, value) in
            [("state", "another"), ("nonce", "another"), ("redirect_uri", "http://localhost/cb")]
        {
            World::new(profile).with(name, value).object(&full_object()).breaks(Rule::RequestObjectOutside);
        }
        let object = full_object().claim("resource", "nhn:api");
        World::new(profile).with("resource", "nhn:other").object(&object).breaks(Rule::RequestObjectOutside);
        World::new(profile).with("resource", "nhn:api").object(&object).holds();
        // One without a value counts as left out.
        let checked = World::new(profile).with("resource", "").object(&object).holds();
        assert_eq!(checked.ask.resources.iter().map(Audience::as_str).collect::<Vec<_>>(), ["nhn:api"]);
        assert!(World::new(profile).with("resource", "").holds().ask.resources.is_empty());
    }
}

#[test]
fn nothing_beside_the_object_counts_where_the_client_must_sign_or_the_profile_is_strict() {
    let must_sign = |profile| World { require_signed_requests: true, ..World::new(profile) };
    for world in [must_sign(Profile::Helseid), must_sign(Profile::Legacy), World::new(Profile::Fapi2)] {
        // As if it were not there.
        let missing = [
            (Rule::AuthorizeRedirectUri, "redirect_uri"),
            (Rule::AuthorizeResponseType, "response_type"),
            (Rule::AuthorizeScope, "scope"),
            (Rule::AuthorizeCodeChallenge, "code_challenge"),
        ];
        for (rule, name) in missing {
            world.clone().object(&full_object().without_claim(name)).breaks(rule);
        }
        let mut differing =
            world.clone().with("state", "another").with("max_age", "5").object(&full_object());
        let checked = differing.push().expect("what is inside");
        assert_eq!((checked.way_back.state(), checked.ask.max_age), (Some("a state"), None));
        let warned: Vec<_> = differing.trail.warnings().map(|(rule, _)| rule).collect();
        assert_eq!(warned, [Rule::RequestObjectOutside]);
        world.object(&full_object()).holds();
    }
}

#[test]
fn an_object_that_is_completed_outside_must_have_a_jti_unless_it_is_pushed() {
    for profile in MERGING {
        let world = World::new(profile).unpushed();
        let partial = valid_object().without_claim("jti");
        let refusal = world.clone().object(&partial).front().expect_err("no jti");
        assert_eq!(refusal.fault().rule(), Rule::RequestObjectJti);
        assert!(matches!(refusal, Refusal::Page(_)));
        assert!(world.clone().object(&valid_object()).front().is_ok());
        assert!(world.clone().object(&full_object().without_claim("jti")).front().is_ok());
        assert_eq!(World::new(profile).object(&partial).holds().request_object, None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn wherever_its_parameters_stand_a_request_asks_for_the_same(places in prop::collection::vec(0..3_u8, 7)) {
        let mut world = World::new(Profile::Helseid);
        let whole = world.clone().holds();
        let mut object = valid_object();
        for ((name, value), place) in std::mem::take(&mut world.parameters).into_iter().zip(places) {
            // Inside, outside, or both.
            if place != 1 {
                object = object.claim(name, value.as_str());
            }
            if place != 0 {
                world.parameters.push((name, value));
            }
        }
        let merged = world.object(&object).holds();
        prop_assert_eq!((merged.way_back, merged.ask), (whole.way_back, whole.ask));
    }
}
