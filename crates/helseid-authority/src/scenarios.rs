//! Faults on request, for tests of clients. Off unless the authority was started with them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use helseid_protocol::endpoint::admin::Scenario;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::base64url;
use serde_json::Value;

/// The faults that each client meets.
#[derive(Debug, Default)]
pub(crate) struct Scenarios {
    by_client: Mutex<HashMap<ClientId, Scenario>>,
}

/// What one request meets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Met {
    pub(crate) server_error: Option<u16>,
    pub(crate) delay_milliseconds: u32,
    pub(crate) clock_skew_seconds: i64,
    client_id: Option<ClientId>,
}

/// What one answer meets.
#[derive(Debug, Clone, Default)]
pub(crate) struct AnswerFault {
    pub(crate) nonce_dropped: bool,
    pub(crate) nonce_refused: bool,
    pub(crate) rollover: bool,
    pub(crate) token_type: Option<String>,
}

/// What is about to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Token,
    Nonce,
    Other,
}

impl Scenarios {
    pub(crate) fn get(&self, client: &ClientId) -> Option<Scenario> {
        self.all().get(client).cloned()
    }

    pub(crate) fn put(&self, client: ClientId, scenario: Scenario) {
        self.all().insert(client, scenario);
    }

    pub(crate) fn remove(&self, client: &ClientId) -> Option<Scenario> {
        self.all().remove(client)
    }

    /// Whether half of the JWK Set is left out.
    pub(crate) fn truncates_jwks(&self) -> bool {
        self.all().values().any(|scenario| scenario.truncated_jwks)
    }

    /// What a request with this form meets, before it is looked at.
    pub(crate) fn meet(&self, form: &[u8]) -> Met {
        let Some(client_id) = sender(form) else { return Met::default() };
        let mut all = self.all();
        let Some(scenario) = all.get_mut(&client_id) else { return Met::default() };
        Met {
            server_error: one_less(&mut scenario.server_errors)
                .then(|| scenario.server_error_status.unwrap_or(503)),
            delay_milliseconds: scenario.delay_milliseconds.min(60_000),
            clock_skew_seconds: scenario.clock_skew_seconds,
            client_id: Some(client_id),
        }
    }

    /// What the answer to that request meets.
    pub(crate) fn answer(&self, met: &Met, answer: Answer) -> AnswerFault {
        let mut all = self.all();
        let scenario = met.client_id.as_ref().and_then(|client| all.get_mut(client));
        let Some(scenario) = scenario else { return AnswerFault::default() };
        let is_token = answer == Answer::Token;
        let nonce_refused = is_token && one_less(&mut scenario.nonces_refused);
        let asks = answer == Answer::Nonce || nonce_refused;
        let granted = is_token && !nonce_refused;
        AnswerFault {
            nonce_dropped: asks && one_less(&mut scenario.nonces_dropped),
            nonce_refused,
            rollover: granted && is_due(&mut scenario.rollover_after),
            token_type: scenario.token_type.clone().filter(|_| granted),
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ClientId, Scenario>> {
        self.by_client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn one_less(left: &mut u32) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}

fn is_due(after: &mut Option<u32>) -> bool {
    *after = after.map(|left| left.saturating_sub(1));
    after.take_if(|left| *left == 0).is_some()
}

/// Who the assertion says the request is from; good enough to be unkind to.
fn sender(form: &[u8]) -> Option<ClientId> {
    let (_, assertion) = form_urlencoded::parse(form).find(|(name, _)| name == "client_assertion")?;
    let claims = base64url::decode(assertion.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    ClientId::parse(claims.get("iss")?.as_str()?).ok()
}
