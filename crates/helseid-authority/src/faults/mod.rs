//! Faults for tests of clients. Off unless the authority was started with `--enable-faults`.

mod layer;
mod response;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use helseid_admin_api::ClientFaults;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::base64url;
use serde_json::Value;

pub(crate) use layer::{FaultLayer, Hooks, RequestFaults};

/// The faults of each client.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    by_client: Mutex<HashMap<ClientId, ClientFaults>>,
}

/// The status when a client sends too many requests (RFC 6585 section 4).
const TOO_MANY: u16 = 429;

/// The longest delay, in milliseconds: a minute.
const MAX_DELAY_MILLISECONDS: u32 = 60_000;

/// The largest clock skew either way, in seconds: a year.
const MAX_SKEW_SECONDS: i64 = 365 * 86_400;

/// The most bytes of a `token_type`.
const MAX_TOKEN_TYPE: usize = 64;

/// Checks that the faults are within their bounds; the error says what was expected.
pub(crate) fn check(given: &ClientFaults) -> Result<(), &'static str> {
    let skew = given.clock_skew_seconds;
    let is_type = |text: &String| {
        (1..=MAX_TOKEN_TYPE).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
    };
    if given.server_error_status.is_some_and(|status| status != TOO_MANY && !(500..=599).contains(&status)) {
        return Err("expected server_error_status of 429, or from 500 to 599");
    }
    if given.delay_milliseconds > MAX_DELAY_MILLISECONDS {
        return Err("expected delay_milliseconds of at most 60,000");
    }
    if !(-MAX_SKEW_SECONDS..=MAX_SKEW_SECONDS).contains(&skew) {
        return Err("expected clock_skew_seconds of at most a year either way: 31,536,000");
    }
    if !given.token_type.as_ref().is_none_or(is_type) {
        return Err("expected a token_type of 1 to 64 printable characters without spaces");
    }
    Ok(())
}

/// The faults of one request before it is handled.
#[derive(Debug, Clone, Default)]
struct OnRequest {
    server_error: Option<u16>,
    delay_milliseconds: u32,
    clock_skew_seconds: i64,
    client_id: Option<ClientId>,
    /// The endpoint is not called: the answer demands another nonce.
    nonce_refused: bool,
}

/// The faults of its response.
#[derive(Debug, Clone, Default)]
struct OnResponse {
    nonce_dropped: bool,
    rollover: bool,
    token_type: Option<String>,
}

/// What a response is, as far as faults go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ResponseKind {
    /// Of the token endpoint alone.
    Token,
    Nonce,
    Other,
}

impl Faults {
    pub(crate) fn get(&self, client: &ClientId) -> Option<ClientFaults> {
        self.all().get(client).cloned()
    }

    pub(crate) fn put(&self, client: ClientId, given: ClientFaults) {
        self.all().insert(client, given);
    }

    pub(crate) fn remove(&self, client: &ClientId) -> Option<ClientFaults> {
        self.all().remove(client)
    }

    /// Whether any client has the fault of a truncated JWK Set.
    fn truncates_jwks(&self) -> bool {
        self.all().values().any(|given| given.truncated_jwks)
    }

    /// The faults of a request with this form. Those that are counted are counted down: that of a refused nonce if the request
    /// brings one.
    fn on_request(&self, form: &[u8], brings_nonce: bool) -> OnRequest {
        let Some(client_id) = sender(form) else { return OnRequest::default() };
        let mut all = self.all();
        let Some(given) = all.get_mut(&client_id) else { return OnRequest::default() };
        let server_error =
            one_less(&mut given.server_errors).then(|| given.server_error_status.unwrap_or(503));
        OnRequest {
            server_error,
            nonce_refused: brings_nonce && server_error.is_none() && one_less(&mut given.nonces_refused),
            // Tests in the same process set faults without the checks of the admin API.
            delay_milliseconds: given.delay_milliseconds.min(MAX_DELAY_MILLISECONDS),
            clock_skew_seconds: given.clock_skew_seconds.clamp(-MAX_SKEW_SECONDS, MAX_SKEW_SECONDS),
            client_id: Some(client_id),
        }
    }

    /// The faults of the response to that request. Those that are counted are counted down.
    fn on_response(&self, request: &OnRequest, kind: ResponseKind) -> OnResponse {
        let mut all = self.all();
        let given = request.client_id.as_ref().and_then(|client| all.get_mut(client));
        let Some(given) = given else { return OnResponse::default() };
        let granted = kind == ResponseKind::Token;
        OnResponse {
            nonce_dropped: kind == ResponseKind::Nonce && one_less(&mut given.nonces_dropped),
            rollover: granted && is_due(&mut given.rollover_after),
            token_type: given.token_type.clone().filter(|_| granted),
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ClientId, ClientFaults>> {
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

/// The client that the assertion names, unverified. The form is not decoded, since no character of a JWT is escaped in a
/// form.
fn sender(form: &[u8]) -> Option<ClientId> {
    let assertion =
        form.split(|byte| *byte == b'&').find_map(|pair| pair.strip_prefix(b"client_assertion="))?;
    ClientId::parse(claims(assertion)?.get("iss")?.as_str()?).ok()
}

/// Whether a proof has a nonce, unverified.
fn has_nonce(proof: &[u8]) -> bool {
    claims(proof).is_some_and(|claims| claims.get("nonce").is_some())
}

/// The claims of a JWT, unverified.
fn claims(jwt: &[u8]) -> Option<Value> {
    let claims = std::str::from_utf8(jwt.split(|byte| *byte == b'.').nth(1)?).ok()?;
    serde_json::from_slice(&base64url::decode(claims).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The extremes of each type, and values between them.
    fn any_faults() -> impl Strategy<Value = ClientFaults> {
        let count = || prop_oneof![Just(0), Just(1), Just(u32::MAX), any::<u32>()];
        let skew = prop_oneof![Just(i64::MIN), Just(i64::MAX), -40_000_000_i64..40_000_000, any::<i64>()];
        let counts = (count(), count(), count(), count());
        let others = (any::<Option<u16>>(), proptest::option::of(count()), skew, any::<bool>());
        (counts, others, any::<Option<String>>()).prop_map(|(counts, others, token_type)| ClientFaults {
            nonces_dropped: counts.0,
            nonces_refused: counts.1,
            server_errors: counts.2,
            delay_milliseconds: counts.3,
            server_error_status: others.0,
            rollover_after: others.1,
            clock_skew_seconds: others.2,
            truncated_jwks: others.3,
            token_type,
        })
    }

    fn form(client: &str) -> String {
        let claims = base64url::encode(format!(r#"{{"iss":"{client}"}}"#).as_bytes());
        format!("client_assertion=e30.{claims}.AA")
    }

    proptest! {
        /// Also those that were set without the checks.
        #[test]
        fn faults_of_any_values_are_bounded_and_of_one_client(
            given in any_faults(),
        ) {
            let taken = check(&given).is_ok();
            let faults = Faults::default();
            faults.put(ClientId::parse("one").expect("an id"), given.clone());
            let met = faults.on_request(form("one").as_bytes(), true);
            for kind in [ResponseKind::Token, ResponseKind::Nonce, ResponseKind::Other] {
                let _ = faults.on_response(&met, kind);
            }
            prop_assert!(met.delay_milliseconds <= MAX_DELAY_MILLISECONDS);
            prop_assert!(met.clock_skew_seconds.abs() <= MAX_SKEW_SECONDS);
            if taken {
                prop_assert_eq!(met.clock_skew_seconds, given.clock_skew_seconds);
                prop_assert_eq!(met.delay_milliseconds, given.delay_milliseconds);
            }
            let other = faults.on_request(form("other").as_bytes(), true);
            prop_assert_eq!((other.server_error, other.delay_milliseconds, other.clock_skew_seconds), (None, 0, 0));
        }
    }
}
