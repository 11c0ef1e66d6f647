//! How the application hears that a session has ended: by a page of the authority, or from the authority itself.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Html;
use helseid_protocol::jose::{Algorithm, AlgorithmSet};
use helseid_protocol::logout::{Expectations, FrontChannelLogout, PresentedLogoutToken, read_body};
use helseid_protocol::rule::{Fault, Trail};
use helseid_protocol::time::Clock as _;

use super::{Party, routes};

impl Party {
    /// Ends the session that `sid` names, whichever browser has it.
    fn end(&self, channel: &'static str, sid: &str) {
        let mut state = self.state();
        let before = state.sessions.len();
        state.sessions.retain(|_, session| session.sid.as_deref() != Some(sid));
        let had_it = state.sessions.len() < before;
        state.told.push((channel, had_it));
    }

    /// The session that a logout token names.
    async fn named(&self, content_type: Option<&str>, body: &[u8]) -> Result<String, Fault> {
        let trail = &mut Trail::new();
        let text = read_body(content_type, body, trail)?;
        let expectations = Expectations {
            issuer: self.0.keys.issuer(),
            client_id: &self.0.client_id,
            algorithms: AlgorithmSet::of(&[Algorithm::ES256]),
            tolerance: Duration::from_secs(10),
            now: self.0.clock.now(),
        };
        let presented = PresentedLogoutToken::read(&text, &expectations, trail)?;
        let (kid, algorithm) = (presented.kid().unwrap().clone(), presented.algorithm());
        let key = self.0.keys.find(&kid, algorithm).await.unwrap();
        let token = presented.check(key.as_deref(), &expectations, trail)?;
        Ok(token.session_id().unwrap().as_str().to_owned())
    }
}

/// OpenID Connect Front-Channel Logout 1.0. In a frame of another site no cookie comes along.
pub(super) async fn front_channel(State(party): State<Party>, RawQuery(query): RawQuery) -> Html<String> {
    let query = query.unwrap_or_default();
    let read = FrontChannelLogout::read(query.as_bytes(), party.0.keys.issuer(), &mut Trail::new());
    if let Ok(logout) = read {
        party.end("front", logout.session_id().as_str());
    }
    routes::page("Logged out", "")
}

/// OpenID Connect Back-Channel Logout 1.0.
pub(super) async fn back_channel(State(party): State<Party>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match party.named(content_type, &body).await {
        Ok(sid) => {
            party.end("back", &sid);
            StatusCode::OK
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}
