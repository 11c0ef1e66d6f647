//! Which callback belongs to a login that has not ended: `login.transaction`, `login.browser`, `login.once`.

use std::time::Duration;

use helseid_login::flow::{Found, LoginErrorKind, LoginRequest, PendingLogin, Returned};
use helseid_protocol::rule::Rule;

use super::world::World;

#[tokio::test]
async fn a_callback_without_a_login_that_goes_on_here_is_refused() {
    let world = World::new();
    let pushed = world.login.begin(&LoginRequest::default()).await.unwrap();
    let query = world.authority.visit(&pushed.authorize);
    let other = world.login.begin(&LoginRequest::default()).await.unwrap();
    use LoginErrorKind::{Broken, StartAgain};
    for (found, rule, kind) in [
        (Found::Nowhere, Rule::LoginTransaction, StartAgain),
        (Found::Pending(other.pending), Rule::LoginTransaction, StartAgain),
        (Found::Elsewhere, Rule::LoginBrowser, Broken),
        (Found::Spent, Rule::LoginOnce, StartAgain),
    ] {
        let returned = Returned::read(query.as_bytes()).unwrap();
        assert_eq!(returned.state(), pushed.pending.state());
        let error = returned.recognise(found, &world.login).unwrap_err();
        assert_eq!((error.rule(), error.kind()), (Some(rule), kind));
    }
    assert_eq!(world.authority.asked().codes, 0);
}

#[tokio::test]
async fn a_login_of_another_redirect_uri_is_no_login_of_ours() {
    let world = World::new();
    let pushed = world.login.begin(&LoginRequest::default()).await.unwrap();
    let query = world.authority.visit(&pushed.authorize);
    let other = world.authority.login("https://other.example/callback").unwrap();
    let returned = Returned::read(query.as_bytes()).unwrap();
    let error = returned.recognise(Found::Pending(pushed.pending), &other).unwrap_err();
    assert_eq!(error.rule(), Some(Rule::LoginTransaction));
}

#[tokio::test]
async fn a_login_comes_back_within_the_hour_by_a_clock_that_may_go_either_way() {
    let world = World::new();
    let pushed = world.login.begin(&LoginRequest::default()).await.unwrap();
    let query = world.authority.visit(&pushed.authorize);
    let recognised = || {
        let pending = PendingLogin::from_bytes(&pushed.pending.to_bytes()).unwrap();
        let returned = Returned::read(query.as_bytes()).unwrap();
        returned.recognise(Found::Pending(pending), &world.login).map_err(|error| error.rule()).map(drop)
    };
    world.clock.forward(Duration::from_secs(3_600));
    assert_eq!(recognised(), Ok(()));
    world.clock.forward(Duration::from_secs(1));
    assert_eq!(recognised(), Err(Some(Rule::LoginTransaction)));
    world.clock.back(Duration::from_secs(3_601 + 10));
    assert_eq!(recognised(), Ok(()));
    world.clock.back(Duration::from_secs(1));
    assert_eq!(recognised(), Err(Some(Rule::LoginTransaction)));
}

#[tokio::test]
async fn a_callback_that_is_replayed_redeems_nothing() {
    let world = World::new();
    let pushed = world.login.begin(&LoginRequest::default()).await.unwrap();
    let query = world.authority.visit(&pushed.authorize);
    let again = PendingLogin::from_bytes(&pushed.pending.to_bytes()).unwrap();
    world.come_back(&query, pushed).await.unwrap();
    let returned = Returned::read(query.as_bytes()).unwrap();
    let recognised = returned.recognise(Found::Pending(again), &world.login).unwrap();
    let error = recognised.complete(&world.login).await.unwrap_err();
    assert_eq!(error.kind(), LoginErrorKind::GrantEnded);
}

#[tokio::test]
async fn a_swapped_state_of_two_logins_of_one_browser_logs_nobody_in() {
    let world = World::new();
    let one = world.login.begin(&LoginRequest::default()).await.unwrap();
    let other = world.login.begin(&LoginRequest::default()).await.unwrap();
    let swapped = world.authority.visit(&one.authorize).replace(&one.pending.state(), &other.pending.state());
    let error = world.come_back(&swapped, other).await.unwrap_err();
    // The code is of the one, and its verifier and key are not the other's.
    assert_eq!(error.kind(), LoginErrorKind::GrantEnded);
}
