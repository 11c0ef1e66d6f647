//! What of a refused request is in the log, and what is not where the rule alone is to be.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use helseid_api::ApiProtectionBuilder;
use helseid_api::test_util::Broken;
use helseid_protocol::rule::Rule;

use crate::child::{Process, report, role};
use crate::world::{World, ask, rule};

/// A number of a patient, in the path of a request.
const PATIENT: &str = "15849197352";

type Change = fn(ApiProtectionBuilder) -> ApiProtectionBuilder;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The rules that requests broke, of which one is for the path of another patient, and what was logged of them.
async fn refused(change: Change) -> (Vec<Rule>, String) {
    let (log, world) = (Log::default(), World::new());
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    let _logged = tracing::subscriber::set_default(subscriber.finish());
    let router = world.router_with(change);
    let url = format!("https://api.example/patients/{PATIENT}");
    let mut of_another = world.sent_to(&url).build(Body::empty());
    *of_another.uri_mut() = "/who".parse().unwrap();
    let mut rules = vec![rule(&ask(&router, of_another).await).unwrap()];
    for broken in Broken::ALL {
        let sent = world.sent_to(&url).broken(broken);
        rules.push(rule(&ask(&router, sent.build(Body::empty())).await).unwrap_or(Rule::DpopNonce));
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    (rules, log)
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
