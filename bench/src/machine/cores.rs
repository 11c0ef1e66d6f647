//! One core for the server, another for its load: neither steals from the other.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Where this thread runs, and what it starts from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The core that is measured.
    Server,
    /// The core of the load.
    Load,
    /// Both: to prepare, and for servers on two cores.
    Both,
}

/// The two cores.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cores {
    server: usize,
    load: usize,
}

impl Cores {
    /// The first two cores that this process may use; on a machine with one, that one for both.
    pub(crate) fn find() -> Self {
        let allowed = sched_getaffinity(None).unwrap();
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        let server = cores.next().unwrap();
        Self { server, load: cores.next().unwrap_or(server) }
    }

    /// Whether server and load do not disturb each other.
    pub(crate) const fn are_two(self) -> bool {
        self.server != self.load
    }

    /// Moves this thread.
    pub(crate) fn go(self, place: Place) {
        let mut set = CpuSet::new();
        if place != Place::Load {
            set.set(self.server);
        }
        if place != Place::Server {
            set.set(self.load);
        }
        sched_setaffinity(None, &set).unwrap();
    }

    /// Does something elsewhere and comes back to the load's core.
    pub(crate) fn at<T>(self, place: Place, what: impl FnOnce() -> T) -> T {
        self.go(place);
        let done = what();
        self.go(Place::Load);
        done
    }
}
