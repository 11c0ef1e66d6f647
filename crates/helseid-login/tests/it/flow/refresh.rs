//! New tokens for a login that has not ended.

use std::time::Duration;

use helseid_login::flow::{LoggedIn, LoginError, LoginErrorKind, LoginRequest, RefreshAsk, Refreshed};
use helseid_login::test_util::Broken;
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::Details;
use helseid_protocol::id::Audience;
use helseid_protocol::rule::Rule;
use helseid_protocol::scope::ScopeSet;

use super::world::{World, demanding};

async fn refresh(
    world: &World,
    person: &LoggedIn,
    resource: Option<&Audience>,
) -> Result<Refreshed, LoginError> {
    let ask = RefreshAsk {
        refresh_token: &person.refresh.as_ref().unwrap().token,
        key: &person.key,
        resource,
        scope: &ScopeSet::none(),
        details: Details::new(),
    };
    world.login.refresh(ask).await?.verify(&world.login, &person.claims).await
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_for_the_api_that_it_names() {
    let world = World::new();
    let person = world.log_in(&demanding()).await.unwrap();
    world.clock.forward(Duration::from_secs(500));
    let api = Audience::parse("nhn:an-api").unwrap();
    let refreshed = refresh(&world, &person, Some(&api)).await.unwrap();
    assert_eq!(refreshed.access.resource, Some(api));
    assert_eq!(refreshed.access.expires, world.login.now().plus(Duration::from_secs(600)));
    let (old, new) = (person.refresh.as_ref().unwrap(), refreshed.refresh.as_ref().unwrap());
    assert_ne!(old.token.expose(), new.token.expose());
    assert_eq!(new.expires, Some(world.login.now().plus(Duration::from_secs(8 * 3_600))));
    let (_, claims) = refreshed.identity.unwrap();
    assert_eq!((claims.nonce(), claims.authenticated()), (None, person.claims.authenticated()));
    // The old one is used up.
    assert_eq!(refresh(&world, &person, None).await.unwrap_err().kind(), LoginErrorKind::GrantEnded);
}

#[tokio::test]
async fn a_refreshed_id_token_is_of_the_same_login() {
    let world = World::new();
    let issued = world.login.now().seconds();
    type Change = fn(helseid_protocol::forge::Jwt, i64) -> helseid_protocol::forge::Jwt;
    let changes: [(Change, Rule); 6] = [
        (|jwt, _| jwt.claim("sub", "somebody-else"), Rule::IdTokenRefreshed),
        (|jwt, issued| jwt.claim("auth_time", issued - 1), Rule::IdTokenRefreshed),
        (|jwt, issued| jwt.claim("iat", issued - 11), Rule::IdTokenRefreshed),
        (|jwt, _| jwt.claim("iss", "https://another.example"), Rule::IdTokenIss),
        (|jwt, _| jwt.claim("nonce", "another"), Rule::IdTokenNonce),
        (|jwt, _| jwt.claim("aud", "another-client"), Rule::IdTokenAud),
    ];
    for (change, rule) in changes {
        world.authority.answer_rightly();
        let person = world.log_in(&demanding()).await.unwrap();
        world.authority.change_id_tokens(move |jwt| change(jwt, issued));
        assert_eq!(refresh(&world, &person, None).await.unwrap_err().rule(), Some(rule));
    }
    let passing: [Change; 3] = [
        |jwt, issued| jwt.claim("iat", issued - 10),
        |jwt, _| jwt.without_claim("auth_time"),
        |jwt, _| jwt.without_claim("nonce"),
    ];
    for change in passing {
        world.authority.answer_rightly();
        let person = world.log_in(&demanding()).await.unwrap();
        world.authority.change_id_tokens(move |jwt| change(jwt, issued));
        refresh(&world, &person, None).await.unwrap();
    }
    world.authority.answer_rightly();
    let person = world.log_in(&demanding()).await.unwrap();
    world.authority.break_with(Broken::IdTokenMissing);
    assert!(refresh(&world, &person, None).await.unwrap().identity.is_none());
}

#[tokio::test]
async fn a_refresh_lowers_the_level_and_never_raises_it() {
    use SecurityLevel::{High, Substantial};
    let world = World::new();
    for (current, refreshed, level) in [
        (Some(High), Substantial, Some(Substantial)),
        (Some(Substantial), High, Some(Substantial)),
        (Some(High), High, Some(High)),
        (None, High, None),
    ] {
        world.authority.level(High);
        let person = world.log_in(&demanding()).await.unwrap();
        world.authority.level(refreshed);
        assert_eq!(refresh(&world, &person, None).await.unwrap().level(current), level);
    }
    world.authority.level(High);
    let person = world.log_in(&LoginRequest::default()).await.unwrap();
    assert_eq!(refresh(&world, &person, None).await.unwrap().level(Some(High)), Some(High));
}

#[tokio::test]
async fn the_new_refresh_token_is_there_before_anything_is_checked() {
    let world = World::new();
    let person = world.log_in(&demanding()).await.unwrap();
    world.authority.break_with(Broken::SignerOther);
    let ask = RefreshAsk {
        refresh_token: &person.refresh.as_ref().unwrap().token,
        key: &person.key,
        resource: None,
        scope: &ScopeSet::none(),
        details: Details::new(),
    };
    let answer = world.login.refresh(ask).await.unwrap();
    assert!(answer.refresh_grant().is_some());
    assert!(answer.verify(&world.login, &person.claims).await.is_err());
}

#[tokio::test]
async fn a_failure_says_whether_the_login_goes_on() {
    let world = World::new();
    let person = world.log_in(&demanding()).await.unwrap();
    for (error, kind) in [
        ("temporarily_unavailable", LoginErrorKind::Unavailable),
        ("invalid_scope", LoginErrorKind::Refused),
        ("invalid_grant", LoginErrorKind::GrantEnded),
    ] {
        world.authority.refuse_next(error);
        assert_eq!(refresh(&world, &person, None).await.unwrap_err().kind(), kind);
    }
    refresh(&world, &person, None).await.unwrap();
    assert_eq!(world.authority.asked().refreshes, 4, "nothing is sent twice");
}

#[tokio::test]
async fn another_key_refreshes_nothing_and_a_revoked_token_is_gone() {
    let world = World::new();
    let (person, other) =
        (world.log_in(&demanding()).await.unwrap(), world.log_in(&demanding()).await.unwrap());
    let mut mixed = person;
    mixed.key = other.key.clone();
    assert_eq!(refresh(&world, &mixed, None).await.unwrap_err().kind(), LoginErrorKind::Refused);
    world.login.revoke(&other.refresh.as_ref().unwrap().token).await.unwrap();
    assert_eq!(refresh(&world, &other, None).await.unwrap_err().kind(), LoginErrorKind::GrantEnded);
    assert_eq!(world.authority.asked().revoked, 1);
}
