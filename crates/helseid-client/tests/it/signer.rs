use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use helseid_client::protocol::id::KeyId;
use helseid_client::protocol::jose::{Algorithm, PrivateJwk, SigningKey};
use helseid_client::{Client, ErrorKind, KeyLocation, RetryPolicy, SignError, Signature, Signer};
use tempfile::TempDir;

use crate::world::{World, granted, in_time, key, refused, with_key, world};

/// A client whose key is in a file.
fn with_file(world: &World, folder: &TempDir, kid: &str) -> Client {
    let path = folder.path().join("key.json");
    std::fs::write(&path, key(kid).to_json().expose()).unwrap();
    let config = with_key(&world.address, KeyLocation::File(path));
    Client::builder(config).clock(world.clock.clone()).build().unwrap()
}

fn swap(folder: &TempDir, content: &str) {
    let new = folder.path().join("key.new");
    std::fs::write(&new, content).unwrap();
    std::fs::rename(new, folder.path().join("key.json")).unwrap();
}

#[tokio::test]
async fn a_key_file_that_is_swapped_signs_the_next_assertion_and_no_call_waits_for_it() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    let client = with_file(&world, &folder, "old");
    world.authority.will([granted("first", 600), granted("second", 600)]);
    client.token().await.unwrap();
    swap(&folder, key("new").to_json().expose());
    world.clock.forward(1);
    assert_eq!(client.token().await.unwrap().access_token().expose(), "first", "it serves meanwhile");
    world.authority.was_asked(2).await;
    in_time(async {
        while client.token().await.unwrap().access_token().expose() == "first" {
            tokio::task::yield_now().await;
        }
    })
    .await;
    client.token().await.unwrap();
    assert_eq!(world.authority.kids(), [Some("old".to_owned()), Some("new".to_owned())]);
}

#[tokio::test]
async fn a_new_key_that_is_not_registered_yet_costs_no_call() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    let client = with_file(&world, &folder, "old");
    world.authority.will([granted("first", 600), refused(400, "invalid_client")]);
    client.token().await.unwrap();
    swap(&folder, key("new").to_json().expose());
    for _ in 0..29 {
        world.clock.forward(1);
        assert!(client.token().await.is_ok());
    }
    world.authority.was_asked(2).await;
    assert_eq!(world.authority.count(), 2, "a refusal is not asked for again at once");
}

#[tokio::test]
async fn a_key_file_that_cannot_be_used_leaves_the_key_that_was_there() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    let client = with_file(&world, &folder, "old");
    world.authority.will([
        granted("first", 60),
        granted("second", 60),
        granted("third", 60),
        granted("fourth", 60),
    ]);
    client.token().await.unwrap();
    for content in ["", "{\"kty\":\"EC\"", "-----BEGIN PRIVATE KEY-----"] {
        swap(&folder, content);
        world.clock.forward(60);
        client.token().await.unwrap();
    }
    assert_eq!(world.authority.kids(), vec![Some("old".to_owned()); 4]);
}

/// Whatever proofs are made with, assertions are of the client's key.
#[tokio::test]
async fn proofs_are_of_a_key_apart_unless_the_program_says_of_which() {
    let (world, own, other) = (world().await, key("own"), key("other"));
    let builder = || {
        let config = with_key(&world.address, KeyLocation::Text(own.to_json()));
        Client::builder(config).clock(world.clock.clone())
    };
    let clients = [
        builder().build().unwrap(),
        builder().prove_with_client_key().build().unwrap(),
        builder().prove_with(other.clone()).build().unwrap(),
    ];
    for client in &clients {
        client.get(&world.api_url()).send().await.unwrap();
        for server in [&world.authority, &world.api] {
            assert_eq!(server.proved_by().last().unwrap(), client.proof_thumbprint().as_str());
            assert_eq!(server.proof_algorithms().last().unwrap(), "ES256");
        }
    }
    assert_eq!(world.authority.kids(), vec![Some("own".to_owned()); clients.len()]);
    let [apart, of_the_client, given] = clients.each_ref().map(Client::proof_thumbprint);
    let [own, other] = [&own, &other].map(|key: &PrivateJwk| key.public().thumbprint());
    assert_ne!(*apart, own);
    assert_eq!((of_the_client, given), (&own, &other));
}

/// Signs a moment later, with a key that it does not give away; fails as often as told.
struct Vault {
    key: SigningKey,
    asked: Arc<AtomicUsize>,
    failures: Mutex<Vec<SignError>>,
}

impl Signer for Vault {
    fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    fn key_id(&self) -> Option<KeyId> {
        self.key.public().key_id().cloned()
    }

    fn sign<'a>(&'a self, message: &'a [u8]) -> Signature<'a> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.asked.fetch_add(1, Ordering::SeqCst);
            match self.failures.lock().unwrap().pop() {
                Some(failure) => Err(failure),
                None => Ok(self.key.sign(message)),
            }
        })
    }
}

fn vault(failures: Vec<SignError>) -> (Vault, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let key = SigningKey::new(&key("vault")).unwrap();
    (Vault { key, asked: asked.clone(), failures: Mutex::new(failures) }, asked)
}

fn with_vault(world: &World, vault: Vault) -> Client {
    Client::builder(with_key(&world.address, KeyLocation::External))
        .clock(world.clock.clone())
        .retry(RetryPolicy::new(1, Duration::ZERO))
        .signer(vault)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_key_outside_this_process_signs_assertions_and_no_proofs() {
    let world = world().await;
    let (vault, asked) = vault(Vec::new());
    let public = vault.key.public().clone();
    let client = with_vault(&world, vault);
    client.get(&world.api_url()).send().await.unwrap();
    assert_eq!((asked.load(Ordering::SeqCst), world.authority.kids()), (1, vec![Some("vault".to_owned())]));
    let assertion = world.authority.parameters("client_assertion")[0].clone().unwrap();
    let unverified = helseid_protocol::jose::jws::Unverified::parse(&assertion, 16_384).unwrap();
    let ready = helseid_protocol::jose::VerifyKey::new(public).unwrap();
    assert!(unverified.is_signed_by(&ready, Algorithm::ES256));
}

#[tokio::test]
async fn a_signer_that_says_it_may_pass_is_asked_again_and_another_is_not() {
    let world = world().await;
    for (failure, tries) in [(SignError::transient("busy"), 2), (SignError::permanent("no such key"), 1)] {
        let (vault, asked) = vault(vec![failure]);
        let outcome = with_vault(&world, vault).token().await;
        assert_eq!((outcome.is_ok(), asked.load(Ordering::SeqCst)), (tries == 2, tries));
        if let Err(error) = outcome {
            assert_eq!((error.kind(), error.why()), (ErrorKind::Key, "no such key".to_owned()));
        }
    }
}

#[tokio::test]
async fn without_a_signer_there_is_no_client_for_a_key_outside() {
    let error = Client::new(with_key("https://sts.example", KeyLocation::External)).expect_err("no key");
    assert_eq!(error.kind(), ErrorKind::Key);
    let (vault, _) = vault(Vec::new());
    let builder = Client::builder(with_key("https://sts.example", KeyLocation::External)).signer(vault);
    assert_eq!(
        builder.prove_with_client_key().build().expect_err("no proofs").kind(),
        ErrorKind::Configuration
    );
}
