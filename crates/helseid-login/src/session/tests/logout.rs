//! Sessions that the issuer ends.

use helseid_protocol::logout::{FrontChannelLogout, LogoutToken};
use helseid_protocol::rule::Trail;

use super::*;

async fn token(world: &World, sid: &str, of_person: bool) -> LogoutToken {
    let form = world.authority.logout_form(sid, |jwt| if of_person { jwt.without_claim("sid") } else { jwt });
    let content_type = Some("application/x-www-form-urlencoded");
    world.login.logout_token(content_type, form.as_bytes()).await.unwrap()
}

#[tokio::test]
async fn a_logout_token_ends_its_session_and_a_repeated_one_is_known() {
    let world = World::new();
    let (session, another) = (world.begin().await, world.begin().await);
    let sid = session.session_id().unwrap().as_str().to_owned();
    let token = token(&world, &sid, false).await;
    assert!(world.other().log_out(&token).await.unwrap());
    assert!(!world.lives(&session).await && world.lives(&another).await);
    assert!(!world.sessions().log_out(&token).await.unwrap());
}

#[tokio::test]
async fn a_logout_of_a_person_ends_all_that_the_person_began_until_then() {
    let world = World::new();
    let before = world.begin().await;
    world.authority.person(another());
    let of_another = world.begin().await;
    world.authority.person(doctor());
    let token = token(&world, "any", true).await;
    world.clock.forward(Duration::from_secs(1));
    let after = world.begin().await;
    assert!(world.sessions().log_out(&token).await.unwrap());
    assert!(!world.lives(&before).await && world.lives(&after).await && world.lives(&of_another).await);
}

#[tokio::test]
async fn a_login_that_was_on_its_way_is_overtaken() {
    let world = World::new();
    let earlier = world.begin().await;
    let on_its_way = world.log_in().await;
    let sid = on_its_way.claims.session_id().unwrap().as_str().to_owned();
    let token = token(&world, &sid, false).await;
    assert!(world.other().log_out(&token).await.unwrap());
    let begun = world.sessions().begin(on_its_way, Some(&earlier)).await.unwrap();
    assert!(matches!(begun, Begun::LoggedOut));
    assert!(!world.lives(&earlier).await);
}

#[tokio::test]
async fn a_session_that_was_logged_out_gives_no_token_and_takes_no_new_id() {
    let world = World::new();
    let session = world.begin().await;
    let sid = session.session_id().unwrap().as_str().to_owned();
    let token = token(&world, &sid, false).await;
    world.other().log_out(&token).await.unwrap();
    world.clock.forward(Duration::from_secs(601));
    let ended = world.sessions().token(&session, &Wanted::default()).await;
    assert!(matches!(ended, Err(SessionError::Ended)));
    let ended = world.sessions().set_organisation(&session, clinic("999977777")).await;
    assert!(matches!(ended, Err(SessionError::Ended)));
}

#[tokio::test]
async fn a_login_that_was_on_its_way_is_overtaken_by_the_front_channel_too_and_no_crowd_fills_the_store() {
    let world = World::new();
    let on_its_way = world.log_in().await;
    let front = |sid: &str| {
        let query = format!("iss={}&sid={sid}", world.login.issuer());
        FrontChannelLogout::read(query.as_bytes(), world.login.issuer(), &mut Trail::new()).unwrap()
    };
    let sid = on_its_way.claims.session_id().unwrap().as_str().to_owned();
    world.sessions().log_out_front(&front(&sid)).await.unwrap();
    let begun = world.sessions().begin(on_its_way, None).await.unwrap();
    assert!(matches!(begun, Begun::LoggedOut), "{begun:?}");
    // A store for so many marks; twice as many strangers.
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::new(3));
    let world = World::over([store.clone(), store]);
    let session = world.begin().await;
    for n in 0..60 {
        world.sessions().log_out_front(&front(&format!("stranger-{n}"))).await.unwrap();
    }
    let sid = session.session_id().unwrap().as_str().to_owned();
    world.sessions().log_out_front(&front(&sid)).await.unwrap();
    assert!(!world.lives(&session).await, "ended without a mark");
    world.sessions().log_out(&token(&world, "any", true).await).await.unwrap();
}

#[tokio::test]
async fn a_front_channel_logout_ends_its_session_and_is_silent_of_others() {
    let world = World::new();
    let session = world.begin().await;
    let logout = |sid: &str| {
        let query = format!("iss={}&sid={sid}", world.login.issuer());
        FrontChannelLogout::read(query.as_bytes(), world.login.issuer(), &mut Trail::new()).unwrap()
    };
    world.other().log_out_front(&logout("unknown")).await.unwrap();
    assert!(world.lives(&session).await);
    world.other().log_out_front(&logout(session.session_id().unwrap().as_str())).await.unwrap();
    assert!(!world.lives(&session).await);
}
