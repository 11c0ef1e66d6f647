//! When an assertion is used up, and whether it stays so.

use std::sync::atomic::Ordering;

use helseid_protocol::rule::{Profile, Rule};

use super::tests::{OTHER, Outcome, Sent, World, new_key};

/// A request that its client may make, with one thing wrong that is found after authentication.
fn wrong(world: &World) -> [(Rule, Sent); 3] {
    let mut grant_type = world.sent();
    grant_type.form = vec![("grant_type", "password".into())];
    [
        (Rule::RequestGrantType, grant_type),
        (Rule::RequestScopeAllowed, world.sent().with("scope", OTHER)),
        (Rule::RequestResource, world.sent().with("resource", "nhn:elsewhere")),
    ]
}

#[tokio::test]
async fn what_was_refused_may_be_sent_again_unless_the_first_request_uses_it_up() {
    for profile in Profile::ALL {
        let world = World::new(profile);
        for (rule, sent) in wrong(&world) {
            world.breaks(rule, &sent).await;
            let again = Sent { assertion: sent.assertion, ..world.sent() };
            match profile {
                Profile::HelseidNext | Profile::Fapi2 => world.breaks(Rule::AssertionJtiOnce, &again).await,
                Profile::Helseid | Profile::Legacy => {
                    world.token(&again).await;
                    let third = Sent { proof: Some(world.proof(true)), ..again };
                    world.breaks(Rule::AssertionJtiOnce, &third).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn who_is_not_authenticated_uses_nothing_up() {
    let world = World::new(Profile::HelseidNext);
    let assertion = world.assertion(None);
    let by_another = Sent { assertion: assertion.sign(&new_key()), ..world.sent() };
    world.breaks(Rule::AssertionSignature, &by_another).await;
    world.token(&Sent { assertion: assertion.sign(&world.key), ..world.sent() }).await;
}

#[tokio::test]
async fn a_clock_that_goes_forward_and_back_lets_nothing_pass_twice() {
    for profile in Profile::ALL {
        let world = World::new(profile);
        let used = world.sent();
        world.token(&used).await;
        world.clock.fetch_add(300, Ordering::SeqCst);
        world.token(&world.sent()).await;
        world.clock.fetch_sub(300, Ordering::SeqCst);
        let (outcome, _) = world.answer(&used).await;
        assert!(matches!(outcome, Outcome::Unavailable(_)), "{profile}");
        // A proof's life later all is well.
        world.clock.fetch_add(90, Ordering::SeqCst);
        world.token(&world.sent()).await;
    }
}

#[tokio::test]
async fn a_clock_that_is_ahead_for_one_client_makes_others_forget_nothing() {
    let world = World::new(Profile::Helseid);
    let used = world.sent();
    world.token(&used).await;
    for ahead in [3600, -3600, 365 * 86_400] {
        world.clock.fetch_add(ahead, Ordering::SeqCst);
        let by_that_clock = world.sent();
        world.clock.fetch_sub(ahead, Ordering::SeqCst);
        for (nth, expected) in [("first", true), ("second", false)] {
            let (outcome, _) = world.answer_by_a_clock_ahead(ahead, &by_that_clock).await;
            assert_eq!(matches!(outcome, Outcome::Granted(_)), expected, "{ahead}: the {nth}");
        }
        let again = Sent { proof: Some(world.proof(true)), ..used.clone() };
        world.breaks(Rule::AssertionJtiOnce, &again).await;
    }
}
