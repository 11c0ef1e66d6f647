//! Callers at one process who want the same at the same time share one run for it.
//!
//! A run serves those alone who came before it began: whoever comes later, such as after a session was ended, waits for the next.
//! So there are at most two for one thing, one that runs and one that waits for it, however many call. A run is a task of its own:
//! a caller who is slow or goes away holds up nobody. When all have gone away, it is given up.

use std::collections::HashMap;
use std::future::poll_fn;
use std::hash::Hash;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use tokio::sync::{Mutex as AsyncMutex, watch};
use tracing::Instrument as _;

/// Runs that are shared, by what they are for.
pub(super) struct Together<K, T>(Arc<Mutex<HashMap<K, Runs<T>>>>);

/// Those for one thing.
struct Runs<T> {
    turn: Arc<AsyncMutex<()>>,
    /// The one that has not begun, for whoever comes now.
    next: Option<Arc<watch::Sender<Option<T>>>>,
    count: usize,
}

impl<K, T> Default for Together<K, T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, T> Together<K, T>
where
    K: Hash + Eq + Clone + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// What a run gives that begins after this call: of `act`, or of what another caller brought for the same `key`. None if it
    /// was given up, as when the process ends.
    pub(super) async fn run<F>(&self, key: K, act: F) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut told = self.join(key, act);
        told.wait_for(Option::is_some).await.ok()?.clone()
    }

    fn join<F>(&self, key: K, act: F) -> watch::Receiver<Option<T>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut all = lock(&self.0);
        let new = || Runs { turn: Arc::default(), next: None, count: 0 };
        let runs = all.entry(key.clone()).or_insert_with(new);
        if let Some(next) = &runs.next {
            return next.subscribe();
        }
        let (tell, told) = watch::channel(None);
        let tell = Arc::new(tell);
        runs.next = Some(tell.clone());
        runs.count += 1;
        let turn = runs.turn.clone();
        let mut run = Run { all: Together(self.0.clone()), key, has_begun: false };
        let task = async move {
            let _turn = turn.lock().await;
            run.begin();
            if let Some(answer) = unless_all_went(act, &tell).await {
                tell.send_replace(Some(answer));
            }
        };
        tokio::spawn(task.in_current_span());
        told
    }
}

/// What `act` gives, unless nobody is told any more.
async fn unless_all_went<T>(act: impl Future<Output = T>, tell: &watch::Sender<Option<T>>) -> Option<T> {
    let (mut act, mut went) = (pin!(act), pin!(tell.closed()));
    poll_fn(|context| match act.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => went.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// One run, forgotten when it is dropped.
struct Run<K: Hash + Eq, T> {
    all: Together<K, T>,
    key: K,
    has_begun: bool,
}

impl<K: Hash + Eq, T> Run<K, T> {
    /// From now on nobody joins it.
    fn begin(&mut self) {
        self.has_begun = true;
        if let Some(runs) = lock(&self.all.0).get_mut(&self.key) {
            runs.next = None;
        }
    }
}

impl<K: Hash + Eq, T> Drop for Run<K, T> {
    fn drop(&mut self) {
        let mut all = lock(&self.all.0);
        let Some(runs) = all.get_mut(&self.key) else { return };
        if !self.has_begun {
            runs.next = None;
        }
        runs.count = runs.count.saturating_sub(1);
        if runs.count == 0 {
            all.remove(&self.key);
        }
    }
}

fn lock<V>(of: &Mutex<V>) -> MutexGuard<'_, V> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;
    use tokio::task::yield_now;

    use super::*;

    type Counted = Together<u8, usize>;

    /// Counts itself when it begins, and ends when it is told to.
    fn counted(begun: &Arc<AtomicUsize>, end: &Arc<Notify>) -> impl Future<Output = usize> + Send + 'static {
        let (begun, end) = (begun.clone(), end.clone());
        async move {
            let own = begun.fetch_add(1, Ordering::SeqCst) + 1;
            end.notified().await;
            own
        }
    }

    #[tokio::test]
    async fn a_run_serves_those_alone_who_came_before_it_began() {
        let (together, begun, end) = (Counted::default(), Arc::default(), Arc::default());
        let mut first = together.join(1, counted(&begun, &end));
        while begun.load(Ordering::SeqCst) == 0 {
            yield_now().await;
        }
        let later: Vec<_> = (0..100).map(|_| together.join(1, counted(&begun, &end))).collect();
        end.notify_one();
        assert_eq!(*first.wait_for(Option::is_some).await.unwrap(), Some(1));
        end.notify_one();
        for mut told in later {
            assert_eq!(*told.wait_for(Option::is_some).await.unwrap(), Some(2), "one for all of them");
        }
        assert_eq!(begun.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_is_for_another_waits_for_nobody_and_nothing_is_kept() {
        let (together, begun, end) = (Counted::default(), Arc::default(), Arc::<Notify>::default());
        let waiting = together.join(1, counted(&begun, &end));
        assert_eq!(together.run(2, async { 7 }).await, Some(7));
        drop(waiting);
        while !lock(&together.0).is_empty() {
            yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_run_that_fails_badly_holds_up_nobody() {
        let together = Counted::default();
        assert_eq!(together.run(1, async { panic!("a defect") }).await, None);
        assert_eq!(together.run(1, async { 7 }).await, Some(7));
    }
}
