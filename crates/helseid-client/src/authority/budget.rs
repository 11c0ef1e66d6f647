//! How many requests may be sent to the authority: a bucket that fills with time, and that several clients may share.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use helseid_protocol::time::Timestamp;

/// The most requests to the authority: so many at once, and then one in each interval, or as many as [`RequestBudget::each`] says. For programs that request tokens at the
/// wish of others. All clones share one budget; nonces and retries are not counted.
///
/// ```no_run
/// use std::time::Duration;
/// use helseid_client::{Client, RequestBudget};
///
/// # async fn example(tenants: Vec<helseid_client::Config>) -> Result<(), Box<dyn std::error::Error>> {
/// // One program with a client for each of its customers: ten requests at once, then one each second, for all of them together.
/// let budget = RequestBudget::new(10, Duration::from_secs(1));
/// for config in tenants {
///     let client = Client::builder(config).request_budget(budget.clone()).build()?;
///     // …
///     # drop(client);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct RequestBudget(Arc<Bucket>);

#[derive(Debug)]
struct Bucket {
    most: u32,
    interval: Duration,
    /// How many more there are for each interval.
    each: u32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    left: u32,
    /// Up to when the bucket has been filled; nothing before the first request.
    filled: Option<Timestamp>,
}

/// The budget is spent: nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BudgetSpent {
    /// When there may be another request, in seconds from now.
    pub(super) seconds: u64,
}

impl RequestBudget {
    /// At most `most` requests at once, at least one; and one more for each `interval`, of at least a second.
    #[must_use]
    pub fn new(most: u32, interval: Duration) -> Self {
        let (most, interval) = (most.max(1), interval.max(Duration::from_secs(1)));
        let state = Mutex::new(State { left: most, filled: None });
        Self(Arc::new(Bucket { most, interval, each: 1, state }))
    }

    /// The same with so many more for each interval, at least one. It is a budget of its own, and full.
    #[must_use]
    pub fn each(self, more: u32) -> Self {
        let Bucket { most, interval, .. } = *self.0;
        let state = Mutex::new(State { left: most, filled: None });
        Self(Arc::new(Bucket { most, interval, each: more.max(1), state }))
    }

    /// Takes one request.
    pub(super) fn take(&self, now: Timestamp) -> Result<(), BudgetSpent> {
        let Bucket { most, interval, each, state } = &*self.0;
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        // After a clock was put back, the bucket fills from now on.
        let filled = state.filled.map_or(now, |filled| filled.min(now));
        let gained = now.since(filled).as_secs() / interval.as_secs().max(1);
        let gained = u32::try_from(gained).unwrap_or(u32::MAX);
        state.left = state.left.saturating_add(gained.saturating_mul(*each)).min(*most);
        let filled = if state.left == *most { now } else { filled.plus(interval.saturating_mul(gained)) };
        state.filled = Some(filled);
        let Some(left) = state.left.checked_sub(1) else {
            return Err(BudgetSpent { seconds: interval.saturating_sub(now.since(filled)).as_secs().max(1) });
        };
        state.left = left;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + seconds)
    }

    #[test]
    fn so_many_at_once_and_one_more_for_each_interval() {
        let budget = RequestBudget::new(3, Duration::from_secs(10));
        assert!((0..3).all(|_| budget.take(at(0)).is_ok()));
        assert_eq!(budget.clone().take(at(4)), Err(BudgetSpent { seconds: 6 }));
        assert_eq!([budget.take(at(10)).is_ok(), budget.take(at(19)).is_ok()], [true, false]);
        assert_eq!(budget.take(at(25)), Ok(()));
        assert_eq!(budget.take(at(29)), Err(BudgetSpent { seconds: 1 }));
        assert!((0..3).all(|_| budget.take(at(3_600)).is_ok()));
        assert!(budget.take(at(3_600)).is_err());
    }

    #[test]
    fn there_may_be_several_more_for_each_interval() {
        let budget = RequestBudget::new(5, Duration::from_secs(10)).each(3);
        let taken = |seconds| (0..10).filter(|_| budget.take(at(seconds)).is_ok()).count();
        assert_eq!([taken(0), taken(9), taken(10), taken(29), taken(30)], [5, 0, 3, 3, 3]);
        assert_eq!(taken(3_600), 5);
    }

    #[test]
    fn a_clock_that_is_put_back_gives_no_request_more_and_stops_none_for_long() {
        let budget = RequestBudget::new(1, Duration::from_secs(10));
        assert_eq!(budget.take(at(3_600)), Ok(()));
        assert!(budget.take(at(0)).is_err());
        assert_eq!(budget.take(at(10)), Ok(()));
    }
}
