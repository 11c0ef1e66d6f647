//! How a session begins, is used, and ends.

use super::*;

#[tokio::test]
async fn a_session_is_what_the_login_said_at_every_replica() {
    let world = World::new();
    let session = world.begin().await;
    let opened = world.opened(&session).await.unwrap();
    for session in [&session, &opened] {
        assert_eq!(session.claims().name(), Some("LIVSTRETT BEVER"));
        assert_eq!(session.level(), Some(SecurityLevel::High));
        assert_eq!(session.hint().expose(), session.hint().expose());
        assert_eq!(session.ends(), session.began().plus(8 * HOUR));
        assert_eq!(session.idle_ends(), session.began().plus(HOUR));
        let now = world.login.now();
        assert_eq!(session.health_personnel(now), doctor().health_personnel.as_ref());
    }
    let text = session.cookie().expose();
    assert_eq!(text.len(), SessionCookie::LENGTH);
    let cookie = SessionCookie::parse(text.as_bytes()).unwrap();
    assert!(world.other().open(&cookie).await.unwrap().is_some());
    let shown = format!("{session:?} {:?} {:?}", session.cookie(), world.sessions());
    for secret in ["LIVSTRETT", "15849197352", &text] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_session_ends_idle_and_at_its_end_whatever_it_was_used_for() {
    let world = World::new();
    let session = world.begin().await;
    for _ in 0..8 {
        world.clock.forward(HOUR - Duration::from_secs(60));
        assert!(world.lives(&session).await);
    }
    world.clock.forward(Duration::from_secs(479));
    assert!(world.lives(&session).await);
    world.clock.forward(Duration::from_secs(1));
    assert!(!world.lives(&session).await, "its end");
    let session = world.begin().await;
    world.clock.forward(HOUR);
    assert!(!world.lives(&session).await, "idle");
    world.clock.back(Duration::from_secs(120));
    assert!(!world.lives(&session).await, "it does not come back");
}

/// Whoever looks at pages that call nobody keeps the session, and costs the authority nothing.
#[tokio::test]
async fn nothing_is_refreshed_while_nobody_asks_for_a_token() {
    let world = World::new();
    let session = world.begin().await;
    for _ in 0..6 {
        world.clock.forward(HOUR / 2);
        assert!(world.lives(&session).await);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        let waiting = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        assert_eq!(waiting, 0, "nothing waits in the background for a token to end");
    }
    assert_eq!(world.authority.asked().refreshes, 0);
    world.sessions().token(&session, &Wanted::default()).await.unwrap();
    assert_eq!(world.authority.asked().refreshes, 1, "whoever asks has a new one");
}

#[tokio::test]
async fn a_look_is_no_use_and_an_extension_is_one() {
    let world = World::new();
    let session = world.begin().await;
    world.clock.forward(HOUR / 2);
    let looked = world.other().look(session.cookie()).await.unwrap().unwrap();
    assert_eq!(looked.idle_ends(), session.idle_ends());
    let extended = world.other().extend(&session).await.unwrap().unwrap();
    assert_eq!(extended.idle_ends(), session.began().plus(HOUR + HOUR / 2));
    assert_eq!(extended.ends(), session.ends());
    world.sessions().end(&session).await.unwrap();
    assert!(world.other().extend(&session).await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_of_the_future_has_ended() {
    let world = World::new();
    world.clock.forward(Duration::from_secs(1_000));
    let session = world.begin().await;
    world.clock.back(Duration::from_secs(10));
    assert!(world.lives(&session).await, "within the tolerance between clocks");
    world.clock.back(Duration::from_secs(1));
    assert!(!world.lives(&session).await);
    world.clock.forward(Duration::from_secs(11));
    assert!(!world.lives(&session).await);
}

#[tokio::test]
async fn a_login_has_a_new_id_and_ends_the_session_before() {
    let world = World::new();
    let first = world.begin().await;
    let first = world.sessions().set_app_data(&first, &"kept").await.unwrap();
    let second = world.begin_after(Some(&first)).await;
    assert!(!world.lives(&first).await && world.lives(&second).await);
    assert_ne!(first.form_epoch(), second.form_epoch());
    assert!(second.is_form_epoch(second.form_epoch()) && !second.is_form_epoch(first.form_epoch()));
    assert_eq!(second.app_data::<String>().as_deref(), Some("kept"));
    assert_ne!(first.key().unwrap().thumbprint(), second.key().unwrap().thumbprint());
    world.authority.person(another());
    let third = world.begin_after(Some(&second)).await;
    assert!(!world.lives(&second).await);
    assert_eq!(third.app_data::<String>(), None, "of another person nothing stays");
}

#[tokio::test]
async fn a_higher_session_of_the_same_person_is_kept_and_a_lower_one_replaced() {
    let world = World::new();
    for (before, after) in LEVELS.into_iter().flat_map(|one| LEVELS.map(|other| (one, other))) {
        world.authority.person(doctor());
        world.authority.level(before);
        let session = world.begin().await;
        world.authority.level(after);
        let begun = world.sessions().begin(world.log_in().await, Some(&session)).await.unwrap();
        let is_kept = matches!(&begun, Begun::Kept(kept) if kept.cookie().id() == session.cookie().id());
        assert_eq!(is_kept, before > after, "{before} {after}");
        assert_eq!(world.lives(&session).await, is_kept);
        // Another person's is always replaced.
        let (Begun::New(session) | Begun::Kept(session)) = begun else { panic!("{begun:?}") };
        world.authority.person(another());
        let begun = world.sessions().begin(world.log_in().await, Some(&session)).await.unwrap();
        assert!(matches!(begun, Begun::New(_)));
    }
}

/// Two tabs come back at once: the browser has one cookie in the end, and the store one session.
#[tokio::test]
async fn of_two_logins_that_would_take_the_place_of_one_session_one_does() {
    let world = World::new();
    let before = world.begin().await;
    let (one, two) = (world.log_in().await, world.log_in().await);
    let (one, two) =
        tokio::join!(world.sessions().begin(one, Some(&before)), world.other().begin(two, Some(&before)));
    let outcomes = [one.unwrap(), two.unwrap()];
    let new: Vec<_> = outcomes.iter().filter(|begun| matches!(begun, Begun::New(_))).collect();
    assert_eq!(new.len(), 1, "{outcomes:?}");
    assert!(outcomes.iter().any(|begun| matches!(begun, Begun::Conflict)));
    // What changes the session meanwhile stands in nobody's way.
    let ([Begun::New(session), _] | [_, Begun::New(session)]) = &outcomes else { panic!("{outcomes:?}") };
    world.other().set_app_data(session, &"meanwhile").await.unwrap();
    let next = world.begin_after(Some(session)).await;
    assert_eq!(next.app_data::<String>().as_deref(), Some("meanwhile"));
}

#[tokio::test]
async fn what_an_app_keeps_is_bounded_and_no_write_is_lost() {
    let world = World::new();
    let session = world.begin().await;
    let too_large = world.sessions().set_app_data(&session, &"x".repeat(8 * 1024)).await;
    assert!(matches!(too_large, Err(SessionError::TooLarge(8192))));
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..10 {
        let (sessions, session) = (world.replicas[n % 2].clone(), session.clone());
        writers.spawn(async move { sessions.set_app_data(&session, &n).await.map(drop) });
    }
    assert!(writers.join_all().await.iter().all(Result::is_ok));
    let written = world.opened(&session).await.unwrap();
    assert!(written.app_data::<usize>().is_some_and(|n| n < 10));
    world.sessions().end(&session).await.unwrap();
    let ended = world.sessions().set_app_data(&session, &1).await;
    assert!(matches!(ended, Err(SessionError::Ended)), "a write does not bring it back");
    assert!(!world.lives(&session).await);
}

#[tokio::test]
async fn all_sessions_end_together_and_new_ones_begin() {
    let world = World::new();
    let (one, two) = (world.begin().await, world.begin().await);
    world.other().end_all().await.unwrap();
    assert!(!world.lives(&one).await && !world.lives(&two).await);
    assert!(world.lives(&world.begin().await).await);
}

#[tokio::test]
async fn whoever_waits_for_the_end_is_told() {
    let world = World::new();
    let session = world.begin().await;
    let (sessions, watched) = (world.other().clone(), session.clone());
    let waiting = tokio::spawn(async move { sessions.until_ended(&watched).await });
    world.sessions().end(&session).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap().unwrap();
}

#[tokio::test]
async fn something_is_used_once_at_all_replicas() {
    let world = World::new();
    let ends = world.login.now().plus(HOUR);
    assert!(world.sessions().first_use(b"state", ends).await.unwrap());
    assert!(!world.other().first_use(b"state", ends).await.unwrap());
    assert!(world.other().first_use(b"another", ends).await.unwrap());
}

/// A full store whose sessions are idle, long before their absolute end.
#[tokio::test]
async fn idle_sessions_make_room_where_the_store_is_full() {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::new(1));
    let world = World::over([store.clone(), store]);
    let first = world.begin().await;
    let full = world.sessions().begin(world.log_in().await, None).await;
    assert!(matches!(full, Err(SessionError::Store(StoreError::Full))) && world.lives(&first).await);
    world.clock.forward(HOUR + Duration::from_secs(1));
    let second = world.begin().await;
    assert!(world.lives(&second).await);
}
