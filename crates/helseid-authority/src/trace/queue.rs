//! A bounded queue of requests.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::recorded::Recorded;

/// The most requests of one client, and of one name that strangers give.
pub(super) const MAX_PER_CLIENT: usize = 200;

/// Requests, the oldest first, of which the oldest make room for new ones.
#[derive(Debug)]
pub(super) struct Queue {
    max: usize,
    pub(super) requests: VecDeque<Arc<Recorded>>,
    pub(super) by_client: HashMap<Option<String>, usize>,
}

impl Queue {
    /// A queue of at most `max` requests.
    pub(super) fn new(max: usize) -> Self {
        Self { max, requests: VecDeque::new(), by_client: HashMap::new() }
    }

    /// Adds a request. If there are too many, the oldest is dropped: of the same client if that has too many, else of all.
    pub(super) fn push(&mut self, request: Arc<Recorded>) {
        let client = &request.artifacts.client_id;
        let full = self.by_client.get(client).is_some_and(|count| *count >= MAX_PER_CLIENT);
        let oldest = if full {
            self.requests.iter().position(|old| old.artifacts.client_id == *client)
        } else {
            (self.requests.len() >= self.max).then_some(0)
        };
        if let Some(gone) = oldest.and_then(|place| self.requests.remove(place))
            && let Some(count) = self.by_client.get_mut(&gone.artifacts.client_id)
        {
            *count -= 1;
            if *count == 0 {
                self.by_client.remove(&gone.artifacts.client_id);
            }
        }
        *self.by_client.entry(client.clone()).or_default() += 1;
        self.requests.push_back(request);
    }
}
