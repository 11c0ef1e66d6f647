//! What of a refused request is in the log, and what is not where the rule alone is to be.

use std::sync::Mutex;

use axum::body::Body;
use helseid_api::ApiProtectionBuilder;
use helseid_api::test_util::Broken;
use helseid_protocol::rule::Rule;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter as _;

use crate::child::{Process, report, role};
use crate::world::{World, ask, rule};

/// A number of a patient, in the path of a request.
const PATIENT: &str = "15849197352";

type Change = fn(ApiProtectionBuilder) -> ApiProtectionBuilder;

/// What was logged since it was last taken, in a process with one test.
static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Logs each line from now on, until the guard is dropped.
pub(crate) fn start() -> DefaultGuard {
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    tracing::subscriber::set_default(subscriber.with_writer(|| WRITTEN.make_writer()).finish())
}

pub(crate) fn take() -> String {
    String::from_utf8(std::mem::take(&mut *WRITTEN.lock().unwrap())).unwrap()
}

/// The rules that requests broke, of which one is for the path of another patient, and what was logged of them.
async fn refused(change: Change) -> (Vec<Rule>, String) {
    let (_logged, world) = (start(), World::new());
    let router = world.router_with(change);
    let url = format!("https://api.example/patients/{PATIENT}");
    let mut of_another = world.sent_to(&url).build(Body::empty());
    *of_another.uri_mut() = "/who".parse().unwrap();
    let mut rules = vec![rule(&ask(&router, of_another).await).unwrap()];
    for broken in Broken::ALL {
        let sent = world.sent_to(&url).broken(broken);
        rules.push(rule(&ask(&router, sent.build(Body::empty())).await).unwrap_or(Rule::DpopNonce));
    }
    (rules, take())
}

#[test]
fn where_rules_alone_are_logged_nothing_of_a_request_is() {
    // Alone in its process: who listens to a line is remembered for all tests of one.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if role().is_none() {
        let alone = async || {
            Process::start("log::where_rules_alone_are_logged_nothing_of_a_request_is", "alone").hear().await
        };
        assert_eq!(runtime.block_on(alone()), "nothing");
        return;
    }
    let (rules, full) = runtime.block_on(refused(|builder| builder));
    assert_eq!(rules.first(), Some(&Rule::DpopHtu));
    // No path, with the setting or without, but what was expected and sent.
    assert!(full.contains("another path") && !full.contains(PATIENT), "{full}");
    let (same, alone) = runtime.block_on(refused(ApiProtectionBuilder::log_rules_alone));
    assert_eq!(same, rules, "callers are told the same");
    for id in rules.iter().map(|rule| rule.id()) {
        assert!(alone.contains(id) || !full.contains(id), "{id} is logged: {alone}");
    }
    assert!(alone.contains("dpop.htu") && !alone.contains("another path"), "{alone}");
    assert!(!alone.contains(PATIENT) && !alone.contains("/patients"), "{alone}");
    report("nothing");
}
