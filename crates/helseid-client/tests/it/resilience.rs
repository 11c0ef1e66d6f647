use std::time::Duration;

use helseid_client::{ErrorKind, RetryPolicy};

use crate::world::{Reply, World, granted, refused, world};

/// A client that waits for nothing between its tries.
fn patient(world: &World, retries: u32) -> helseid_client::Client {
    world.client_with(|builder| builder.retry(RetryPolicy::new(retries, Duration::ZERO)))
}

#[tokio::test]
async fn a_fault_that_may_pass_is_met_with_another_try_and_a_new_assertion() {
    let world = world().await;
    for status in [500, 502, 503, 504, 429] {
        let before = world.authority.count();
        world.authority.will([refused(status, "temporarily_unavailable"), granted("first", 600)]);
        patient(&world, 2).token().await.unwrap();
        let assertions = &world.authority.assertions()[before..];
        assert_eq!(assertions.len(), 2, "{status}");
        assert_ne!(assertions[0]["jti"], assertions[1]["jti"]);
    }
}

#[tokio::test]
async fn an_answer_that_is_no_json_from_a_failing_proxy_may_pass_too() {
    let world = world().await;
    for status in [502, 429] {
        let before = world.authority.count();
        world.authority.will([Reply::Plain(status, Vec::new(), "<html>".into()), granted("first", 600)]);
        patient(&world, 1).token().await.unwrap();
        assert_eq!(world.authority.count() - before, 2, "{status}");
    }
}

/// What a person reads when the authority answers this, and when to try again.
async fn told(reply: Reply) -> (String, Option<Duration>) {
    let world = world().await;
    world.authority.will([reply]);
    let error = patient(&world, 0).token().await.expect_err("no token");
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Unavailable, true), "{error}");
    let text = error.to_string().replace(&world.address, "http://sts.example");
    (text, error.retry_after())
}

#[tokio::test]
async fn an_authority_that_can_give_no_token_now_is_told_as_that() {
    let said = "http://sts.example/token is unavailable (503)\n  the key is?being made\n  try again after 7 s; if it \
                persists, find out why the authority fails";
    let plain = Reply::Plain(503, vec![("retry-after", "7")], "the key is\u{7}being made\n".into());
    assert_eq!(told(plain).await, (said.to_owned(), Some(Duration::from_secs(7))));
    let said = "http://sts.example/token is unavailable (429)\n  temporarily_unavailable: because\n  try again later; \
                if it persists, find out why the authority fails";
    assert_eq!(told(refused(429, "temporarily_unavailable")).await, (said.to_owned(), None));
    let page = Reply::Plain(502, Vec::new(), "<html>a proxy's page</html>".into());
    let (text, _) = told(page).await;
    assert!(text.contains("(502)\n  the response gives no reason\n"), "{text}");
}

#[tokio::test]
async fn the_oauth_error_of_an_authority_that_fails_is_there_for_programs() {
    let world = world().await;
    world.authority.will([refused(503, "temporarily_unavailable")]);
    let error = patient(&world, 0).token().await.expect_err("no token");
    let (status, said) = error.oauth().unwrap();
    assert_eq!((status.as_u16(), said.code.as_str()), (503, "temporarily_unavailable"));
}

#[tokio::test]
async fn repetitions_end() {
    let world = world().await;
    world.authority.will([refused(503, "temporarily_unavailable")]);
    assert!(patient(&world, 2).token().await.expect_err("away").is_transient());
    assert_eq!(world.authority.count(), 3);
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    let world = world().await;
    for reply in
        [refused(400, "invalid_client"), refused(401, "invalid_client"), refused(400, "invalid_scope")]
    {
        let before = world.authority.count();
        world.authority.will([reply]);
        let error = patient(&world, 2).token().await.expect_err("refused");
        assert_eq!((error.kind(), world.authority.count() - before), (ErrorKind::OAuth, 1));
    }
}

#[tokio::test]
async fn a_call_of_an_api_is_never_repeated_for_a_fault() {
    let world = world().await;
    world.api.will([Reply::Plain(503, Vec::new(), String::new())]);
    let answer = patient(&world, 2).get(&world.api_url()).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), world.api.count()), (503, 1));
}

#[tokio::test]
async fn an_authority_that_stays_away_is_not_asked_for_a_while() {
    let world = world().await;
    world.authority.will([refused(503, "temporarily_unavailable")]);
    let client = patient(&world, 0);
    for _ in 0..20 {
        client.token().await.expect_err("away");
    }
    assert_eq!(world.authority.count(), 5);
    let error = client.token().await.expect_err("an open circuit");
    assert!(error.is_transient() && error.is_unsent(), "{error}");
    assert!(error.what().contains("circuit breaker") && error.why().ends_with("in 5 s"), "{error}");
    world.clock.forward(5);
    world.authority.will([granted("first", 600)]);
    client.token().await.unwrap();
    assert_eq!(world.authority.count(), 6);
}

#[tokio::test]
async fn a_token_serves_while_the_authority_is_away_until_it_expires() {
    let world = world().await;
    let client = patient(&world, 0);
    client.token().await.unwrap();
    world.authority.will([refused(503, "temporarily_unavailable")]);
    for second in 0..58 {
        assert!(client.token().await.is_ok(), "{second}");
        world.clock.forward(10);
    }
    world.clock.forward(20);
    assert!(client.token().await.is_err());
}

#[tokio::test]
async fn a_silent_authority_is_waited_for_as_long_as_was_said() {
    let world = world().await;
    world.authority.will([Reply::Silence]);
    // Long enough for the metadata on a busy machine, too.
    let (short, long) = (Duration::from_millis(500), Duration::from_secs(60));
    // For each read, and for the whole exchange.
    for [read, whole] in [[short, long], [long, short]] {
        let client = world.client_with(|builder| {
            builder.timeouts(long, read, whole).retry(RetryPolicy::new(0, Duration::ZERO))
        });
        let error = client.token().await.expect_err("silence");
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Transport, true), "{error}");
        assert!(error.why().contains("500ms"), "{error}");
    }
}

#[tokio::test]
async fn a_program_whose_calls_are_rare_renews_what_is_due_once_and_not_what_nobody_wants() {
    let world = world().await;
    let client = world.client_with(|builder| builder.renew_after_percent(50));
    world.authority.will([granted("first", 600), granted("second", 600)]);
    client.token().await.unwrap();
    // 45 to 55 % of its lifetime.
    world.clock.forward(269);
    client.renew_tokens();
    assert_eq!(world.authority.count(), 1);
    world.clock.forward(62);
    client.renew_tokens();
    world.authority.was_asked(2).await;
    for _ in 0..100 {
        world.clock.forward(4);
        client.renew_tokens();
        tokio::task::yield_now().await;
    }
    assert_eq!(world.authority.count(), 2, "nobody was given the second");
    assert_eq!(client.token().await.unwrap().access_token().expose(), "second");
}

#[tokio::test]
async fn since_when_the_authority_fails_is_told() {
    let world = world().await;
    let client = patient(&world, 0);
    assert_eq!(client.failing_since(), None);
    world.authority.will([refused(503, "temporarily_unavailable"), granted("first", 600)]);
    client.token().await.expect_err("away");
    assert!(client.failing_since().is_some());
    client.token().await.unwrap();
    assert_eq!(client.failing_since(), None);
}
