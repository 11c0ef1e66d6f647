//! Calls whose answers are still to be told, by handles that can be used once, by the caller who was given them (threat B16).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use helseid_protocol::random::jwt_id;
use helseid_protocol::time::Timestamp;

use super::api::Prepared;
use super::calls::Ambient;

/// How long a handle may be used: as long as an API may take, and no longer.
const LIFETIME: Duration = Duration::from_secs(120);

/// The most handles of all callers. Each has an equal share; beyond it, the oldest of its own goes.
const CAPACITY: usize = 10_000;

/// A call whose answer is still to be told.
pub(super) struct Call {
    pub(super) prepared: Prepared,
    pub(super) api: String,
    /// The caller who was given the handle.
    pub(super) caller: Arc<str>,
}

/// All of them.
pub(super) struct Handles {
    ambient: Ambient,
    /// The most of one caller.
    share: usize,
    /// By the names of their callers, which the configuration bounds.
    callers: Mutex<HashMap<Arc<str>, OfCaller>>,
}

/// The handles of one caller.
#[derive(Default)]
struct OfCaller {
    calls: HashMap<Arc<str>, (Call, Timestamp)>,
    /// In the order in which they were given.
    order: VecDeque<Arc<str>>,
}

impl Handles {
    /// With room for so many callers.
    pub(super) fn new(ambient: Ambient, callers: usize) -> Self {
        Self { ambient, share: (CAPACITY / callers.max(1)).max(1), callers: Mutex::default() }
    }

    /// Keeps a call, and gives its handle.
    pub(super) fn put(&self, call: Call) -> Arc<str> {
        let handle: Arc<str> = jwt_id(&*self.ambient.random).as_str().into();
        let now = self.ambient.clock.now();
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let state = callers.entry(call.caller.clone()).or_default();
        state.make_room(self.share, now);
        state.order.push_back(handle.clone());
        state.calls.insert(handle.clone(), (call, now));
        handle
    }

    /// Drops what is too old: nothing of a person is kept for a caller that does not come again.
    pub(super) fn drop_old(&self) {
        let now = self.ambient.clock.now();
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        for state in callers.values_mut() {
            state.make_room(usize::MAX, now);
        }
        callers.retain(|_, state| !state.order.is_empty());
    }

    /// The call of a handle that `caller` was given, once.
    pub(super) fn take(&self, handle: &str, caller: &str) -> Option<Call> {
        let now = self.ambient.clock.now();
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let (call, given) = callers.get_mut(caller)?.calls.remove(handle)?;
        is_alive(given, now).then_some(call)
    }
}

impl OfCaller {
    /// Drops what is too old, what was used, and the oldest if there are too many.
    fn make_room(&mut self, share: usize, now: Timestamp) {
        while let Some(oldest) = self.order.front() {
            let is_kept = self.calls.get(oldest).is_some_and(|(_, given)| is_alive(*given, now));
            if is_kept && self.order.len() < share {
                return;
            }
            self.calls.remove(oldest);
            self.order.pop_front();
        }
    }
}

/// A handle of the future was given before the clock was put back.
fn is_alive(given: Timestamp, now: Timestamp) -> bool {
    given.plus(LIFETIME).is_pending(LIFETIME, now)
}

#[cfg(test)]
mod tests {
    use helseid_protocol::random::SystemRandom;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn call(caller: &str) -> Call {
        Call { prepared: Prepared::for_test(), api: "sample".to_owned(), caller: caller.into() }
    }

    #[test]
    fn what_is_too_old_goes_though_nobody_comes() {
        let now = Arc::new(std::sync::atomic::AtomicI64::new(NOW.seconds()));
        let told = now.clone();
        let clock = move || Timestamp::from_seconds(told.load(std::sync::atomic::Ordering::Relaxed));
        let ambient = Ambient { clock: Arc::new(clock), random: Arc::new(SystemRandom) };
        let handles = Handles::new(ambient, 2);
        handles.put(call("one"));
        now.fetch_add(60, std::sync::atomic::Ordering::Relaxed);
        let young = handles.put(call("two"));
        now.fetch_add(60, std::sync::atomic::Ordering::Relaxed);
        handles.drop_old();
        assert_eq!(handles.callers.lock().unwrap().keys().map(|name| &**name).collect::<Vec<_>>(), ["two"]);
        assert!(handles.take(&young, "two").is_some());
        handles.drop_old();
        assert!(handles.callers.lock().unwrap().is_empty());
    }

    #[test]
    fn no_caller_takes_the_room_of_another() {
        let ambient = Ambient { clock: Arc::new(|| NOW), random: Arc::new(SystemRandom) };
        let handles = Handles::new(ambient, CAPACITY / 10);
        let own = handles.put(call("quiet"));
        let first = handles.put(call("loud"));
        let last = (0..10).map(|_| handles.put(call("loud"))).last().unwrap();
        assert!(handles.take(&first, "loud").is_none(), "its own oldest went");
        assert!(handles.take(&last, "quiet").is_none(), "it is another's");
        assert!(handles.take(&last, "loud").is_some() && handles.take(&last, "loud").is_none(), "once");
        assert!(handles.take(&own, "quiet").is_some());
    }
}
