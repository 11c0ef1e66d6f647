//! The organisation that a session acts for.

use super::*;

#[tokio::test]
async fn another_organisation_has_a_new_id_and_tokens_of_its_own() {
    let world = World::new();
    let session = world.begin().await;
    let first = world.sessions().set_organisation(&session, clinic("999977777")).await.unwrap();
    assert!(!world.lives(&session).await && world.lives(&first).await);
    assert_eq!(first.organisation(), Some(&clinic("999977777")));
    assert!(!first.is_form_epoch(session.form_epoch()), "an open form is of the organisation before");
    let second = world.other().set_organisation(&first, clinic("999977778")).await.unwrap();
    assert_eq!(world.authority.asked().refreshes, 2);
    let tokens: Vec<_> = [&first, &second]
        .map(|session| {
            session.record().access.iter().map(|token| token.organisation.clone()).collect::<Vec<_>>()
        })
        .into();
    assert_eq!(tokens, [vec![Some(clinic("999977777"))], vec![Some(clinic("999977778"))]]);
    // What was read before acts for what it was read with, and for nothing once it has ended.
    world.clock.forward(Duration::from_secs(1));
    let ended = world.sessions().token(&first, &Wanted::default()).await;
    assert!(matches!(ended, Err(SessionError::Ended)));
    // A refresh goes on acting for it.
    world.clock.forward(Duration::from_secs(601));
    let granted = world.sessions().token(&second, &Wanted::default()).await.unwrap();
    assert_eq!(granted.session.organisation(), Some(&clinic("999977778")));
}

#[tokio::test]
async fn a_foreign_number_sends_no_request() {
    let world = World::new();
    let session = world.begin().await;
    let foreign = clinic("999977779");
    let refused = world.sessions().set_organisation(&session, foreign.clone()).await;
    assert!(matches!(refused, Err(SessionError::OrganisationRefused)));
    let wanted = Wanted { organisation: Some(foreign), api: None };
    assert!(matches!(
        world.sessions().token(&session, &wanted).await,
        Err(SessionError::OrganisationRefused)
    ));
    // Without a policy nobody acts for anyone.
    let bare = Sessions::in_memory(world.login.clone());
    let Begun::New(session) = bare.begin(world.log_in().await, None).await.unwrap() else {
        panic!("a session")
    };
    let refused = bare.set_organisation(&session, clinic("999977777")).await;
    assert!(matches!(refused, Err(SessionError::OrganisationRefused)));
    assert_eq!(world.authority.asked().refreshes, 0);
    assert!(bare.look(session.cookie()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_policy_decides_by_the_person() {
    let world = World::new();
    let decided =
        OrganisationPolicy::decided(|session, _| session.claims().name() == Some("LIVSTRETT BEVER"));
    let sessions = Sessions::in_memory(world.login.clone()).organisations(decided);
    let Begun::New(session) = sessions.begin(world.log_in().await, None).await.unwrap() else {
        panic!("a session")
    };
    sessions.set_organisation(&session, clinic("999977779")).await.unwrap();
}

#[tokio::test]
async fn one_call_may_act_for_another_organisation() {
    let world = World::new();
    let session = world.begin().await;
    let wanted = Wanted { organisation: Some(clinic("999977777")), api: None };
    let once = world.sessions().token(&session, &wanted).await.unwrap();
    let own = world.sessions().token(&once.session, &Wanted::default()).await.unwrap();
    assert_ne!(once.token.token.expose(), own.token.token.expose());
    assert_eq!(own.session.organisation(), None, "the session acts for nobody else");
    let again = world.other().token(&session, &wanted).await.unwrap();
    assert_eq!(again.token.token.expose(), once.token.token.expose(), "kept for each organisation");
    assert_eq!(world.authority.asked().refreshes, 1);
}

#[tokio::test]
async fn a_refused_change_leaves_the_session_as_it_was() {
    let world = World::new();
    let session = world.begin().await;
    world.authority.refuse_next("invalid_target");
    let refused = world.sessions().set_organisation(&session, clinic("999977777")).await;
    assert!(matches!(refused, Err(SessionError::Login(_))));
    assert_eq!(world.opened(&session).await.unwrap().organisation(), None);
    world.sessions().set_organisation(&session, clinic("999977777")).await.unwrap();
}

/// Nobody is there to get the new cookie: the session stays as it was, with the new refresh token.
#[tokio::test]
async fn a_change_that_nobody_waits_for_keeps_the_session_and_the_refresh_token() {
    let world = World::new();
    let session = world.begin().await;
    world.authority.slow(true);
    let (sessions, own) = (world.sessions().clone(), session.clone());
    let caller =
        tokio::spawn(async move { sessions.set_organisation(&own, clinic("999977777")).await.map(drop) });
    while world.authority.asked().refreshes == 0 {
        tokio::task::yield_now().await;
    }
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    world.authority.slow(false);
    while world.opened(&session).await.unwrap().record().refreshes == 0 {
        tokio::task::yield_now().await;
    }
    let now = world.sessions().set_organisation(&session, clinic("999977778")).await.unwrap();
    assert_eq!((now.organisation(), now.record().refreshes), (Some(&clinic("999977778")), 2));
}

/// Logging in again, as for a higher level, is no change of the organisation.
#[tokio::test]
async fn a_login_of_the_same_person_keeps_the_organisation_while_it_is_allowed() {
    let world = World::new();
    let session = world.begin().await;
    let session = world.sessions().set_organisation(&session, clinic("999977777")).await.unwrap();
    let again = world.begin_after(Some(&session)).await;
    assert_eq!(again.organisation(), Some(&clinic("999977777")));
    // Its token is not that of the login, which acts for nobody.
    let asked = world.authority.asked().refreshes;
    world.sessions().token(&again, &Wanted::default()).await.unwrap();
    assert_eq!(world.authority.asked().refreshes, asked + 1);
    let none = world.other().clone().organisations(OrganisationPolicy::default());
    let Begun::New(refused) = none.begin(world.log_in().await, Some(&again)).await.unwrap() else {
        panic!("a session")
    };
    assert_eq!(refused.organisation(), None, "the policy allows it no more");
    let session = world.sessions().set_organisation(&refused, clinic("999977777")).await.unwrap();
    world.authority.person(another());
    assert_eq!(world.begin_after(Some(&session)).await.organisation(), None, "another person's");
}
