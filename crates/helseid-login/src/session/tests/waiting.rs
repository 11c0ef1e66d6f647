//! Many who want new tokens at once, at one replica or more: one asks, and the others wait, but not without end.

use tokio::task::JoinSet;

use super::*;
use crate::session::renew::Attempt;
use crate::store::Leased;

const API: Wanted = Wanted { api: None, organisation: None };

/// The access token has ended.
const ENDED: Duration = Duration::from_secs(601);

/// It ends soon.
const SOON: Duration = Duration::from_secs(580);

/// 200 requests at two replicas, of a session whose access token has ended: one refresh, and one token for all.
pub(super) async fn is_refreshed_once(world: &World) {
    let session = world.begin().await;
    world.clock.forward(ENDED);
    let before = world.authority.asked().refreshes;
    let mut requests = JoinSet::new();
    for n in 0..200 {
        let (sessions, cookie) = (world.replicas[n % 2].clone(), session.cookie().clone());
        requests.spawn(async move {
            let session = sessions.open(&cookie).await.unwrap().unwrap();
            sessions.token(&session, &API).await.unwrap().token.token.expose().to_owned()
        });
    }
    let mut tokens = requests.join_all().await;
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(world.authority.asked().refreshes - before, 1);
    // And again, with the refresh token that the first one gave.
    world.clock.forward(ENDED);
    world.other().token(&session, &API).await.unwrap();
    assert_eq!(world.authority.asked().refreshes - before, 2);
}

/// The same where the authority is away for a moment, which keeps the person, and where it has ended the login: asked once.
pub(super) async fn is_kept_and_ended_once(world: &World) {
    let session = world.begin().await;
    world.clock.forward(ENDED);
    world.authority.refuse_next("temporarily_unavailable");
    let passing = asked_by_many(world, &session).await;
    assert!(passing.iter().all(|asked| matches!(asked, Ok(()) | Err(SessionError::Login(_)))), "{passing:?}");
    assert!(world.lives(&session).await);
    world.other().token(&session, &API).await.unwrap();
    world.clock.forward(ENDED);
    let before = world.authority.asked().refreshes;
    world.authority.refuse_next("invalid_grant");
    let ended = asked_by_many(world, &session).await;
    assert!(ended.iter().all(|asked| matches!(asked, Err(SessionError::Ended))), "{ended:?}");
    assert_eq!(world.authority.asked().refreshes - before, 1);
    assert!(!world.lives(&session).await);
}

async fn asked_by_many(world: &World, session: &Session) -> Vec<Result<(), SessionError>> {
    let mut requests = JoinSet::new();
    for n in 0..200 {
        let (sessions, cookie) = (world.replicas[n % 2].clone(), session.cookie().clone());
        requests.spawn(async move {
            let session = sessions.open(&cookie).await?.ok_or(SessionError::Ended)?;
            sessions.token(&session, &API).await.map(drop)
        });
    }
    requests.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_requests_one_refreshes_in_memory() {
    let world = World::new();
    is_refreshed_once(&world).await;
    is_kept_and_ended_once(&world).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_requests_at_two_replicas_one_refreshes_over_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions.sqlite");
    let (one, other) =
        (crate::store::sqlite(&file).await.unwrap(), crate::store::sqlite(&file).await.unwrap());
    let world = World::over([Arc::new(one), Arc::new(other)]);
    is_refreshed_once(&world).await;
    is_kept_and_ended_once(&world).await;
}

/// A page that asks without end keeps nobody else waiting, and has its token while that lasts.
#[tokio::test]
async fn of_too_many_who_wait_for_one_session_the_rest_are_answered_at_once() {
    for (ahead, is_there) in [(SOON, true), (ENDED, false)] {
        let world = World::new();
        let (session, other) = (world.begin().await, world.begin().await);
        world.clock.forward(ahead);
        world.authority.slow(true);
        let mut requests = JoinSet::new();
        for _ in 0..300 {
            let (sessions, own) = (world.sessions().clone(), session.clone());
            requests.spawn(async move { sessions.token(&own, &API).await.map(drop) });
        }
        for _ in 0..44 {
            match requests.join_next().await.unwrap().unwrap() {
                Ok(()) => assert!(is_there),
                Err(SessionError::Busy) => assert!(!is_there),
                Err(other) => panic!("{other}"),
            }
        }
        let (sessions, own) = (world.sessions().clone(), other.clone());
        let other = tokio::spawn(async move { sessions.token(&own, &API).await.map(drop) });
        while world.authority.asked().refreshes < 2 {
            tokio::task::yield_now().await;
        }
        world.authority.slow(false);
        assert!(other.await.unwrap().is_ok());
        assert!(requests.join_all().await.iter().all(Result::is_ok));
        assert_eq!(world.authority.asked().refreshes, 2);
    }
}

/// A refresh writes its refresh token and then its access token. A replica that read the session between the two takes the lease
/// when the other gives it back.
#[tokio::test]
async fn a_session_that_was_read_between_the_writes_of_a_refresh_is_not_refreshed_again() {
    let world = World::new();
    let session = world.begin().await;
    world.clock.forward(ENDED);
    let new = world.other().token(&session, &API).await.unwrap().session;
    let refresh = new.record().refresh.clone().unwrap();
    let attempt = world.sessions().leased(&new, &refresh.token, &API).await.unwrap();
    assert!(matches!(attempt, Attempt::Another), "the token is there");
    assert_eq!(world.authority.asked().refreshes, 1);
    assert_eq!(world.sessions().token(&session, &API).await.unwrap().session.record().refreshes, 1);
}

#[tokio::test]
async fn a_lease_whose_holder_is_gone_ends() {
    for ahead in [Duration::from_secs(20), Duration::ZERO] {
        let world = World::new();
        let session = world.begin().await;
        let (store, now) = (world.sessions().0.store.clone(), world.login.now());
        let until = now.plus(Duration::from_secs(20));
        assert_eq!(store.lease(session.cookie().id(), until, now).await, Ok(Leased::Taken));
        match ahead.is_zero() {
            // The clock went back.
            true => world.clock.back(Duration::from_secs(9)),
            false => world.clock.forward(ahead),
        }
        let asked =
            Wanted { api: helseid_protocol::id::Audience::parse("nhn:other").ok(), organisation: None };
        world.other().token(&session, &asked).await.unwrap();
    }
}

/// All requests of a ward find it away at the same moment, and their pages come again and again.
#[tokio::test]
async fn userinfo_that_is_away_is_asked_by_one_and_not_at_once_again() {
    let world = World::new();
    let session = world.begin().await;
    for _ in 0..2 {
        world.clock.forward(HOUR / 2);
        world.sessions().extend(&session).await.unwrap();
    }
    let session = world.opened(&session).await.unwrap();
    world.authority.userinfo_away(true);
    // The refresh of the token asks too.
    let before = world.authority.asked().userinfo;
    for _ in 0..3 {
        let mut requests = JoinSet::new();
        for _ in 0..50 {
            let (sessions, own) = (world.sessions().clone(), session.clone());
            requests.spawn(async move { sessions.health_personnel(&own).await.unwrap() });
        }
        assert!(requests.join_all().await.iter().all(Option::is_none), "nobody knows");
    }
    assert_eq!(world.authority.asked().userinfo, before + 1);
    world.clock.forward(Duration::from_secs(10));
    assert_eq!(world.sessions().health_personnel(&session).await.unwrap(), None);
    assert_eq!(world.authority.asked().userinfo, before + 2);
    world.authority.userinfo_away(false);
    world.clock.forward(Duration::from_secs(10));
    assert_eq!(world.sessions().health_personnel(&session).await.unwrap(), doctor().health_personnel);
}

/// The browser went away while the authority was asked: the refresh token that it gave is kept, and the lease given back.
#[tokio::test]
async fn a_refresh_goes_on_when_nobody_waits_for_it() {
    let world = World::new();
    let session = world.begin().await;
    world.clock.forward(ENDED);
    world.authority.slow(true);
    let (sessions, own) = (world.sessions().clone(), session.clone());
    let caller = tokio::spawn(async move { sessions.token(&own, &API).await.map(drop) });
    while world.authority.asked().refreshes == 0 {
        tokio::task::yield_now().await;
    }
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    world.authority.slow(false);
    let new = world.other().token(&session, &API).await.unwrap();
    assert_eq!((world.authority.asked().refreshes, new.session.record().refreshes), (1, 1));
}
