//! New tokens, whatever happens meanwhile.

use std::sync::atomic::Ordering;

use helseid_protocol::rule::Rule;
use helseid_protocol::secret::{AccessToken, RefreshToken};

use super::faulty::Faulty;
use super::*;
use crate::session::change::Change;
use crate::test_util::Broken;

const API: Wanted = Wanted { api: None, organisation: None };

/// The access token has ended.
const ENDED: Duration = Duration::from_secs(601);

/// It ends soon.
const SOON: Duration = Duration::from_secs(580);

#[tokio::test]
async fn a_token_is_kept_while_it_lasts_and_one_for_each_api() {
    let world = World::new();
    let session = world.begin().await;
    let first = world.sessions().token(&session, &API).await.unwrap();
    assert_eq!(world.authority.asked().refreshes, 0);
    let api = Wanted { api: helseid_protocol::id::Audience::parse("nhn:other").ok(), organisation: None };
    let other = world.sessions().token(&first.session, &api).await.unwrap();
    assert_ne!(other.token.token.expose(), first.token.token.expose());
    for (wanted, granted) in [(&API, &first), (&api, &other)] {
        let again = world.other().token(&session, wanted).await.unwrap();
        assert_eq!(again.token.token.expose(), granted.token.token.expose());
        assert_eq!(again.key.thumbprint(), session.key().unwrap().thumbprint());
    }
    assert_eq!(world.authority.asked().refreshes, 1);
    let dropped = world.sessions().drop_token(&session, &first.token).await.unwrap();
    let new = world.sessions().token(&dropped, &API).await.unwrap();
    assert_ne!(new.token.token.expose(), first.token.token.expose());
}

/// Three tokens of 18 KiB leave no room for what comes after them.
#[tokio::test]
async fn a_session_that_is_full_drops_its_oldest_tokens_and_asks_once_for_each() {
    let world = World::new();
    let session = world.begin().await;
    let api = |n: usize| helseid_protocol::id::Audience::parse(&format!("nhn:api-{n}")).ok();
    for n in 0..4 {
        let large = world.sessions().change(session.cookie(), |record| {
            let mut grant = record.access.first().unwrap().clone().grant;
            grant.token = AccessToken::new("t".repeat(18 * 1024));
            grant.resource = api(n);
            record.put_token(grant, None);
            Change::Made
        });
        large.await.unwrap();
    }
    let kept: Vec<_> = world
        .opened(&session)
        .await
        .unwrap()
        .record()
        .access
        .iter()
        .map(|token| token.grant.resource.clone())
        .collect();
    assert_eq!(kept, [api(1), api(2), api(3)]);
    world.clock.forward(Duration::from_secs(1));
    for _ in 0..2 {
        let wanted = Wanted { api: api(4), organisation: None };
        world.sessions().token(&session, &wanted).await.unwrap();
        assert_eq!(world.authority.asked().refreshes, 1);
    }
}

/// A token that no session has room for.
#[tokio::test]
async fn a_token_that_does_not_fit_is_given_all_the_same() {
    let world = World::new();
    let session = world.begin().await;
    world.authority.long_tokens(70 * 1024);
    world.clock.forward(ENDED);
    for refreshes in [1, 2] {
        let granted = world.sessions().token(&session, &API).await.unwrap();
        assert!(granted.token.token.expose().len() > 70 * 1024);
        assert_eq!(world.authority.asked().refreshes, refreshes);
    }
}

#[tokio::test]
async fn a_session_that_has_ended_elsewhere_gives_no_token() {
    let world = World::new();
    let session = world.begin().await;
    world.other().end(&session).await.unwrap();
    world.clock.forward(Duration::from_secs(1));
    let ended = world.sessions().token(&session, &API).await;
    assert!(matches!(ended, Err(SessionError::Ended)), "what was known of it is a second old");
    assert_eq!(world.authority.asked().refreshes, 0);
}

#[tokio::test]
async fn a_failure_that_may_pass_keeps_the_session_and_its_token() {
    let world = World::new();
    let session = world.begin().await;
    let first = world.sessions().token(&session, &API).await.unwrap();
    world.clock.forward(SOON);
    world.authority.refuse_next("temporarily_unavailable");
    let still = world.sessions().token(&session, &API).await.unwrap();
    assert_eq!(still.token.token.expose(), first.token.token.expose());
    world.clock.forward(ENDED - SOON);
    world.authority.refuse_next("temporarily_unavailable");
    assert!(matches!(world.sessions().token(&session, &API).await, Err(SessionError::Login(_))));
    assert!(world.lives(&session).await);
    // Nobody waits for a lease that was given back.
    let new = world.other().token(&session, &API).await.unwrap();
    assert_ne!(new.token.token.expose(), first.token.token.expose());
}

#[tokio::test]
async fn invalid_grant_ends_the_session() {
    let world = World::new();
    let session = world.begin().await;
    world.clock.forward(ENDED);
    world.authority.refuse_next("invalid_grant");
    assert!(matches!(world.sessions().token(&session, &API).await, Err(SessionError::Ended)));
    assert!(!world.lives(&session).await);
    assert!(matches!(world.other().token(&session, &API).await, Err(SessionError::Ended)));
    assert_eq!(world.authority.asked().refreshes, 1);
}

/// Another replica wrote its answer while this one was on its way: this one's is thrown away.
#[tokio::test]
async fn whoever_was_too_late_throws_its_answer_away() {
    let world = World::new();
    let session = world.begin().await;
    let token = session.refresh_token().unwrap().clone();
    let answer = world.sessions().ask(&session, &token, &API, None).await.unwrap();
    let meanwhile = world.other().change(session.cookie(), |record| {
        record.refresh.as_mut().unwrap().token = RefreshToken::new("another's");
        record.refreshes += 1;
        Change::Made
    });
    meanwhile.await.unwrap();
    assert!(world.sessions().keep_refresh_token(&session, &answer).await.unwrap().is_none());
    let now = world.opened(&session).await.unwrap();
    assert_eq!(now.refresh_token().unwrap().expose(), "another's");
}

/// The same over the whole way: whoever lost gives what the other has kept.
#[tokio::test]
async fn whoever_was_too_late_gives_the_token_of_the_other() {
    let world = World::new();
    let session = world.begin().await;
    world.clock.forward(ENDED);
    world.authority.slow(true);
    let (sessions, own) = (world.sessions().clone(), session.clone());
    let caller = tokio::spawn(async move { sessions.token(&own, &API).await });
    while world.authority.asked().refreshes == 0 {
        tokio::task::yield_now().await;
    }
    let expires = world.login.now().plus(Duration::from_secs(600));
    let meanwhile = world.other().change(session.cookie(), |record| {
        record.refresh.as_mut().unwrap().token = RefreshToken::new("another's");
        record.refreshes += 1;
        let mut grant = record.access.first().unwrap().grant.clone();
        (grant.token, grant.expires) = (AccessToken::new("of the other"), expires);
        record.put_token(grant, None);
        Change::Made
    });
    meanwhile.await.unwrap();
    world.authority.slow(false);
    let granted = caller.await.unwrap().unwrap();
    assert_eq!(granted.token.token.expose(), "of the other");
    assert_eq!(granted.session.refresh_token().unwrap().expose(), "another's");
    assert_eq!(world.authority.asked().refreshes, 1);
}

/// What an app writes meanwhile costs no refresh token.
#[tokio::test]
async fn a_write_meanwhile_loses_no_refresh_token() {
    let world = World::new();
    let session = world.begin().await;
    let token = session.refresh_token().unwrap().clone();
    let answer = world.sessions().ask(&session, &token, &API, None).await.unwrap();
    world.other().set_app_data(&session, &"meanwhile").await.unwrap();
    let kept = world.sessions().keep_refresh_token(&session, &answer).await.unwrap().unwrap();
    assert_eq!(kept.app_data::<String>().as_deref(), Some("meanwhile"));
    assert_eq!(kept.refresh_token().unwrap().expose(), answer.refresh_grant().unwrap().token.expose());
    world.clock.forward(ENDED);
    world.other().token(&session, &API).await.unwrap();
}

#[tokio::test]
async fn a_refreshed_id_token_lowers_the_level_and_never_raises_it() {
    for (first, then) in LEVELS.into_iter().flat_map(|one| LEVELS.map(|other| (one, other))) {
        let world = World::new();
        world.authority.level(first);
        // The level is in the ID token whatever the scopes.
        world
            .authority
            .change_id_tokens(move |jwt| jwt.claim("helseid://claims/identity/security_level", first.name()));
        let session = world.begin().await;
        assert_eq!(session.level(), Some(first));
        world.authority.level(then);
        world.authority.change_id_tokens(move |jwt| {
            jwt.claim("helseid://claims/identity/security_level", then.name()).claim("idp", "another-idp")
        });
        world.clock.forward(ENDED);
        let refreshed = world.sessions().token(&session, &API).await.unwrap().session;
        assert_eq!(refreshed.level(), Some(first.min(then)), "{first} {then}");
        assert_eq!(refreshed.claims().identity_provider(), Some("testidp-oidc"));
        assert_eq!(world.opened(&session).await.unwrap().level(), Some(first.min(then)));
    }
}

#[tokio::test]
async fn an_id_token_of_another_login_ends_the_session() {
    let world = World::new();
    let session = world.begin().await;
    world.authority.person(another());
    world.clock.forward(ENDED);
    assert!(matches!(world.sessions().token(&session, &API).await, Err(SessionError::Ended)));
    assert!(!world.lives(&session).await, "{}", Rule::IdTokenRefreshed.id());
    let session = world.begin().await;
    world.authority.break_with(Broken::AudOther);
    world.clock.forward(ENDED);
    assert!(matches!(world.sessions().token(&session, &API).await, Err(SessionError::Ended)));
}

#[tokio::test]
async fn hpr_is_asked_again_at_each_refresh_and_within_the_hour() {
    let world = World::new();
    let session = world.begin().await;
    let asked = world.authority.asked().userinfo;
    assert_eq!(world.sessions().health_personnel(&session).await.unwrap(), doctor().health_personnel);
    assert_eq!(world.authority.asked().userinfo, asked);
    // At a refresh.
    world.clock.forward(ENDED);
    let session = world.sessions().token(&session, &API).await.unwrap().session;
    assert_eq!(world.authority.asked().userinfo, asked + 1);
    // An approval that was withdrawn.
    let mut person = doctor();
    if let Some(health_personnel) = &mut person.health_personnel {
        health_personnel.approvals = Bounded::default();
    }
    world.authority.person(person.clone());
    world.clock.forward(ENDED);
    let session = world.sessions().token(&session, &API).await.unwrap().session;
    let now = world.login.now();
    assert_eq!(session.health_personnel(now), person.health_personnel.as_ref());
    // Of an hour ago nothing holds, and it does not come back without a login.
    world.authority.person(doctor());
    world.sessions().extend(&session).await.unwrap();
    world.clock.forward(HOUR - Duration::from_secs(60));
    world.sessions().extend(&session).await.unwrap();
    world.clock.forward(Duration::from_secs(60));
    assert_eq!(session.health_personnel(world.login.now()), None);
    let read = world.opened(&session).await.unwrap();
    assert_eq!(world.sessions().health_personnel(&read).await.unwrap(), person.health_personnel);
}

/// A store that is away just when the new refresh token is there, before it has written and after.
#[tokio::test]
async fn a_new_refresh_token_is_written_as_soon_as_the_store_is_back() {
    for failures in [1, 2] {
        let store = Arc::new(Faulty::default());
        let world = World::over([store.clone(), store.clone()]);
        let session = world.begin().await;
        world.clock.forward(ENDED);
        store.failures.store(failures, Ordering::SeqCst);
        let new = world.sessions().token(&session, &API).await.unwrap();
        assert_eq!(store.failures.load(Ordering::SeqCst), 0);
        assert_eq!((world.authority.asked().refreshes, new.session.record().refreshes), (1, 1));
    }
}
