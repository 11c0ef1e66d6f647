//! Rotations while a client is at work, and what it knows of its key's end.

use std::path::PathBuf;
use std::time::Duration;

use helseid_client::{Client, ErrorKind, KeyLocation, Rotation};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Clock as _;
use helseid_testkit::{Proxy, SCOPE, Weather, World, registration};
use http::StatusCode;

/// A client whose key is in a file, and that may rotate it.
struct Desk {
    world: World,
    client: Client,
    key: PathBuf,
    _folder: tempfile::TempDir,
}

async fn desk() -> Desk {
    let world = World::start(Profile::Helseid).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.json");
    std::fs::write(&key, world.key.to_json().expose()).unwrap();
    let mut registration = registration(&world.key).unwrap();
    registration.client_id = Some(world.client_id.clone());
    registration.scopes = ScopeSet::parse(&format!("{SCOPE} nhn:selvbetjening/client")).unwrap();
    world.authority.register(registration).await.unwrap();
    let mut config = world.config();
    (config.key, config.scope) = (KeyLocation::File(key.clone()), ScopeSet::parse(SCOPE).unwrap());
    let client = Client::builder(config).clock(world.clock().clone()).build().unwrap();
    Desk { world, client, key, _folder: folder }
}

impl Desk {
    fn key_in_file(&self) -> PrivateJwk {
        PrivateJwk::read(&std::fs::read(&self.key).unwrap()).unwrap()
    }
}

#[tokio::test]
async fn a_key_is_rotated_under_load_and_no_call_fails() {
    let desk = desk().await;
    let before = desk.key_in_file().public().thumbprint();
    let (stop, mut callers) = (tokio::sync::watch::Sender::new(false), tokio::task::JoinSet::new());
    for _ in 0..8 {
        let (client, url, stopped) = (desk.client.clone(), desk.world.url(), stop.subscribe());
        callers.spawn(async move {
            let mut calls = 0;
            while !*stopped.borrow() || calls == 0 {
                let answer = client.get(&url).send().await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                calls += 1;
            }
            calls
        });
    }
    let rotated = Rotation::new(&desk.client).unwrap().run().await.unwrap();
    desk.world.clock().forward(Duration::from_secs(1));
    assert_eq!(desk.client.get(&desk.world.url()).send().await.unwrap().status(), StatusCode::OK);
    stop.send(true).unwrap();
    assert!(callers.join_all().await.iter().sum::<i32>() >= 8);

    let after = desk.key_in_file().public().thumbprint();
    assert_eq!((&rotated.thumbprint, rotated.resumed), (&after, false));
    assert_ne!(before, after);
    // The old key is aside, and a client of the new one gets a token.
    assert!(rotated.retired.exists());
    let new =
        Client::builder(desk.client.config().clone()).clock(desk.world.clock().clone()).build().unwrap();
    new.token().await.unwrap();
}

#[tokio::test]
async fn of_two_rotations_at_once_one_is_refused_and_nothing_is_lost() {
    let desk = desk().await;
    let rotation = || Rotation::new(&desk.client).unwrap();
    let (one, two) = (rotation(), rotation());
    let (one, two) = tokio::join!(one.run(), two.run());
    let refused =
        [&one, &two].into_iter().find_map(|outcome| outcome.as_ref().err()).expect("one is refused");
    assert_eq!(refused.kind(), ErrorKind::Rotation, "{refused}");
    let rotated = one.or(two).expect("the other is done");
    assert_eq!(rotated.thumbprint, desk.key_in_file().public().thumbprint());
}

#[tokio::test]
async fn two_keys_in_one_folder_are_rotated_at_once() {
    let desk = desk().await;
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let mut other = registration(&key).unwrap();
    other.scopes = ScopeSet::parse(&format!("{SCOPE} nhn:selvbetjening/client")).unwrap();
    let mut config = desk.client.config().clone();
    config.client_id = desk.world.authority.register(other).await.unwrap().client_id;
    let path = desk.key.with_file_name("other.json");
    std::fs::write(&path, key.to_json().expose()).unwrap();
    config.key = KeyLocation::File(path);
    let other = Client::builder(config).clock(desk.world.clock().clone()).build().unwrap();
    let (one, two) = (Rotation::new(&desk.client).unwrap(), Rotation::new(&other).unwrap());
    let (one, two) = tokio::join!(one.run(), two.run());
    assert_ne!(one.unwrap().thumbprint, two.unwrap().thumbprint);
}

#[cfg(unix)]
#[tokio::test]
async fn a_rotation_that_fails_leaves_the_key_file_as_it_was() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let proxy = Proxy::new().unwrap();
    let world = World::start_behind(&proxy).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.json");
    std::fs::write(&key, world.key.to_json().expose()).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let mut config = world.config();
    config.key = KeyLocation::File(key.clone());
    let client = Client::builder(config).clock(world.clock().clone()).build().unwrap();
    let state = || key.metadata().map(|metadata| (metadata.ino(), metadata.mode())).unwrap();
    let before = state();
    proxy.all(Weather::Dropped);
    Rotation::new(&client).unwrap().run().await.unwrap_err();
    assert_eq!(state(), before);
}

#[tokio::test]
async fn a_rotation_of_which_it_cannot_be_written_down_what_it_replaces_begins_nothing() {
    let desk = desk().await;
    let before = desk.key_in_file().public().thumbprint();
    let beside = |end: &str| {
        let mut path = desk.key.clone().into_os_string();
        path.push(end);
        PathBuf::from(path)
    };
    let registered = desk.client.registered_keys().await.unwrap().len();
    std::fs::create_dir(beside(".rotation")).unwrap();
    let error = Rotation::new(&desk.client).unwrap().run().await.expect_err("a folder is in the way");
    assert_eq!(error.kind(), ErrorKind::Rotation, "{error}");
    assert!(!beside(".new").exists());
    assert_eq!(desk.key_in_file().public().thumbprint(), before);
    assert_eq!(desk.client.registered_keys().await.unwrap().len(), registered);
}

#[tokio::test]
async fn a_rotation_that_nobody_waits_for_any_longer_leaves_a_key_and_is_completed() {
    let desk = desk().await;
    let before = desk.key_in_file().public().thumbprint();
    let mut unfinished = desk.key.clone().into_os_string();
    unfinished.push(".new");
    let rotation = Rotation::new(&desk.client).unwrap();
    let made = async {
        while std::fs::read(&unfinished).is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! { biased; () = made => {}, _ = rotation.run() => panic!("there was a new key first") }
    assert_eq!(desk.key_in_file().public().thumbprint(), before);
    // The write to the disk that was under way has its lock until it is done.
    let completed = loop {
        match rotation.run_if_due(Duration::ZERO).await.unwrap() {
            Some(completed) => break completed,
            None => tokio::task::yield_now().await,
        }
    };
    assert!(completed.resumed);
    assert_eq!(desk.key_in_file().public().thumbprint(), completed.thumbprint);
}

#[tokio::test]
async fn a_key_is_rotated_when_its_end_is_near_and_not_before() {
    let desk = desk().await;
    let day = Duration::from_secs(86_400);
    let rotation = || Rotation::new(&desk.client).unwrap();
    let forever = rotation().run_if_due(day * 10_000).await.unwrap();
    assert!(forever.is_none(), "registered by hand, without an end");
    let first = rotation().run().await.unwrap();
    let left = || first.expires.unwrap().since(desk.world.clock().now());
    assert!(rotation().run_if_due(left()).await.unwrap().is_none(), "it is of this day");
    desk.world.clock().forward(day + Duration::from_secs(60));
    let left = left();
    assert!(rotation().run_if_due(left - Duration::from_secs(1)).await.unwrap().is_none());
    assert_eq!(desk.key_in_file().public().thumbprint(), first.thumbprint);
    let second = rotation().run_if_due(left).await.unwrap().expect("it ends just then");
    assert_eq!(desk.key_in_file().public().thumbprint(), second.thumbprint);
    assert_ne!(first.thumbprint, second.thumbprint);
}

#[tokio::test]
async fn of_two_that_rotate_a_key_when_it_is_due_one_does() {
    let desk = desk().await;
    let first = Rotation::new(&desk.client).unwrap().run().await.unwrap();
    desk.world.clock().forward(Duration::from_secs(86_460));
    let notice = first.expires.unwrap().since(desk.world.clock().now());
    let rotation = || Rotation::new(&desk.client).unwrap();
    let (one, two) = (rotation(), rotation());
    let (one, two) = tokio::join!(one.run_if_due(notice), two.run_if_due(notice));
    assert_eq!([one.unwrap(), two.unwrap()].iter().flatten().count(), 1);
}

#[tokio::test]
async fn an_unfinished_rotation_is_completed_though_the_key_is_not_due() {
    let desk = desk().await;
    let new = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let mut unfinished = desk.key.clone().into_os_string();
    unfinished.push(".new");
    std::fs::write(&unfinished, new.to_json().expose()).unwrap();
    let completed = Rotation::new(&desk.client).unwrap().run_if_due(Duration::ZERO).await.unwrap();
    assert!(completed.is_some_and(|rotated| rotated.resumed));
    assert_eq!(desk.key_in_file().public().thumbprint(), new.public().thumbprint());
}

#[tokio::test]
async fn a_key_that_somebody_else_put_in_place_is_not_replaced_by_an_unfinished_rotation() {
    let desk = desk().await;
    let beside = |end: &str| {
        let mut path = desk.key.clone().into_os_string();
        path.push(end);
        PathBuf::from(path)
    };
    let (old, new) = (desk.key_in_file(), PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None));
    std::fs::write(beside(".new"), new.to_json().expose()).unwrap();
    let note = |old: &PrivateJwk| {
        let old = old.public().thumbprint();
        std::fs::write(beside(".rotation"), format!("{{\"old_thumbprint\":\"{old}\"}}")).unwrap();
    };
    let replaced = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    note(&replaced);
    let error = Rotation::new(&desk.client).unwrap().run().await.expect_err("of another key");
    assert!(error.why().contains("another key") && error.next().contains(".new"), "{error}");
    assert_eq!(desk.key_in_file().public().thumbprint(), old.public().thumbprint());
    // That of the present key is completed.
    note(&old);
    assert!(Rotation::new(&desk.client).unwrap().run().await.unwrap().resumed);
    assert_eq!(desk.key_in_file().public().thumbprint(), new.public().thumbprint());
}

#[tokio::test]
async fn a_new_key_that_has_expired_before_it_was_used_is_given_up() {
    let desk = desk().await;
    // It is registered, and the rotation was broken off.
    let rotated = Rotation::new(&desk.client).unwrap().run().await.unwrap();
    let new = std::fs::read(&desk.key).unwrap();
    let mut beside = desk.key.clone().into_os_string();
    beside.push(".new");
    std::fs::rename(&rotated.retired, &desk.key).unwrap();
    std::fs::write(&beside, new).unwrap();
    desk.world.clock().forward(Duration::from_secs(91 * 86_400));
    let rotation = Rotation::new(&desk.client).unwrap();
    let error = rotation.run().await.expect_err("it has expired");
    assert!(error.why().contains("expired"), "{error}");
    assert!(!rotation.run().await.unwrap().resumed, "there is another one now");
}

#[tokio::test]
async fn the_end_of_a_key_is_known() {
    let desk = desk().await;
    let notice = Duration::from_secs(30 * 86_400);
    assert_eq!(
        desk.client.check_key_expiry(notice).await.unwrap(),
        None,
        "registered by hand, without an end"
    );
    let rotated = Rotation::new(&desk.client).unwrap().run().await.unwrap();
    desk.world.clock().forward(Duration::from_secs(1));
    assert_eq!(desk.client.check_key_expiry(notice).await.unwrap(), rotated.expires);
    assert!(rotated.expires.is_some());

    let unregistered = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    std::fs::write(&desk.key, unregistered.to_json().expose()).unwrap();
    desk.world.clock().forward(Duration::from_secs(1));
    let error = desk.client.check_key_expiry(notice).await.expect_err("the authority does not know it");
    assert_eq!(error.kind(), ErrorKind::Rotation, "{error}");
}

#[tokio::test]
async fn a_new_key_that_cannot_be_read_does_not_take_the_old_ones_place() {
    let desk = desk().await;
    let before = desk.key_in_file().public().thumbprint();
    let rotation = Rotation::new(&desk.client).unwrap();
    let broken_off = desk.key.with_file_name("key.json.new");
    std::fs::write(&broken_off, "{}").unwrap();
    let (new, present) = (broken_off.display(), desk.key.display());
    for refused in [
        rotation.run().await.map(drop),
        rotation.run_if_due(Duration::ZERO).await.map(drop),
        rotation.is_under_way().map(drop),
    ] {
        let error = refused.expect_err("no key");
        assert_eq!(error.kind(), ErrorKind::Rotation);
        assert_eq!(error.what(), format!("{new} holds no private key"));
        assert_eq!(
            error.next(),
            format!("remove {new}, and rotate again; until then {present} stays in use")
        );
    }
    assert_eq!(desk.key_in_file().public().thumbprint(), before);
    // As it says.
    std::fs::remove_file(&broken_off).unwrap();
    assert!(!rotation.run().await.unwrap().resumed);
}

#[tokio::test]
async fn what_a_killed_rotation_was_writing_is_removed_by_the_next_and_what_is_another_keys_stays() {
    let desk = desk().await;
    let left = ["", ".new", ".retired", ".rotation"].map(|step| format!(".key.json{step}.aB3xyz.unfinished"));
    let others = [".other.json", ".key.json.old"].map(|name| format!("{name}.aB3xyz.unfinished"));
    let at = |name: &str| desk.key.with_file_name(name);
    for name in left.iter().chain(&others) {
        std::fs::write(at(name), "half of a key").unwrap();
    }
    Rotation::new(&desk.client).unwrap().run().await.unwrap();
    assert!(left.iter().all(|name| !at(name).exists()));
    assert!(others.iter().all(|name| at(name).exists()));
}
