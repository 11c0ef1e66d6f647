//! Works on the queues.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::http::{Request, StatusCode};
use helseid_http::{HttpError, Outbound};
use helseid_protocol::id::ClientId;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::delivery::{Delivery, NotSent};
use super::queues::{Put, Queues};

/// The most letters under way at once.
const UNDER_WAY: usize = 8;

/// How long is waited for a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// How long a try may take, until the status is there.
    pub(super) attempt: Duration,
    /// How long after the first try the second begins.
    pub(super) again_after: Duration,
}

impl Patience {
    pub(crate) const USUAL: Self =
        Self { attempt: Duration::from_secs(5), again_after: Duration::from_secs(1) };
}

/// Something for a client.
pub(crate) trait Letter: Send + Sync + 'static {
    /// The request as it is now, made again for each try; none if there is nothing to send any more.
    fn request(&self) -> Option<Request<Vec<u8>>>;

    /// Hears what became of it, once.
    fn ended(&self, delivery: Delivery);
}

type Waiting = Box<dyn Letter>;

/// The way to clients. Dropping it gives up what is under way and what waits.
pub(crate) struct Outgoing {
    desk: Arc<Desk>,
    workers: Mutex<JoinSet<()>>,
}

struct Desk {
    way: Outbound,
    patience: Patience,
    places: Semaphore,
    queues: Mutex<Queues<Waiting>>,
    idle: Notify,
}

impl Outgoing {
    /// Sends to https, to http on loopback, and to this host as `NAME` or `NAME:PORT` by http. `ca_pem` is trusted besides what the
    /// system trusts.
    pub(crate) fn new(
        insecure_host: Option<String>,
        ca_pem: Option<&str>,
        patience: Patience,
    ) -> Result<Self, HttpError> {
        let Patience { attempt, .. } = patience;
        let way = Outbound::builder().timeouts(attempt, attempt, attempt).insecure_http(insecure_host);
        let desk = Desk {
            way: way.ca_pem(ca_pem.map(str::to_owned)).build()?,
            patience,
            places: Semaphore::new(UNDER_WAY),
            queues: Mutex::default(),
            idle: Notify::new(),
        };
        Ok(Self { desk: Arc::new(desk), workers: Mutex::default() })
    }

    /// Sends a letter, as soon as it is its turn.
    pub(crate) fn post(&self, client: &ClientId, letter: impl Letter) {
        let put = self.desk.queues().put(client, Box::new(letter));
        match put {
            Put::Begins => {
                let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
                while workers.try_join_next().is_some() {}
                workers.spawn(self.desk.clone().work(client.clone()));
            }
            Put::Waits => {}
            Put::Full(letter) => letter.ended(Delivery::NotSent(NotSent::QueueFull)),
            Put::Closed(letter) => letter.ended(Delivery::NotSent(NotSent::Stopping)),
        }
    }

    /// Takes no more after this, lets what there is be sent for so long, and says of the rest that it was not. Gives the number of
    /// those.
    pub(crate) async fn finish(&self, within: Duration) -> usize {
        let idle = async {
            loop {
                let idle = self.desk.idle.notified();
                tokio::pin!(idle);
                // Before it is looked, so that nothing is missed in between.
                idle.as_mut().enable();
                if self.desk.queues().is_idle() {
                    return;
                }
                idle.await;
            }
        };
        let _ = tokio::time::timeout(within, idle).await;
        let rest = self.desk.queues().close();
        for letter in &rest {
            letter.ended(Delivery::NotSent(NotSent::Stopping));
        }
        rest.len()
    }
}

impl Desk {
    fn queues(&self) -> MutexGuard<'_, Queues<Waiting>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the letters of one client, one after the other.
    async fn work(self: Arc<Self>, client: ClientId) {
        loop {
            let next = self.queues().next(&client);
            let Some(letter) = next else { break };
            let delivery = self.send(&*letter).await;
            letter.ended(delivery);
        }
        if self.queues().is_idle() {
            self.idle.notify_waiters();
        }
    }

    async fn send(&self, letter: &dyn Letter) -> Delivery {
        let first = self.attempt(letter).await;
        if !first.may_be_tried_again {
            return first.delivery;
        }
        tokio::time::sleep(self.patience.again_after).await;
        self.attempt(letter).await.delivery
    }

    async fn attempt(&self, letter: &dyn Letter) -> Attempt {
        // It is never closed.
        let _place = self.places.acquire().await;
        let Some(request) = letter.request() else {
            return Attempt::last(Delivery::NotSent(NotSent::NoAddress));
        };
        match tokio::time::timeout(self.patience.attempt, self.way.open(request, None)).await {
            // The body is not read.
            Ok(Ok(answer)) => Attempt::answered(answer.status()),
            Ok(Err(why)) => {
                tracing::debug!(%why, "a client did not answer");
                Attempt { delivery: Delivery::NoAnswer, may_be_tried_again: why.is_transient() }
            }
            Err(_) => Attempt { delivery: Delivery::NoAnswer, may_be_tried_again: true },
        }
    }
}

/// What came of one try.
struct Attempt {
    delivery: Delivery,
    may_be_tried_again: bool,
}

impl Attempt {
    const fn last(delivery: Delivery) -> Self {
        Self { delivery, may_be_tried_again: false }
    }

    fn answered(status: StatusCode) -> Self {
        let may_be_tried_again = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        Self { delivery: Delivery::of(status), may_be_tried_again }
    }
}
