//! What a store gives to whoever steals it or writes to it.

use proptest::prelude::*;

use super::*;
use crate::keys::{Place, Purpose};
use crate::session::seal::Owner;
use crate::store::{Ending, NewRow, Replaces, RowId, Sealed, Version};

/// A row as it stands, and the store.
async fn stolen(world: &World, store: &dyn SessionStore) -> (Session, Vec<u8>) {
    let session = world.begin().await;
    let found = store.find(session.cookie().id()).await.unwrap().unwrap();
    (session, found.sealed.as_bytes().to_vec())
}

fn world() -> (World, Arc<dyn SessionStore>) {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
    (World::over([store.clone(), store.clone()]), store)
}

/// Puts a row of this id with these bytes.
async fn put(world: &World, store: &dyn SessionStore, id: RowId, sealed: Vec<u8>, like: &Session) {
    let now = world.login.now();
    let row = world.sessions().row(like.cookie(), &mut like.record().clone(), now).unwrap();
    let row = NewRow { id, sealed: Sealed::new(sealed).unwrap(), ..row };
    store.insert(&row, Replaces::Any(&id), now).await.unwrap();
}

#[tokio::test]
async fn a_row_that_was_moved_to_another_id_does_not_open() {
    let (world, store) = world();
    let (victim, sealed) = stolen(&world, &*store).await;
    let own = world.begin().await;
    // With the victim's secret even: an id of one's own, and the victim's secret behind it.
    let bytes = base64url::decode(&victim.cookie().expose()).unwrap();
    let moved = [own.cookie().id().as_bytes().as_slice(), &bytes[16..]].concat();
    put(&world, &*store, *own.cookie().id(), sealed.clone(), &victim).await;
    let cookie = SessionCookie::parse(base64url::encode(&moved).as_bytes()).unwrap();
    assert!(world.sessions().open(&cookie).await.unwrap().is_none());
    assert!(world.sessions().open(own.cookie()).await.unwrap().is_none());
    // Where it was it opens still.
    assert!(world.lives(&victim).await);
}

#[tokio::test]
async fn a_row_that_was_sealed_without_the_servers_key_does_not_open() {
    let (world, store) = world();
    let session = world.begin().await;
    let (issuer, client_id) = (world.login.issuer(), world.login.client_id());
    for letter in *b"ab" {
        // Under the server's name for its key, and under one of his own.
        let his =
            SealingKeys::parse(&format!("{}:{}", char::from(letter), base64url::encode(&[7; 32]))).unwrap();
        let owner = Owner { keys: &his, issuer, client_id };
        let sealed = owner.seal(session.cookie(), session.record()).unwrap();
        put(&world, &*store, *session.cookie().id(), sealed.as_bytes().to_vec(), &session).await;
        assert!(!world.lives(&session).await);
    }
}

#[tokio::test]
async fn a_record_of_another_issuer_client_version_or_secret_does_not_open() {
    let (world, _) = world();
    let session = world.begin().await;
    let owner = world.sessions().owner();
    let (cookie, sealed) =
        (session.cookie(), world.sessions().owner().seal(session.cookie(), session.record()));
    let sealed = sealed.unwrap();
    assert!(owner.open(cookie, Version::FIRST, &sealed).is_some());
    let issuer = helseid_protocol::id::Issuer::parse("https://another.example").unwrap();
    let client_id = helseid_protocol::id::ClientId::parse("another").unwrap();
    assert!(Owner { issuer: &issuer, ..owner }.open(cookie, Version::FIRST, &sealed).is_none());
    assert!(Owner { client_id: &client_id, ..owner }.open(cookie, Version::FIRST, &sealed).is_none());
    assert!(owner.open(cookie, Version::FIRST.next(), &sealed).is_none());
    let mut text = cookie.expose().to_string();
    let last = if text.ends_with('A') { "Q" } else { "A" };
    text.replace_range(63.., last);
    let guessed = SessionCookie::parse(text.as_bytes()).unwrap();
    assert!(owner.open(&guessed, Version::FIRST, &sealed).is_none());
    assert!(world.sessions().open(&guessed).await.unwrap().is_none());
    assert!(world.lives(&session).await, "who guesses ends nothing");
}

#[tokio::test]
async fn a_row_that_comes_back_opens_until_the_epoch_is_raised_and_an_old_version_never() {
    let (world, store) = world();
    let (session, old) = stolen(&world, &*store).await;
    world.sessions().set_app_data(&session, &1).await.unwrap();
    // The old record in the row as it is now: of another version.
    let found = store.find(session.cookie().id()).await.unwrap().unwrap();
    let old = Sealed::new(old).unwrap();
    store.update(session.cookie().id(), found.version, &old).await.unwrap();
    assert!(!world.lives(&session).await);
    // A whole row as it was, after its end: what a restore does.
    let (session, sealed) = stolen(&world, &*store).await;
    store.end(Ending::Row(session.cookie().id())).await.unwrap();
    store.raise_epoch().await.unwrap();
    put(&world, &*store, *session.cookie().id(), sealed, &session).await;
    assert!(!world.lives(&session).await, "of an epoch before");
    assert!(world.lives(&world.begin().await).await);
}

#[tokio::test]
async fn keys_are_changed_without_a_stop() {
    let (world, store) = world();
    let session = world.begin().await;
    let both = format!("b:{} a:{}", base64url::encode(&[b'b'; 32]), base64url::encode(&[b'a'; 32]));
    let newer = Sessions::new(world.login.clone(), store.clone(), SealingKeys::parse(&both).unwrap());
    let opened = newer.open(session.cookie()).await.unwrap().unwrap();
    assert_ne!(opened.form_epoch(), session.form_epoch());
    assert!(opened.is_form_epoch(session.form_epoch()), "a form of a replica that has the older key first");
    assert!(opened.is_form_epoch(opened.form_epoch()) && !session.is_form_epoch(opened.form_epoch()));
    assert!(!opened.is_form_epoch(""));
    let alone = Sessions::new(world.login.clone(), store, keys(b'b'));
    assert!(alone.open(session.cookie()).await.unwrap().is_none());
}

/// What must be in no store.
pub(super) fn secrets(session: &Session) -> Vec<Vec<u8>> {
    let record = session.record();
    let key = session.key().unwrap().to_bytes();
    let mut all: Vec<Vec<u8>> = [
        "15849197352",
        "565550846",
        "LIVSTRETT",
        session.subject().as_str(),
        session.session_id().unwrap().as_str(),
        session.hint().expose(),
        session.refresh_token().unwrap().expose(),
        record.access.first().unwrap().grant.token.expose(),
        &base64url::encode(&*key),
        ".eyJ",
        &session.cookie().expose()[22..],
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    all.push(key.to_vec());
    all.push(session.cookie().secret().to_vec());
    all
}

pub(super) fn holds_none(dump: &[u8], secrets: &[Vec<u8>]) {
    for (n, secret) in secrets.iter().enumerate() {
        assert!(!dump.windows(secret.len()).any(|part| part == secret), "secret number {n}");
    }
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_stolen_sqlite_file_has_nothing_to_use() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions.sqlite");
    let store: Arc<dyn SessionStore> = Arc::new(crate::store::sqlite(&file).await.unwrap());
    let world = World::over([store.clone(), store]);
    let session = world.begin().await;
    let session = world.sessions().set_app_data(&session, &"LIVSTRETT").await.unwrap();
    world.clock.forward(Duration::from_secs(700));
    let granted = world.sessions().token(&session, &Wanted::default()).await.unwrap();
    let form = world.authority.logout_form(session.session_id().unwrap().as_str(), |jwt| jwt);
    let token = world.login.logout_token(Some("application/x-www-form-urlencoded"), form.as_bytes()).await;
    assert!(world.sessions().log_out(&token.unwrap()).await.unwrap());
    let begun = world.begin().await;
    let mut dump = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        dump.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    assert!(dump.len() > 4096);
    for session in [&session, &granted.session, &begun] {
        holds_none(&dump, &secrets(session));
    }
}

proptest! {
    #[test]
    fn a_cookie_is_read_as_it_was_written_and_nothing_else_is_one(bytes in any::<[u8; 48]>(), other in "[ -~]{0,80}") {
        let text = base64url::encode(&bytes);
        let cookie = SessionCookie::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(cookie.expose().to_string(), text);
        if let Some(read) = SessionCookie::parse(other.as_bytes()) {
            prop_assert_eq!(read.expose().to_string(), other);
        }
    }

    #[test]
    fn no_bytes_are_a_record_but_those_that_were_written(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(crate::session::stored::read(&bytes).is_none());
    }
}

#[tokio::test]
async fn a_record_is_read_as_it_was_written() {
    let world = World::new();
    let session = world.begin().await;
    let session = world.sessions().set_organisation(&session, clinic("999977777")).await.unwrap();
    let session = world.sessions().set_app_data(&session, &"kept").await.unwrap();
    let written = crate::session::stored::write(session.record());
    let read = crate::session::stored::read(&written).unwrap();
    assert_eq!(*crate::session::stored::write(&read), *written);
    // What is cut or has more is none.
    for cut in [0, 1, written.len() / 2, written.len() - 1] {
        assert!(crate::session::stored::read(&written[..cut]).is_none());
    }
    let more = String::from_utf8(written.to_vec()).unwrap().replacen('{', r#"{"more":1,"#, 1);
    assert!(crate::session::stored::read(more.as_bytes()).is_none());
    let place = Place { purpose: Purpose::Session, of: &[], bound_to: &[] };
    assert!(keys(b'a').open(&place, &written).is_none());
}
