//! Whether a token is still good: what the authority says is kept for a moment, and what nobody knows is not taken.

use std::time::Duration;

use helseid_client::protocol::secret::AccessToken;
use helseid_client::{ActiveTokens, ErrorKind, NotActive, RetryPolicy};
use serde_json::json;

use crate::world::{Reply, World, in_time, refused, world};

const NOW: i64 = 1_790_000_000;

fn said(answer: &serde_json::Value) -> Reply {
    Reply::Plain(200, Vec::new(), answer.to_string())
}

/// Good, until so many seconds from now.
fn active(world: &World, left: i64) -> Reply {
    let issuer = world.client.config().issuer.as_str();
    said(&json!({
        "active": true, "iss": issuer, "aud": "nhn:api", "exp": NOW + left, "scope": "nhn:api/read", "sub": "anne",
    }))
}

fn inactive() -> Reply {
    said(&json!({ "active": false }))
}

fn away() -> Reply {
    Reply::Plain(503, Vec::new(), String::new())
}

fn tokens(world: &World) -> ActiveTokens {
    world.client_with(|builder| builder.retry(RetryPolicy::new(1, Duration::ZERO))).active_tokens()
}

fn token(text: &str) -> AccessToken {
    AccessToken::new(text)
}

#[tokio::test]
async fn what_the_authority_says_is_typed_and_kept_for_five_seconds() {
    let world = world().await;
    world.authority.will([active(&world, 600), inactive(), active(&world, 600)]);
    let tokens = tokens(&world);
    for _ in 0..3 {
        let claims = tokens.require_active(&token("anne's")).await.unwrap();
        assert_eq!((claims.subject(), claims.expires().seconds()), (Some("anne"), NOW + 600));
    }
    assert_eq!(world.authority.count(), 1);
    assert_eq!(world.authority.parameters("token"), [Some("anne's".to_owned())]);
    // Another token is another question.
    let other = tokens.require_active(&token("bjarne's")).await;
    assert!(matches!(other, Err(NotActive::Inactive)), "{other:?}");
    assert_eq!(world.authority.count(), 2);
    world.clock.forward(4);
    tokens.clone().require_active(&token("anne's")).await.expect("a clone shares the answers");
    assert_eq!(world.authority.count(), 2);
    world.clock.forward(1);
    tokens.require_active(&token("anne's")).await.unwrap();
    assert_eq!(world.authority.count(), 3);
}

#[tokio::test]
async fn a_token_that_was_revoked_is_known_to_be_so_within_the_time_that_answers_are_kept() {
    let world = world().await;
    world.authority.will([active(&world, 600), inactive(), active(&world, 600), inactive()]);
    let each_time = tokens(&world).kept_for(Duration::ZERO);
    each_time.require_active(&token("t")).await.unwrap();
    assert!(matches!(each_time.require_active(&token("t")).await, Err(NotActive::Inactive)));
    // However long it is asked for, a minute is the most.
    let long = tokens(&world).kept_for(Duration::from_secs(3_600));
    long.require_active(&token("t")).await.unwrap();
    world.clock.forward(59);
    long.require_active(&token("t")).await.unwrap();
    world.clock.forward(1);
    assert!(matches!(long.require_active(&token("t")).await, Err(NotActive::Inactive)));
}

#[tokio::test]
async fn an_answer_ends_with_its_token() {
    let world = world().await;
    world.authority.will([active(&world, 3), inactive()]);
    let tokens = tokens(&world);
    tokens.require_active(&token("t")).await.unwrap();
    world.clock.forward(3);
    assert!(matches!(tokens.require_active(&token("t")).await, Err(NotActive::Inactive)));
    assert_eq!(world.authority.count(), 2);
}

#[tokio::test]
async fn of_many_at_once_who_ask_about_one_token_one_asks_the_authority() {
    let world = world().await;
    world.authority.will([active(&world, 600)]);
    let tokens = tokens(&world);
    let (one, many) = (token("t"), 50);
    let asking = (0..many).map(|_| tokens.require_active(&one));
    let all = in_time(futures_util::future::join_all(asking)).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(world.authority.count(), 1);
}

/// What nobody knows is refused, unless the caller said that a good answer counts for a while.
#[tokio::test]
async fn while_the_authority_is_away_nothing_is_taken_but_by_a_named_setting() {
    let world = world().await;
    world.authority.will([active(&world, 600), away(), away()]);
    let closed = tokens(&world);
    closed.require_active(&token("t")).await.unwrap();
    world.clock.forward(6);
    let unknown = closed.require_active(&token("t")).await;
    assert!(
        matches!(&unknown, Err(NotActive::Unknown(error)) if error.kind() == ErrorKind::Unavailable),
        "{unknown:?}"
    );

    world.authority.will([active(&world, 600), away(), away(), away(), refused(401, "invalid_client")]);
    let graced = tokens(&world).insecure_grace(Duration::from_secs(30));
    graced.require_active(&token("t")).await.unwrap();
    world.clock.forward(29);
    graced.require_active(&token("t")).await.expect("the last answer was good, 29 s ago");
    assert!(graced.require_active(&token("another")).await.is_err(), "of which there is no answer");
    world.clock.forward(1);
    assert!(graced.require_active(&token("t")).await.is_err(), "30 s ago");
    // A refusal is no outage.
    let graced = tokens(&world).insecure_grace(Duration::from_secs(30)).kept_for(Duration::ZERO);
    let refused = graced.require_active(&token("t")).await;
    assert!(
        matches!(&refused, Err(NotActive::Unknown(error)) if error.kind() == ErrorKind::OAuth),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_answer_that_is_none_is_an_error_and_repeats_nothing() {
    let world = world().await;
    let issuer = world.client.config().issuer.as_str();
    for answer in [
        json!({ "active": "true" }),
        json!({ "active": true, "iss": issuer, "exp": "soon", "aud": "a", "sub": "13899525781" }),
        json!({ "active": true, "iss": "https://other.example", "exp": NOW + 600, "aud": "a", "sub": "13899525781" }),
        json!([]),
    ] {
        world.authority.will([said(&answer)]);
        let error = tokens(&world).require_active(&token("the-secret")).await.expect_err("no answer");
        let NotActive::Unknown(why) = &error else { panic!("{error:?}") };
        assert_eq!(why.kind(), ErrorKind::Protocol, "{answer}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("13899525781") && !text.contains("the-secret"), "{text}");
    }
    world.authority.will([active(&world, 600)]);
    let good = world.client.introspect(&token("t")).await.unwrap();
    assert!(good.is_active() && !format!("{good:?}").contains("anne"), "{good:?}");
}

/// Strangers who send ten thousand tokens fill the memory no further.
#[tokio::test]
async fn answers_about_ten_thousand_tokens_are_kept_and_of_others_none() {
    let world = world().await;
    world.authority.will((0..ActiveTokens::MAX_TOKENS + 3).map(|_| inactive()));
    let tokens = tokens(&world).kept_for(ActiveTokens::LONGEST);
    in_time(async {
        for number in 0..ActiveTokens::MAX_TOKENS {
            let _ = tokens.introspect(&token(&format!("t{number}"))).await.unwrap();
        }
        let asked = world.authority.count();
        tokens.introspect(&token("t0")).await.unwrap();
        assert_eq!(world.authority.count(), asked, "it is kept");
        for _ in 0..2 {
            tokens.introspect(&token("one more")).await.unwrap();
        }
        assert_eq!(world.authority.count(), asked + 2, "it is not");
        world.clock.forward(61);
        tokens.introspect(&token("one more")).await.unwrap();
        tokens.introspect(&token("one more")).await.unwrap();
        assert_eq!(world.authority.count(), asked + 3, "the old ones have made room");
    })
    .await;
}

/// Whoever waits for an authority that hangs waits for one attempt, and not for those of all who came before.
#[tokio::test]
async fn of_many_who_wait_for_an_authority_that_hangs_all_are_told_by_its_one_failure() {
    let world = world().await;
    let once = world.client_with(|builder| builder.retry(RetryPolicy::new(0, Duration::ZERO)));
    let tokens = once.active_tokens();
    // From here on the client knows what time it is there: a failure is no reason to ask again with another time.
    world.authority.will([active(&world, 600)]);
    tokens.require_active(&token("before")).await.unwrap();
    let before = world.authority.count();
    world.authority.hang();
    let (one, many) = (token("t"), 50);
    let asking = futures_util::future::join_all((0..many).map(|_| tokens.require_active(&one)));
    let give_up = async {
        world.authority.was_asked(before + 1).await;
        world.authority.will([away()]);
        world.authority.go_on();
    };
    let (all, ()) = in_time(futures_util::future::join(asking, give_up)).await;
    assert!(all.iter().all(|told| matches!(told, Err(NotActive::Unknown(error)) if error.is_transient())));
    assert_eq!(world.authority.count(), before + 1);
    // Whoever comes later asks again, on a clock that has gone on.
    world.clock.forward(30);
    world.authority.will([active(&world, 600)]);
    tokens.require_active(&one).await.unwrap();
}

#[tokio::test]
async fn questions_about_other_tokens_do_not_wait_for_one_that_hangs_and_are_bounded() {
    let world = world().await;
    let tokens = tokens(&world);
    world.authority.hang();
    let many = ActiveTokens::MAX_AT_ONCE + 10;
    world.authority.will((0..many).map(|_| active(&world, 600)));
    let names: Vec<_> = (0..many).map(|number| token(&format!("t{number}"))).collect();
    let asking = futures_util::future::join_all(names.iter().map(|name| tokens.require_active(name)));
    let go_on = async {
        // All that there are places for are asked at once: none has been answered.
        world.authority.was_asked(ActiveTokens::MAX_AT_ONCE).await;
        assert_eq!(world.authority.count(), ActiveTokens::MAX_AT_ONCE);
        world.authority.go_on();
    };
    let (all, ()) = in_time(futures_util::future::join(asking, go_on)).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(world.authority.count(), many);
}

/// The authority is slower than answers are kept: what comes is for all who waited for it.
#[tokio::test]
async fn an_answer_that_takes_longer_than_answers_are_kept_is_for_all_who_waited() {
    for (is_active, left) in [(true, 600), (false, 0)] {
        let world = world().await;
        let tokens = tokens(&world);
        world.authority.will([active(&world, 600)]);
        tokens.require_active(&token("before")).await.unwrap();
        let before = world.authority.count();
        world.authority.hang();
        world.authority.will([if is_active { active(&world, left) } else { inactive() }]);
        let (one, many) = (token("t"), 50);
        let asking = futures_util::future::join_all((0..many).map(|_| tokens.introspect(&one)));
        let answer_late = async {
            world.authority.was_asked(before + 1).await;
            world.clock.forward(6);
            world.authority.go_on();
        };
        let (all, ()) = in_time(futures_util::future::join(asking, answer_late)).await;
        assert!(
            all.iter().all(|told| told.as_ref().is_ok_and(|said| said.is_active() == is_active)),
            "{all:?}"
        );
        assert_eq!(world.authority.count(), before + 1);
        // Whoever comes later asks again.
        world.authority.will([inactive()]);
        assert!(!tokens.introspect(&one).await.unwrap().is_active());
        assert_eq!(world.authority.count(), before + 2);
    }
}
