//! Letters that wait, in the order in which they came, those of each client by themselves.

use std::collections::{HashMap, VecDeque};

use helseid_protocol::id::ClientId;

/// The most letters that wait for one client.
pub(super) const MAX_WAITING: usize = 100;

/// The most letters that wait in all. One is some hundred bytes.
pub(super) const MAX_WAITING_IN_ALL: usize = 10_000;

/// The queues. A client has one for as long as somebody works on it.
#[derive(Debug)]
pub(super) struct Queues<T> {
    by_client: HashMap<ClientId, VecDeque<T>>,
    waiting: usize,
    is_closed: bool,
}

/// What became of a letter that was put in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put<T> {
    /// It is the first of its queue, on which nobody works yet.
    Begins,
    Waits,
    Full(T),
    Closed(T),
}

impl<T> Default for Queues<T> {
    fn default() -> Self {
        Self { by_client: HashMap::new(), waiting: 0, is_closed: false }
    }
}

impl<T> Queues<T> {
    pub(super) fn put(&mut self, client: &ClientId, letter: T) -> Put<T> {
        if self.is_closed {
            return Put::Closed(letter);
        }
        if self.waiting >= MAX_WAITING_IN_ALL {
            return Put::Full(letter);
        }
        match self.by_client.get_mut(client) {
            Some(queue) if queue.len() >= MAX_WAITING => return Put::Full(letter),
            Some(queue) => queue.push_back(letter),
            None => {
                self.by_client.insert(client.clone(), VecDeque::from([letter]));
                self.waiting += 1;
                return Put::Begins;
            }
        }
        self.waiting += 1;
        Put::Waits
    }

    /// The next letter for whoever works on this queue. None ends the work.
    pub(super) fn next(&mut self, client: &ClientId) -> Option<T> {
        let next = self.by_client.get_mut(client).and_then(VecDeque::pop_front);
        match next {
            Some(_) => self.waiting -= 1,
            None => drop(self.by_client.remove(client)),
        }
        next
    }

    /// Whether nobody works on any queue.
    pub(super) fn is_idle(&self) -> bool {
        self.by_client.is_empty()
    }

    /// Takes no more letters, and gives back those that wait.
    pub(super) fn close(&mut self) -> Vec<T> {
        self.is_closed = true;
        self.waiting = 0;
        self.by_client.values_mut().flat_map(std::mem::take).collect()
    }
}
