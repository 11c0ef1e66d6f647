//! Clients are told of sessions that have ended (OpenID Connect Back-Channel Logout 1.0): each is sent a logout token, at the
//! address that it is registered with when its turn comes.

use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderValue, Request, header};
use helseid_admin_api::TraceOutcome;
use helseid_protocol::id::{JwtId, SessionId};
use helseid_protocol::log_within;
use helseid_protocol::logout::{self, LogoutRequest};
use helseid_protocol::person::Subject;
use helseid_protocol::random::capital_hexadecimal;
use helseid_protocol::rule::{Endpoint, Trail};

use super::state::{OAuthState, UserLogin};
use crate::keys::JwtKind;
use crate::login::EndedLogin;
use crate::outgoing::{Delivery, Letter};
use crate::registry::registration::{RegistrationPolicy, may_be_told_of_a_logout};
use crate::trace::{Recorded, RequestArtifacts, Trace};

/// How long a logout token is good (OpenID Connect Back-Channel Logout 1.0 section 2.4).
const LIFETIME: Duration = Duration::from_secs(120);

/// Tells the clients that are registered for it, one after the other. Nobody waits for it.
pub(super) fn tell(state: &OAuthState, login: &UserLogin, ended: &[EndedLogin]) {
    let registry = state.registry.now();
    let is_registered_for_it = |ended: &&EndedLogin| {
        let known = registry.clients.get(&ended.client);
        known.is_some_and(|known| known.client.login.backchannel_logout_uri.is_some())
    };
    for ended in ended.iter().filter(is_registered_for_it) {
        // Of the login nothing is needed, and what waits must not keep itself alive by it.
        let state = OAuthState { login: None, ..state.clone() };
        let letter = LogoutLetter { state, addresses: login.addresses.clone(), ended: ended.clone() };
        login.outgoing.post(&ended.client, letter);
    }
}

struct LogoutLetter {
    state: OAuthState,
    addresses: Arc<RegistrationPolicy>,
    ended: EndedLogin,
}

impl LogoutLetter {
    /// A token of now: it may have waited longer than one is good.
    fn token(&self) -> Option<String> {
        let (state, now) = (&self.state, self.state.clock.now());
        let subject = self.ended.subject.as_ref().and_then(|subject| Subject::parse(subject.as_str()).ok());
        let claims = logout::claims(LogoutRequest {
            issuer: &state.issuer.name,
            client_id: &self.ended.client,
            subject: subject.as_ref(),
            session_id: &SessionId::parse(self.ended.sid.as_str()).ok()?,
            jwt_id: &JwtId::parse(&capital_hexadecimal(&*state.random)).ok()?,
            lifetime: LIFETIME,
            now,
        });
        state.keys.current()?.sign(JwtKind::Logout, &claims, state.keys.algorithm(), now)
    }
}

impl Letter for LogoutLetter {
    fn request(&self) -> Option<Request<Vec<u8>>> {
        let registry = self.state.registry.now();
        let registered = &registry.clients.get(&self.ended.client)?.client.login;
        let address = registered.backchannel_logout_uri.as_ref()?.as_str();
        if !may_be_told_of_a_logout(address, &self.addresses) {
            return None;
        }
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = Request::post(address).header(header::CONTENT_TYPE, form);
        request.body(logout::body(&self.token()?).into_bytes()).ok()
    }

    fn ended(&self, delivery: Delivery) {
        let (state, at) = (&self.state, self.state.clock.now());
        let client = self.ended.client.as_str();
        if !delivery.is_taken() {
            let answer = delivery.name();
            log_within!(
                state.limits.log.clients,
                at,
                warn,
                client,
                answer,
                "a client was not notified of a logout"
            );
        }
        let mut artifacts = RequestArtifacts::of_our_own(client);
        artifacts.is_in_session(self.ended.sid.as_str());
        let outcome = match delivery {
            Delivery::Answered(2) => TraceOutcome::Granted,
            Delivery::Answered(3 | 4) => TraceOutcome::Refused,
            Delivery::Answered(_) | Delivery::NoAnswer | Delivery::NotSent(_) => TraceOutcome::Unavailable,
        };
        state.trace.record(Recorded {
            seq: 0,
            id: Trace::new_id(&*state.random),
            at,
            endpoint: Endpoint::BackChannelLogout,
            outcome,
            scope: None,
            answer: Some(delivery.name()),
            artifacts,
            trail: Trail::new(),
            fault: None,
        });
    }
}
