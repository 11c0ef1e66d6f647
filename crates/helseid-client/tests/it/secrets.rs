//! Everything that the client writes for others to read, in good times and bad, searched for what must not be there.

use std::sync::Mutex;
use std::time::Duration;

use helseid_client::{AuthorityRequest, Client, Endpoint, RetryPolicy};
use tracing_subscriber::fmt::MakeWriter as _;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::world::{Reply, config, granted, refused, unauthorized, use_nonce, world};

/// What the process has written.
static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

#[test]
fn spans_events_and_errors_hold_no_secret() {
    // So that nothing is searched but what it wrote itself.
    if !helseid_test_services::is_alone("secrets::spans_events_and_errors_hold_no_secret") {
        return;
    }
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(|| WRITTEN.make_writer())
        .finish();
    // For all threads: some of the work is done on others.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (secrets, errors) = runtime.block_on(walk());
    let mut text = String::from_utf8(WRITTEN.lock().unwrap().clone()).unwrap();
    for span in ["helseid.token", "helseid.call", "helseid.authority"] {
        assert!(text.contains(span), "{span}: {text}");
    }
    text.push_str(&errors);
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} in {text}");
    }
}

/// All that is secret, and the text of all errors.
async fn walk() -> (Vec<String>, String) {
    let world = world().await;
    let config = config(&world.address);
    let helseid_client::KeyLocation::Text(key) = &config.key else { unreachable!("a key as text") };
    let key: serde_json::Value = serde_json::from_str(key.expose()).unwrap();
    let d = key["d"].as_str().unwrap().to_owned();
    let client = Client::builder(config).retry(RetryPolicy::new(1, Duration::ZERO));
    let client = client.clock(world.clock.clone()).build().unwrap();
    let url = format!("{}?fnr=01017000000", world.api_url());
    let mut errors = String::new();
    world.authority.will([
        refused(503, "temporarily_unavailable"),
        use_nonce("the-nonce"),
        granted("eyJ.the-token", 600),
        refused(400, "invalid_client"),
        Reply::Plain(
            400,
            Vec::new(),
            r#"{"error":"invalid_request","error_description":"eyJ.the-token"}"#.into(),
        ),
        Reply::Plain(200, Vec::new(), "eyJ.the-token".into()),
    ]);
    world.api.will([
        unauthorized(r#"DPoP error="use_dpop_nonce""#, Some("the-api-nonce")),
        Reply::Plain(200, Vec::new(), "a patient".into()),
        unauthorized(r#"DPoP error="use_dpop_nonce""#, Some("the-api-nonce")),
    ]);
    client.post(&url).body("my patient").send().await.unwrap();
    errors.push_str(&client.get(&url).send().await.expect_err("a loop").to_string());
    world.clock.forward(700);
    for _ in 0..3 {
        errors.push_str(&client.token().await.expect_err("refused").to_string());
    }
    let asked = AuthorityRequest::repeatable(Endpoint::Introspection).parameter("token", "eyJ.the-token");
    client.authority().send(&asked).await.unwrap();
    let secrets =
        [".eyJ", "the-token", "the-nonce", "the-api-nonce", "a patient", "my patient", "01017000000"];
    (secrets.into_iter().map(ToOwned::to_owned).chain([d]).collect(), errors)
}
