//! Which refresh tokens are revoked, and which a session still has.

use helseid_protocol::details::Details;
use helseid_protocol::scope::ScopeSet;

use super::*;
use crate::flow::RefreshAsk;
use crate::test_util::Broken;

/// So many were revoked, and no more are on their way.
async fn revoked(world: &World, expected: usize) {
    while world.authority.asked().revoked < expected {
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.authority.asked().revoked, expected);
}

/// The session gets tokens by its own refresh token.
async fn goes_on(world: &World, session: &Session) {
    world.clock.forward(Duration::from_secs(601));
    world.sessions().token(session, &Wanted::default()).await.unwrap();
}

#[tokio::test]
async fn the_session_that_a_login_replaced_has_no_refresh_token_left_and_the_new_one_has() {
    let world = World::new();
    let first = world.begin().await;
    let second = world.begin_after(Some(&first)).await;
    revoked(&world, 1).await;
    world.authority.person(another());
    let third = world.begin_after(Some(&second)).await;
    revoked(&world, 2).await;
    goes_on(&world, &third).await;
}

#[tokio::test]
async fn what_is_revoked_is_what_the_session_had_when_it_was_replaced() {
    let world = World::new();
    let before = world.begin().await;
    world.clock.forward(Duration::from_secs(601));
    // By another tab, while the browser comes back.
    let refreshed = world.sessions().token(&before, &Wanted::default()).await.unwrap().session;
    world.begin_after(Some(&before)).await;
    revoked(&world, 1).await;
    let ask = RefreshAsk {
        refresh_token: refreshed.refresh_token().unwrap(),
        key: refreshed.key().unwrap(),
        resource: None,
        scope: &ScopeSet::none(),
        details: Details::new(),
    };
    assert!(world.login.refresh(ask).await.is_err());
}

#[tokio::test]
async fn what_a_login_gave_is_revoked_where_it_gets_no_session() {
    let world = World::new();
    let session = world.begin().await;
    world.authority.level(SecurityLevel::Substantial);
    let kept = world.sessions().begin(world.log_in().await, Some(&session)).await.unwrap();
    assert!(matches!(kept, Begun::Kept(_)));
    revoked(&world, 1).await;
    goes_on(&world, &session).await;
    world.sessions().decline(&world.log_in().await);
    revoked(&world, 2).await;
    goes_on(&world, &session).await;
    world.sessions().end(&session).await.unwrap();
    let overtaken = world.sessions().begin(world.log_in().await, Some(&session)).await.unwrap();
    assert!(matches!(overtaken, Begun::Conflict));
    revoked(&world, 3).await;
}

#[tokio::test]
async fn another_organisation_has_the_same_login_and_nothing_of_it_is_revoked() {
    let world = World::new();
    let session = world.begin().await;
    let switched = world.sessions().set_organisation(&session, clinic("999977777")).await.unwrap();
    revoked(&world, 0).await;
    goes_on(&world, &switched).await;
}

#[tokio::test]
async fn no_more_are_on_their_way_than_may_be() {
    let world = World::new();
    let login = world.log_in().await;
    for _ in 0..70 {
        world.sessions().decline(&login);
    }
    revoked(&world, 64).await;
    world.sessions().decline(&login);
    revoked(&world, 65).await;
}

#[tokio::test]
async fn what_came_with_the_id_token_of_another_login_is_revoked() {
    let world = World::new();
    let session = world.begin().await;
    world.clock.forward(Duration::from_secs(601));
    world.authority.break_with(Broken::AudOther);
    assert!(world.sessions().token(&session, &Wanted::default()).await.is_err());
    revoked(&world, 1).await;
}

/// A logout came while the authority was asked: nobody has the refresh token that it gave.
#[tokio::test]
async fn what_a_refresh_gave_is_revoked_where_the_session_has_ended_meanwhile() {
    for ends_it in [true, false] {
        let world = World::new();
        let session = world.begin().await;
        world.clock.forward(Duration::from_secs(601));
        world.authority.slow(true);
        let (sessions, own) = (world.sessions().clone(), session.clone());
        let caller = tokio::spawn(async move { sessions.token(&own, &Wanted::default()).await.map(drop) });
        while world.authority.asked().refreshes == 0 {
            tokio::task::yield_now().await;
        }
        if ends_it {
            world.other().end(&session).await.unwrap();
        }
        world.authority.slow(false);
        assert_eq!(matches!(caller.await.unwrap(), Err(SessionError::Ended)), ends_it);
        revoked(&world, usize::from(ends_it)).await;
    }
}
