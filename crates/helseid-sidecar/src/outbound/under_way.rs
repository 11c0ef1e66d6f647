//! Requests for tokens that go on when nobody waits for them any more: one for equal wishes, and no more than so many at once while the
//! authority fails, so that one that does not answer holds no more of them. Until then, budgets bound them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use helseid_client::{Error, Token, TokenRequest};
use tokio::sync::watch;

/// The most that are under way for the tokens of one API, or of what one account is asked for freely; and as many on behalf of others,
/// so that they leave room for the client's own.
const MOST: usize = 16;

/// What is wished: a token, and whether a new one.
type Wish = (TokenRequest, bool);

/// What became of it; nothing while it is under way.
type Outcome = Option<Result<Token, Error>>;

/// All that are under way.
#[derive(Clone, Default)]
pub(super) struct UnderWay(Arc<Mutex<HashMap<Wish, watch::Receiver<Outcome>>>>);

/// There is room for no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// Why a wish has no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BrokeOff;

/// Waits for the outcome of a wish.
pub(super) struct Waiting(watch::Receiver<Outcome>);

/// Takes a wish away when it has ended, however it ended.
struct Ending {
    all: UnderWay,
    wish: Wish,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.wish);
    }
}

impl UnderWay {
    /// Waits with others for the same, or begins with `request` in a task of its own.
    /// While the authority fails, there is room for so many of a kind.
    pub(super) fn join<F>(
        &self,
        wish: Wish,
        fails: bool,
        request: impl FnOnce() -> F,
    ) -> Result<Waiting, Full>
    where
        F: Future<Output = Result<Token, Error>> + Send + 'static,
    {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = all.get(&wish) {
            return Ok(Waiting(same.clone()));
        }
        let same_kind = |other: &&Wish| other.0.is_exchange() == wish.0.is_exchange();
        if fails && all.keys().filter(same_kind).count() >= MOST {
            return Err(Full);
        }
        let (tell, outcome) = watch::channel(None);
        all.insert(wish.clone(), outcome.clone());
        // What ends at once, as in a runtime that is shut down, takes the lock.
        drop(all);
        let ending = Ending { all: self.clone(), wish };
        let request = request();
        tokio::spawn(async move {
            let ended = request.await;
            // Whoever asks from now on asks again.
            drop(ending);
            tell.send_replace(Some(ended));
        });
        Ok(Waiting(outcome))
    }
}

impl Waiting {
    pub(super) async fn outcome(mut self) -> Result<Result<Token, Error>, BrokeOff> {
        let ended = self.0.wait_for(Option::is_some).await.map_err(|_| BrokeOff)?;
        ended.clone().ok_or(BrokeOff)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use helseid_protocol::scope::ScopeSet;
    use helseid_protocol::secret::AccessToken;
    use tokio::sync::Semaphore;

    use super::*;

    fn wish(n: usize) -> Wish {
        (TokenRequest::default().scope(ScopeSet::parse(&format!("nhn:api/{n}")).unwrap()), false)
    }

    fn failed() -> Error {
        helseid_client::Config::read(std::path::Path::new("/nothing/there")).err().unwrap()
    }

    #[tokio::test]
    async fn equal_wishes_are_one_and_others_find_room_up_to_a_number() {
        let (all, begun, gate) =
            (UnderWay::default(), Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let join = |n| {
            all.join(wish(n), true, || {
                let gate = gate.clone();
                begun.fetch_add(1, Ordering::Relaxed);
                async move {
                    let _ = gate.acquire().await;
                    Err(failed())
                }
            })
        };
        let waiting: Vec<_> = (0..100).map(|_| join(0)).chain((1..MOST).map(join)).collect();
        assert!(waiting.iter().all(Result::is_ok));
        assert_eq!(begun.load(Ordering::Relaxed), MOST);
        assert_eq!(join(MOST).err(), Some(Full));
        assert!(join(0).is_ok(), "it is under way");
        let of_somebody = (wish(0).0.exchanging(AccessToken::new("somebody's")), false);
        let ended = || async { Err(failed()) };
        assert!(all.join(of_somebody, true, ended).is_ok(), "those have room of their own");
        assert!(all.join(wish(MOST + 1), false, ended).is_ok(), "while nothing fails, there is room");
        gate.close();
        for waits in waiting {
            assert!(waits.unwrap().outcome().await.unwrap().is_err());
        }
        assert!(all.0.lock().unwrap().is_empty());
        assert!(join(MOST).is_ok());
    }

    #[tokio::test]
    async fn one_that_breaks_off_makes_room_and_keeps_nobody_waiting() {
        let all = UnderWay::default();
        let breaks = || async { panic!("on purpose") };
        let waiting = all.join(wish(0), true, breaks).unwrap();
        assert_eq!(waiting.outcome().await.err(), Some(BrokeOff));
        assert!(all.0.lock().unwrap().is_empty());
    }

    #[test]
    fn one_that_cannot_begin_makes_room_and_locks_nobody_out() {
        let all = UnderWay::default();
        let begins = || -> std::future::Ready<Result<Token, Error>> { panic!("on purpose") };
        let begun = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = all.join(wish(0), true, begins);
        }));
        assert!(begun.is_err() && all.0.try_lock().is_ok_and(|all| all.is_empty()));
    }
}
