//! When the keys of clients expire, and their rotation before that.

use std::time::Duration;

use helseid_client::{Client, KeyLocation, Rotation};
use helseid_protocol::jose::PrivateJwk;
use helseid_protocol::jose::format::{PemForm, private_to_pem};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Timestamp;
use helseid_testkit::{Proxy, SCOPE, Weather, World, registration};
use serde_json::json;

use crate::metrics::{OWN, called, scraped};
use crate::world::{Folder, Running, open, run, sidecar};

const DAY: u64 = 86_400;
const WATCHED: &str = "[sidecar]\nkey_expiry_accounts = [\"default\"]";
const ROTATED: &str = "[sidecar]\nkey_rotation_accounts = [\"default\"]";

/// A client whose key expires.
struct Expiring {
    folder: Folder,
    client: Client,
    expires: Timestamp,
}

impl Expiring {
    /// Of `world`, with `sections` in the sidecar's file.
    async fn new(world: &World, sections: &str) -> Self {
        let self_service = "nhn:selvbetjening/client";
        let mut registration = registration(&world.key).unwrap();
        registration.client_id = Some(world.client_id.clone());
        registration.scopes = ScopeSet::parse(&format!("{SCOPE} {self_service}")).unwrap();
        world.authority.register(registration).await.unwrap();
        let folder = Folder::new(world, sections);
        let mut config = world.config();
        config.key = KeyLocation::File(folder.path("key.json"));
        let client = Client::builder(config).clock(world.clock().clone()).build().unwrap();
        // A key that a client registers itself has an end.
        let expires = Rotation::new(&client).unwrap().run().await.unwrap().expires.unwrap();
        Self { folder, client, expires }
    }

    /// Moves the clock to so many days before the key's end.
    fn forward(&self, world: &World, days_left: u64) {
        let now = helseid_protocol::time::Clock::now(world.clock());
        world.clock().forward(self.expires.since(now) - Duration::from_secs(days_left * DAY));
    }
}

fn expiry(expires: Timestamp) -> String {
    format!("helseid_sidecar_key_expiry_timestamp_seconds{{account=\"default\"}} {expires}")
}

fn key_in(folder: &Folder) -> String {
    let key = PrivateJwk::read(&std::fs::read(folder.path("key.json")).unwrap()).unwrap();
    key.public().thumbprint().to_string()
}

/// Until `line` is among the metrics.
async fn told(sidecar: &Running, line: &str) {
    let told = async {
        while !scraped(sidecar, OWN).await.lines().any(|own| own == line) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), told).await.unwrap_or_else(|_| panic!("never {line}"));
}

const DONE: &str = "helseid_sidecar_key_rotations_total{account=\"default\",outcome=\"rotated\"} 1";

#[tokio::test]
async fn when_a_key_expires_is_known_though_a_caller_spends_its_budget() {
    let proxy = Proxy::new().unwrap();
    let world = World::start_behind(&proxy).await.unwrap();
    let client = Expiring::new(&world, WATCHED).await;
    proxy.all(Weather::Dropped);
    let watching = run(&world, client.folder, open()).await;
    // The first time, nobody knows, at three attempts: it is asked again ten minutes later.
    let tried = async {
        while proxy.requests() < 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), tried).await.unwrap();
    proxy.all(Weather::Fair);
    world.clock().forward(Duration::from_secs(600));
    let wish = json!({ "identity_provider": "helseid", "target": SCOPE, "skip_cache": true });
    while watching.post("/api/v1/token", &wish).await.status == 200 {}
    told(&watching, &expiry(client.expires)).await;
}

#[tokio::test]
async fn when_a_key_expires_is_told_where_the_account_may_ask() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let client = Expiring::new(&world, WATCHED).await;
    let watching = run(&world, client.folder, open()).await;
    told(&watching, &expiry(client.expires)).await;
    let other = sidecar(&world, "").await;
    assert!(!scraped(&other, OWN).await.contains("helseid_sidecar_key_expiry_timestamp_seconds{"));
}

#[tokio::test]
async fn a_key_that_is_due_is_rotated_under_load_and_no_call_fails() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let client = Expiring::new(&world, ROTATED).await;
    client.forward(&world, 14);
    let before = key_in(&client.folder);
    let sidecar = run(&world, client.folder, open()).await;
    let load = async {
        loop {
            assert_eq!(called(&sidecar, "/call/sample/whoami").await, 200);
        }
    };
    tokio::select! { () = load => {}, () = told(&sidecar, DONE) => {} }
    let after = key_in(&sidecar.folder);
    assert_ne!(before, after);
    told(&sidecar, "helseid_sidecar_key_rotatable{account=\"default\"} 1").await;
    // The new key's end is told, and it is the one that is used.
    let new = client.client.registered_keys().await.unwrap();
    let new = new.into_iter().find(|key| key.thumbprint.as_deref() == Some(&after)).unwrap();
    told(&sidecar, &expiry(new.expires.unwrap())).await;
    world.clock().forward(Duration::from_secs(15 * DAY));
    assert_eq!(called(&sidecar, "/call/sample/whoami").await, 200, "the old key has expired");
}

#[tokio::test]
async fn a_key_that_is_not_due_is_left_alone() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let client = Expiring::new(&world, &format!("{ROTATED}\nkey_rotation_days = 7")).await;
    client.forward(&world, 8);
    let (before, line) = (key_in(&client.folder), expiry(client.expires));
    let sidecar = run(&world, client.folder, open()).await;
    told(&sidecar, &line).await;
    assert_eq!(key_in(&sidecar.folder), before);
    // A day later it is.
    world.clock().forward(Duration::from_secs(DAY));
    told(&sidecar, DONE).await;
    assert_ne!(key_in(&sidecar.folder), before);
}

#[cfg(unix)]
#[tokio::test]
async fn of_two_sidecars_with_one_key_one_rotates_it() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let client = Expiring::new(&world, ROTATED).await;
    client.forward(&world, 10);
    let registered = client.client.registered_keys().await.unwrap().len();
    let path = client.folder.path("key.json");
    let other = Folder::new(&world, ROTATED);
    std::fs::remove_file(other.path("key.json")).unwrap();
    std::os::unix::fs::symlink(&path, other.path("key.json")).unwrap();
    let (one, two) = tokio::join!(run(&world, client.folder, open()), run(&world, other, open()));
    let expires = async {
        loop {
            let keys = client.client.registered_keys().await.unwrap();
            let own = key_in(&one.folder);
            let own = keys.into_iter().find(|key| key.thumbprint.as_deref() == Some(&own));
            match own.and_then(|key| key.expires) {
                Some(expires) if expires > client.expires => return expires,
                _ => tokio::task::yield_now().await,
            }
        }
    };
    let expires = tokio::time::timeout(Duration::from_secs(60), expires).await.unwrap();
    // A file is looked at once a second.
    world.clock().forward(Duration::from_secs(1));
    told(&one, &expiry(expires)).await;
    told(&two, &expiry(expires)).await;
    assert_eq!(client.client.registered_keys().await.unwrap().len(), registered + 1);
}

#[tokio::test]
async fn a_rotation_that_fails_leaves_the_key_and_is_tried_again() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let client = Expiring::new(&world, ROTATED).await;
    client.forward(&world, 10);
    let before = key_in(&client.folder);
    // Half of a new key, as nobody leaves it.
    std::fs::write(client.folder.path("key.json.new"), "{}").unwrap();
    let sidecar = run(&world, client.folder, open()).await;
    told(&sidecar, "helseid_sidecar_key_rotations_total{account=\"default\",outcome=\"failed\"} 1").await;
    assert_eq!(called(&sidecar, "/call/sample/whoami").await, 200);
    assert_eq!(key_in(&sidecar.folder), before);
    std::fs::remove_file(sidecar.folder.path("key.json.new")).unwrap();
    // Not the next day, as where nothing is left to do.
    told(&sidecar, &expiry(client.expires)).await;
    world.clock().forward(Duration::from_secs(600));
    told(&sidecar, DONE).await;
    assert_ne!(key_in(&sidecar.folder), before);
}

#[tokio::test]
async fn a_key_whose_file_cannot_be_rewritten_is_told_and_used() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let client = Expiring::new(&world, ROTATED).await;
    client.forward(&world, 10);
    // A key in a format that others may have, and nobody rewrites.
    let path = client.folder.path("key.json");
    let key = PrivateJwk::read(&std::fs::read(&path).unwrap()).unwrap();
    let pem = private_to_pem(&key, PemForm::Pkcs8).unwrap();
    std::fs::write(&path, pem.expose()).unwrap();
    let sidecar = run(&world, client.folder, open()).await;
    told(&sidecar, "helseid_sidecar_key_rotatable{account=\"default\"} 0").await;
    told(&sidecar, &expiry(client.expires)).await;
    assert_eq!(called(&sidecar, "/call/sample/whoami").await, 200);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), pem.expose());
}

#[tokio::test]
async fn a_key_that_others_rotate_is_followed_and_its_end_told_at_once() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let client = Expiring::new(&world, WATCHED).await;
    let sidecar = run(&world, client.folder, open()).await;
    told(&sidecar, &expiry(client.expires)).await;
    world.clock().forward(Duration::from_secs(60));
    let rotated = Rotation::new(&client.client).unwrap().run().await.unwrap();
    world.clock().forward(Duration::from_secs(1));
    told(&sidecar, &expiry(rotated.expires.unwrap())).await;
}

#[tokio::test]
async fn what_cannot_be_rotated_is_no_configuration() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let why = |sections: &str| Folder::new(&world, sections).config(open()).unwrap_err().to_string();
    for (sections, words) in [
        ("[sidecar]\nkey_expiry_accounts = [\"nobody\"]", ["key_expiry_accounts", "nobody"]),
        ("[sidecar]\nkey_rotation_accounts = [\"nobody\"]", ["key_rotation_accounts", "nobody"]),
        (
            "[sidecar]\nkey_rotation_days = 14",
            ["key_rotation_days", "key_rotation_accounts names no account"],
        ),
        (&format!("{ROTATED}\nkey_rotation_days = 0"), ["key_rotation_days", "1 to 365"]),
        (&format!("{ROTATED}\nkey_rotation_days = 366"), ["key_rotation_days", "1 to 365"]),
        (
            &format!("{ROTATED}\ninsecure_bearer_accounts = [\"default\"]"),
            ["key_rotation_accounts", "insecure_bearer_accounts"],
        ),
        // Another client with the key of the file's own.
        (
            &format!("{ROTATED}\n[account.other]\nclient_id = \"other\""),
            ["key_rotation_accounts", "the same key_file"],
        ),
    ] {
        let why = why(sections);
        assert!(words.iter().all(|word| why.contains(word)), "{why}");
    }
    let folder = Folder::new(&world, ROTATED);
    let file = folder.path("helseid.toml");
    let toml = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, toml.replace("key_file = \"key.json\"\n", "")).unwrap();
    let key = world.key.to_json();
    let flags = helseid_client::Settings::default();
    let variable = |name: &str| (name == "HELSEID_CLIENT_JWK").then(|| key.expose().to_owned());
    let sources = helseid_sidecar::Sources {
        file: Some(&file),
        account: None,
        flags,
        listen: open(),
        variable: &variable,
    };
    let why = helseid_sidecar::Config::read(sources).unwrap_err().to_string();
    assert!(why.contains("is not in a file"), "{why}");
}
