//! Userinfo while it is away: of all who would ask it, one does, and not at once again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use helseid_protocol::time::Timestamp;
use helseid_protocol::userinfo::UserInfo;

use super::{Session, Sessions};
use crate::flow::{AccessGrant, LoginErrorKind};

/// How long nobody asks again after there was no answer.
const PAUSE: Duration = Duration::from_secs(10);

/// Who may ask userinfo: everyone while it answers; since it did not, one after each pause.
#[derive(Default)]
pub(super) struct Gate(Mutex<State>);

#[derive(Default)]
struct State {
    /// When it was found to be away.
    away: Option<Timestamp>,
    /// Whether somebody asks whether it is back.
    is_tried: bool,
}

/// The leave to ask once.
struct Pass<'a> {
    gate: &'a Gate,
    tries: bool,
}

impl Gate {
    fn pass(&self, now: Timestamp) -> Option<Pass<'_>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(away) = state.away else { return Some(Pass { gate: self, tries: false }) };
        if state.is_tried || away.plus(PAUSE).is_pending(PAUSE, now) {
            return None;
        }
        state.is_tried = true;
        Some(Pass { gate: self, tries: true })
    }
}

impl Pass<'_> {
    /// Notes whether there was an answer.
    fn note(&self, is_away: bool, now: Timestamp) {
        let mut state = self.gate.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.away = is_away.then_some(now);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.tries {
            self.gate.0.lock().unwrap_or_else(PoisonError::into_inner).is_tried = false;
        }
    }
}

impl Sessions {
    /// Asks userinfo about the person of a session; none where it gives no answer, or gave none a moment ago.
    pub(super) async fn userinfo(&self, session: &Session, token: &AccessGrant) -> Option<UserInfo> {
        let (login, key) = (&self.0.login, session.key().ok()?);
        let pass = self.0.userinfo.pass(login.now())?;
        let asked = login.userinfo(&token.token, key, session.subject()).await;
        let is_away = matches!(&asked, Err(error) if error.kind() == LoginErrorKind::Unavailable);
        pass.note(is_away, login.now());
        asked.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_it_is_away_one_asks_after_each_pause() {
        let (gate, at) = (Gate::default(), Timestamp::from_seconds);
        let many: Vec<_> = (0..5).map(|_| gate.pass(at(100)).unwrap()).collect();
        many[0].note(true, at(100));
        drop(many);
        assert!(gate.pass(at(109)).is_none());
        let one = gate.pass(at(110)).unwrap();
        assert!(gate.pass(at(110)).is_none(), "another is asking");
        one.note(true, at(111));
        drop(one);
        assert!(gate.pass(at(120)).is_none());
        drop(gate.pass(at(121)).unwrap());
        let one = gate.pass(at(121)).unwrap();
        one.note(false, at(121));
        assert!(gate.pass(at(121)).is_some() && gate.pass(at(121)).is_some(), "it is back");
        one.note(true, at(500));
        drop(one);
        assert!(gate.pass(at(100)).is_some(), "the clock went back");
    }
}
