//! The contract of Texas, member by member.

use std::time::Duration;

use helseid_client::TokenRequest;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_testkit::{SCOPE, World, registration};
use serde_json::{Value, json};

use crate::world::{Folder, open, run, sidecar};

const TOKEN: &str = "/api/v1/token";

fn asked(more: &[(&str, Value)]) -> Value {
    let mut asked = json!({ "identity_provider": "helseid", "target": SCOPE });
    for (name, value) in more {
        asked[*name] = value.clone();
    }
    asked
}

#[tokio::test]
async fn a_token_is_given_for_json_and_for_a_form_and_kept() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    let first = sidecar.post(TOKEN, &asked(&[])).await;
    assert_eq!((first.status, first.text("token_type")), (200, "DPoP"), "{first:?}");
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let left = first.body["expires_in"].as_u64().unwrap();
    assert!(left > 60, "{left}");

    world.clock().forward(Duration::from_secs(30));
    let scope = SCOPE.replace(':', "%3A").replace('/', "%2F");
    let form = format!("identity_provider=helseid&target={scope}");
    let lines = "Content-Type: application/x-www-form-urlencoded\r\n";
    let second = sidecar.post_with(lines, TOKEN, &form).await;
    assert_eq!((second.status, second.text("access_token")), (200, first.text("access_token")), "{second:?}");
    assert_eq!(
        second.body["expires_in"].as_u64(),
        Some(left - 30),
        "what is left is counted for each answer"
    );

    for skip in [
        sidecar.post_with(lines, TOKEN, &format!("{form}&skip_cache=true")).await,
        sidecar.post(TOKEN, &asked(&[("skip_cache", true.into())])).await,
    ] {
        assert_eq!(skip.status, 200, "{skip:?}");
        assert_ne!(skip.text("access_token"), first.text("access_token"));
    }
}

#[tokio::test]
async fn a_member_that_texas_does_not_know_is_passed_over_and_scopes_are_a_set() {
    const ONE: &str = "nhn:test-public-samplecode/client-credentials";
    const OTHER: &str = "nhn:test-public-samplecode/authorization-code";
    let world = World::start(Profile::Helseid).await.unwrap();
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let mut client = registration(&key).unwrap();
    client.scopes = ScopeSet::parse(&format!("{SCOPE} {ONE} {OTHER}")).unwrap();
    let id = world.authority.register(client).await.unwrap().client_id;
    let issuer = world.authority.issuer();
    let toml = format!("issuer = \"{issuer}\"\nclient_id = \"{}\"\nkey_file = \"key.json\"\n", id.as_str());
    let sidecar = run(&world, Folder::with(&key.to_json(), &toml), open()).await;
    let token = async |more: &[(&str, Value)]| {
        let answer = sidecar.post(TOKEN, &asked(more)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text("access_token").to_owned()
    };
    let plain = token(&[]).await;
    assert_eq!(token(&[("colour", "blue".into())]).await, plain);
    assert_eq!(token(&[("target", format!(" {SCOPE}  {SCOPE}").into())]).await, plain);
    let both = token(&[("target", format!("{ONE} {OTHER}").into())]).await;
    assert_ne!(both, plain);
    assert_eq!(token(&[("target", format!("{OTHER} {ONE}").into())]).await, both);
}

#[tokio::test]
async fn each_wrong_request_is_told_what_is_wrong() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    let provider = |name: &str| format!("identity provider '{name}' is not enabled");
    for (wrong, status, error, named) in [
        (
            asked(&[("identity_provider", "maskinporten".into())]),
            400,
            "invalid_request",
            provider("maskinporten"),
        ),
        (asked(&[("identity_provider", "nobody".into())]), 400, "invalid_request", provider("nobody")),
        (json!({ "identity_provider": "helseid" }), 400, "invalid_request", "target".to_owned()),
        (json!({ "target": SCOPE }), 400, "invalid_request", "identity_provider".to_owned()),
        (asked(&[("target", "".into())]), 400, "invalid_request", "target".to_owned()),
        (asked(&[("target", 7.into())]), 400, "invalid_request", "string".to_owned()),
        (asked(&[("skip_cache", "maybe".into())]), 400, "invalid_request", "boolean".to_owned()),
        (asked(&[("account", "nobody".into())]), 400, "invalid_request", "account".to_owned()),
        (
            asked(&[("authorization_details", json!([]))]),
            403,
            "access_denied",
            "insecure_any_organisation".to_owned(),
        ),
    ] {
        let answer = sidecar.post(TOKEN, &wrong).await;
        assert_eq!((answer.status, answer.error()), (status, error), "{wrong} {answer:?}");
        assert!(answer.text("error_description").contains(&named), "{wrong} {answer:?}");
    }
    // The authority's own words, with its status.
    let request = TokenRequest::default().scope(ScopeSet::parse("nhn:other/read").unwrap());
    let error = world.client().unwrap().token_for(&request).await.expect_err("no such scope");
    let (status, told) = error.oauth().expect("the authority's own");
    let refused = sidecar.post(TOKEN, &asked(&[("target", "nhn:other/read".into())])).await;
    assert_eq!((refused.status, refused.error()), (status.as_u16(), told.code.as_str()), "{refused:?}");
    assert_eq!(Some(refused.text("error_description")), told.description.as_deref());
    assert_eq!((refused.status, refused.error()), (400, "invalid_scope"));
    let body = asked(&[]).to_string();
    for (lines, body) in [
        ("", body.as_str()),
        ("Content-Type: text/plain\r\n", &body),
        ("Content-Type: application/json\r\n", ""),
        ("Content-Type: application/json\r\n", "{\"target\":\"a\",\"target\":\"b\"}"),
        ("Content-Type: application/x-www-form-urlencoded\r\n", "target=a&target=b"),
        ("Content-Type: application/x-www-form-urlencoded\r\n", "skip_cache=yes"),
    ] {
        let answer = sidecar.post_with(lines, TOKEN, body).await;
        assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{lines}{body} {answer:?}");
    }
    let long = sidecar.post(TOKEN, &asked(&[("resource", "a".repeat(70_000).into())])).await;
    assert_eq!((long.status, long.error()), (413, "invalid_request"));
    assert_eq!(sidecar.get(TOKEN).await.status, 405, "by POST alone");
    assert_eq!(sidecar.get("/api/v1/nothing").await.status, 404);
}

#[tokio::test]
async fn an_attestation_is_not_taken_where_organisations_are() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "[sidecar]\ninsecure_any_organisation = true").await;
    for (details, named) in [
        (json!([{ "type": "nhn:tillitsrammeverk:parameters" }]), "authorization_details"),
        (json!("text"), "authorization_details"),
        (json!([{ "no": "type" }]), "authorization_details"),
    ] {
        let answer = sidecar.post(TOKEN, &asked(&[("authorization_details", details.clone())])).await;
        assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{details} {answer:?}");
        assert!(answer.text("error_description").contains(named), "{answer:?}");
    }
}

#[tokio::test]
async fn while_the_authority_is_away_the_sidecar_starts_and_says_503_and_is_not_ready_for_a_while() {
    let world = World::start(Profile::Helseid).await.unwrap();
    // An address at which nobody listens, as long as the socket lives.
    let nobody = tokio::net::TcpSocket::new_v4().unwrap();
    nobody.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let issuer = format!("http://{}", nobody.local_addr().unwrap());
    let toml = format!("issuer = \"{issuer}\"\nclient_id = \"a\"\nkey_file = \"key.json\"\n");
    let sidecar = run(&world, Folder::with(&world.key.to_json(), &toml), open()).await;
    assert_eq!((sidecar.get("/health").await.status, sidecar.get("/ready").await.status), (200, 200));
    let answer = sidecar.post(TOKEN, &asked(&[])).await;
    assert_eq!((answer.status, answer.error()), (503, "server_error"), "{answer:?}");
    assert_eq!((sidecar.get("/health").await.status, sidecar.get("/ready").await.status), (200, 503));
    world.clock().forward(Duration::from_secs(31));
    assert_eq!(sidecar.get("/ready").await.status, 200, "nothing is known any more");
}

#[tokio::test]
async fn a_caller_cannot_hammer_the_authority_nor_keep_apis_from_their_tokens() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    let hammered = async || {
        let mut statuses = Vec::new();
        for _ in 0..61 {
            let answer = sidecar.post(TOKEN, &asked(&[("skip_cache", true.into())])).await;
            statuses.push((answer.status, answer.header("retry-after").map(str::to_owned)));
        }
        assert_eq!(statuses[60], (503, Some("1".to_owned())));
        assert!(statuses[..60].iter().all(|(status, _)| *status == 200), "{statuses:?}");
    };
    let authorization = async || {
        let wanted = json!({ "api": "sample", "method": "GET", "url": world.url() });
        let given = sidecar.post("/api/v1/headers", &wanted).await;
        assert_eq!(given.status, 200, "{given:?}");
        given.body["headers"]["Authorization"].clone()
    };
    hammered().await;
    assert_eq!(sidecar.post(TOKEN, &asked(&[])).await.status, 200, "the kept token serves on");
    assert_eq!(sidecar.get("/ready").await.status, 200, "it is nothing of the account's");
    // An API's first token, and its renewal, are counted apart.
    let first = authorization().await;
    let lifetime = sidecar.post(TOKEN, &asked(&[])).await.body["expires_in"].as_u64().unwrap();
    world.clock().forward(Duration::from_secs(lifetime * 6 / 10));
    hammered().await;
    let renewed = async {
        while authorization().await == first {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), renewed).await.unwrap();
    assert_eq!(sidecar.get("/ready").await.status, 200);
}

#[tokio::test]
async fn a_spent_account_gets_one_more_token_a_second_and_another_account_has_its_own() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let (issuer, id) = (world.authority.issuer(), world.client_id.as_str());
    let sidecar = sidecar(
        &world,
        &format!("[account.other]\nissuer = \"{issuer}\"\nclient_id = \"{id}\"\nkey_file = \"key.json\"\n"),
    )
    .await;
    let new = async |account: &str| {
        let wanted = asked(&[("account", account.into()), ("skip_cache", true.into())]);
        sidecar.post(TOKEN, &wanted).await.status
    };
    for number in 0..60 {
        assert_eq!(new("default").await, 200, "{number}");
    }
    assert_eq!([new("default").await, new("other").await], [503, 200]);
    for _ in 0..3 {
        world.clock().forward(Duration::from_secs(1));
        assert_eq!([new("default").await, new("default").await], [200, 503]);
    }
}
