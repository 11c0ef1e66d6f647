use std::time::Duration;

use helseid_client::protocol::details::{Details, Organisation, OrganisationNumber};
use helseid_client::protocol::scope::ScopeSet;
use helseid_client::protocol::secret::AccessToken;
use helseid_client::{ErrorKind, RequestBudget, TokenRequest};
use http::StatusCode;
use tokio::task::JoinSet;

use crate::world::{Reply, granted, refused, typed, use_nonce, world, world_named};

fn scope(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

#[tokio::test]
async fn a_nonce_costs_one_retry_with_a_new_assertion_and_a_new_proof() {
    let world = world().await;
    world.authority.will([use_nonce("n1"), granted("first", 600)]);
    assert_eq!(world.client.token().await.unwrap().access_token().expose(), "first");
    let (assertions, proofs) = (world.authority.assertions(), world.authority.proofs());
    assert_eq!((assertions.len(), proofs.len()), (2, 2));
    assert_ne!(assertions[0]["jti"], assertions[1]["jti"]);
    assert_ne!(proofs[0]["jti"], proofs[1]["jti"]);
    assert_eq!((proofs[0].get("nonce"), proofs[1]["nonce"].as_str()), (None, Some("n1")));
}

#[tokio::test]
async fn a_nonce_is_remembered_for_the_next_token() {
    let world = world().await;
    world.authority.will([use_nonce("n1"), granted("first", 600)]);
    world.client.token().await.unwrap();
    world.client.token_for(&TokenRequest::default().scope(scope("a/write"))).await.unwrap();
    let proofs = world.authority.proofs();
    assert_eq!((proofs.len(), proofs[2]["nonce"].as_str()), (3, Some("n1")));
}

#[tokio::test]
async fn the_nonce_of_a_granted_answer_is_the_next_one() {
    let world = world().await;
    let body = r#"{"access_token":"first","expires_in":600,"token_type":"DPoP"}"#;
    world.authority.will([use_nonce("n1"), Reply::Plain(200, vec![("dpop-nonce", "n2")], body.to_owned())]);
    world.client.token().await.unwrap();
    world.client.token_for(&TokenRequest::default().scope(scope("a/write"))).await.unwrap();
    let nonces: Vec<_> = world.authority.proofs().iter().map(|proof| proof.get("nonce").cloned()).collect();
    assert_eq!(nonces, [None, Some("n1".into()), Some("n2".into())]);
}

#[tokio::test]
async fn a_second_demand_for_a_nonce_ends_in_an_error() {
    let world = world().await;
    world.authority.will([use_nonce("n1"), use_nonce("n2")]);
    let error = world.client.token().await.expect_err("a loop");
    assert_eq!((error.kind(), world.authority.count()), (ErrorKind::Protocol, 2));
}

#[tokio::test]
async fn an_assertion_is_for_the_issuer_and_lives_ten_seconds() {
    let world = world().await;
    world.client.token().await.unwrap();
    let assertion = &world.authority.assertions()[0];
    assert_eq!(assertion["aud"], world.address.as_str());
    assert_eq!(assertion["exp"].as_i64().unwrap() - assertion["nbf"].as_i64().unwrap(), 10);
    assert_eq!(world.authority.proofs()[0]["htu"], format!("{}/token", world.address));
}

#[tokio::test]
async fn an_issuer_keeps_the_slash_at_its_end_in_an_assertion() {
    let world = world_named("/").await;
    world.client.token().await.unwrap();
    let assertion = &world.authority.assertions()[0];
    assert_eq!(assertion["aud"], format!("{}/", world.address));
    assert_eq!(world.authority.proofs()[0]["htu"], format!("{}/token", world.address));
}

#[tokio::test]
async fn a_thousand_callers_cause_one_request() {
    let world = world().await;
    world.authority.will([use_nonce("n1"), granted("first", 600)]);
    let mut callers = JoinSet::new();
    for _ in 0..1000 {
        let client = world.client.clone();
        callers.spawn(async move { client.token().await.unwrap() });
    }
    assert_eq!(callers.join_all().await.len(), 1000);
    assert_eq!(world.authority.count(), 2, "one request, and its repetition with the nonce");
}

#[tokio::test]
async fn callers_who_wait_share_a_failure_and_the_next_one_tries_anew() {
    let world = world().await;
    world.authority.will([refused(400, "invalid_client"), granted("first", 600)]);
    let ask = || world.client.token();
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    assert!(one.is_err() && two.is_err() && three.is_err());
    assert_eq!(world.authority.count(), 1);
    assert!(world.client.token().await.is_ok(), "a failure is not kept");
}

#[tokio::test]
async fn a_caller_who_gives_up_strands_nobody() {
    let world = world().await;
    world.authority.will([Reply::Silence, granted("first", 600)]);
    let spawn = || {
        let client = world.client.clone();
        tokio::spawn(async move { client.token().await })
    };
    let leader = spawn();
    world.authority.was_asked(1).await;
    let follower = spawn();
    tokio::task::yield_now().await;
    leader.abort();
    assert!(follower.await.unwrap().is_ok());
    assert_eq!(world.authority.count(), 2);
}

#[tokio::test]
async fn a_token_is_kept_until_shortly_before_it_expires() {
    let world = world().await;
    world.authority.will([granted("first", 60), granted("second", 60)]);
    let token = async || world.client.token().await.unwrap().access_token().expose().to_owned();
    assert_eq!(token().await, "first");
    world.clock.forward(44);
    assert_eq!((token().await.as_str(), world.authority.count()), ("first", 1));
    world.clock.forward(10);
    assert_eq!((token().await.as_str(), world.authority.count()), ("second", 2));
}

#[tokio::test]
async fn a_token_is_renewed_behind_the_callers_backs() {
    let world = world().await;
    world.authority.will([granted("first", 600), granted("second", 600)]);
    world.client.token().await.unwrap();
    world.clock.forward(520);
    assert_eq!(world.client.token().await.unwrap().access_token().expose(), "first");
    world.authority.was_asked(2).await;
    world.clock.forward(75);
    assert_eq!(world.client.token().await.unwrap().access_token().expose(), "second");
    assert_eq!(world.authority.count(), 2);
}

#[tokio::test]
async fn each_request_has_its_own_token() {
    let world = world().await;
    let number = |text| OrganisationNumber::parse(text).unwrap();
    let child = |text| Details::new().for_organisation(Organisation::Child(number(text)));
    let plain = TokenRequest::default();
    let requests = [
        plain.clone(),
        plain.clone().scope(scope("a/read")),
        plain.clone().scope(scope("a/read a/write")),
        plain.clone().resource("a".parse().unwrap()),
        plain.clone().details(child("883974832")),
        plain.clone().details(child("994598759")),
    ];
    for request in requests.iter().chain(&requests) {
        world.client.token_for(request).await.unwrap();
    }
    assert_eq!(world.authority.count(), requests.len());
    world.client.token_for(&plain.scope(scope("a/write a/read"))).await.unwrap();
    assert_eq!(world.authority.count(), requests.len(), "the order of scopes does not matter");
    assert_eq!(world.authority.parameters("scope")[2].as_deref(), Some("a/read a/write"));
    assert_eq!(world.authority.parameters("resource")[3].as_deref(), Some("a"));
    assert!(world.authority.assertions()[4].contains_key("assertion_details"));
}

#[tokio::test]
async fn scopes_that_were_not_granted_are_told() {
    let world = world().await;
    let asked = TokenRequest::default().scope(scope("a/read a/write"));
    let token = world.client.token_for(&asked).await.unwrap();
    assert_eq!(token.scope(), Some(&scope("a/read")));
    assert_eq!(token.withheld_scope(), &scope("a/write"));
}

#[tokio::test]
async fn scopes_without_a_signed_agreement_are_told() {
    let world = world().await;
    let body = r#"{"access_token":"first","expires_in":600,"token_type":"DPoP","scope":"a/read",
        "rejected_scope":"a/write"}"#;
    world.authority.will([Reply::Plain(200, Vec::new(), body.to_owned())]);
    let asked = TokenRequest::default().scope(scope("a/read a/write"));
    let token = world.client.token_for(&asked).await.unwrap();
    assert_eq!(token.rejected_scope(), Some(&scope("a/write")));
}

#[tokio::test]
async fn a_refusal_is_told_with_all_that_the_authority_said() {
    let world = world().await;
    world.authority.will([refused(400, "invalid_client")]);
    let error = world.client.token().await.expect_err("refused");
    let (status, said) = error.oauth().unwrap();
    assert_eq!((status, said.code.as_str()), (StatusCode::BAD_REQUEST, "invalid_client"));
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::OAuth, false));
    assert_eq!(error.to_string().lines().count(), 3);
    assert!(error.why().contains("because") && error.next().contains("https://why.example/1"));
}

#[tokio::test]
async fn an_authority_writes_no_line_and_commands_no_terminal() {
    let world = world().await;
    for name in ["error", "error_description", "error_uri"] {
        let mut said = serde_json::json!({ "error": "a", "error_description": "b", "error_uri": "c" });
        said[name] = "\u{1b}]0;title\u{7}\n".into();
        world.authority.will([Reply::Plain(400, Vec::new(), said.to_string())]);
        let text = world.client.token().await.expect_err("refused").to_string();
        assert!(text.lines().count() == 3 && text.contains("?]0;title??"), "{name}: {text:?}");
    }
}

#[tokio::test]
async fn answers_that_no_authority_may_give_are_refused() {
    let world = world().await;
    let plain = |status, body: &str| Reply::Plain(status, Vec::new(), body.to_owned());
    for reply in [
        typed("first", 600, "Bearer"),
        plain(200, r#"{"access_token":"x","token_type":"DPoP","expires_in":-1}"#),
        plain(200, "<html>"),
        plain(302, ""),
        plain(400, r#"{"error":"use_dpop_nonce"}"#),
    ] {
        world.authority.will([reply]);
        let error = world.client.token().await.expect_err("a breach");
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Protocol, false), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_fails_may_be_asked_again() {
    let world = world().await;
    world.authority.will([refused(503, "temporarily_unavailable")]);
    assert!(world.client.token().await.expect_err("unavailable").is_transient());
}

#[tokio::test]
async fn an_absurd_lifetime_does_no_harm() {
    let world = world().await;
    world.authority.will([granted("first", u64::MAX)]);
    world.client.token().await.unwrap();
    world.client.token().await.unwrap();
    assert_eq!(world.authority.count(), 1);
}

#[tokio::test]
async fn a_token_of_which_no_lifetime_is_told_serves_for_a_minute() {
    let world = world().await;
    let body = r#"{"access_token":"first","token_type":"DPoP"}"#;
    world.authority.will([Reply::Plain(200, Vec::new(), body.to_owned()), granted("second", 600)]);
    for (after, expected) in [(0, "first"), (40, "first"), (20, "second")] {
        world.clock.forward(after);
        assert_eq!(world.client.token().await.unwrap().access_token().expose(), expected, "{after}");
    }
}

#[tokio::test]
async fn a_new_token_takes_the_place_of_the_cached_one_and_a_failure_leaves_it() {
    let world = world().await;
    let request = TokenRequest::default();
    world.authority.will([granted("first", 600), granted("second", 600), refused(400, "invalid_scope")]);
    assert_eq!(world.client.token_for(&request).await.unwrap().access_token().expose(), "first");
    assert_eq!(world.client.new_token_for(&request).await.unwrap().access_token().expose(), "second");
    assert_eq!(world.client.token_for(&request).await.unwrap().access_token().expose(), "second");
    assert_eq!(world.client.new_token_for(&request).await.expect_err("refused").kind(), ErrorKind::OAuth);
    assert_eq!(world.client.token_for(&request).await.unwrap().access_token().expose(), "second");
    assert_eq!(world.authority.count(), 3);
}

#[tokio::test]
async fn two_clients_send_no_more_than_the_budget_that_they_share() {
    let world = world().await;
    let budget = RequestBudget::new(2, Duration::from_secs(30));
    let clients = [(); 2].map(|()| world.client_with(|builder| builder.request_budget(budget.clone())));
    for client in &clients {
        client.new_token_for(&TokenRequest::default()).await.unwrap();
    }
    let error = clients[0].new_token_for(&TokenRequest::default()).await.expect_err("the budget is spent");
    assert_eq!((error.kind(), error.is_unsent()), (ErrorKind::Transport, true));
    assert_eq!((error.retry_after(), world.authority.count()), (Some(Duration::from_secs(30)), 2));
    world.clock.forward(30);
    clients[0].new_token_for(&TokenRequest::default()).await.unwrap();
}

#[tokio::test]
async fn exchanges_have_a_budget_of_their_own_and_a_refused_one_is_remembered() {
    let world = world().await;
    let budget = || RequestBudget::new(1, Duration::from_secs(36_000));
    let client = world.client_with(|builder| builder.request_budget(budget()).exchange_budget(budget()));
    let of = |token: &str| TokenRequest::default().exchanging(AccessToken::new(token));
    world.authority.will([refused(400, "invalid_grant"), granted("own", 600)]);
    for _ in 0..3 {
        assert_eq!(client.token_for(&of("a")).await.expect_err("refused").kind(), ErrorKind::OAuth);
        assert_eq!(client.new_token_for(&of("a")).await.expect_err("refused").kind(), ErrorKind::OAuth);
    }
    assert!(client.token_for(&of("b")).await.expect_err("the budget is spent").is_of_budget());
    assert_eq!(client.token().await.unwrap().access_token().expose(), "own");
    world.clock.forward(30);
    assert!(client.token_for(&of("a")).await.expect_err("it is asked again").is_of_budget());
    assert_eq!(world.authority.count(), 2);
}

#[tokio::test]
async fn what_is_wrong_with_the_client_is_not_remembered_of_a_token() {
    let world = world().await;
    let request = TokenRequest::default().exchanging(AccessToken::new("a"));
    world.authority.will([
        refused(401, "invalid_client"),
        refused(400, "invalid_dpop_proof"),
        granted("first", 600),
    ]);
    for _ in 0..2 {
        assert!(world.client.token_for(&request).await.is_err());
    }
    assert_eq!(world.client.token_for(&request).await.unwrap().access_token().expose(), "first");
}

#[tokio::test]
async fn renewals_have_a_budget_of_their_own_and_a_kept_token_needs_none() {
    let world = world().await;
    let budget = || RequestBudget::new(1, Duration::from_secs(36_000));
    let client = world.client_with(|builder| builder.request_budget(budget()).renewal_budget(budget()));
    world.authority.will([granted("first", 600), granted("second", 600)]);
    let plain = TokenRequest::default();
    assert!(client.kept_token_for(&plain).is_none());
    client.token().await.unwrap();
    assert!(client.new_token_for(&plain).await.expect_err("the budget is spent").is_of_budget());
    world.clock.forward(520);
    assert_eq!(client.kept_token_for(&plain).unwrap().access_token().expose(), "first");
    world.authority.was_asked(2).await;
    world.clock.forward(75);
    assert_eq!(client.token().await.unwrap().access_token().expose(), "second");
    world.clock.forward(600);
    assert!(client.kept_token_for(&plain).is_none(), "it has expired");
    assert!(client.token().await.expect_err("a renewal gives no caller another").is_of_budget());
    assert_eq!(world.authority.count(), 2);
}
