//! Places for connections: so many in all, and half of them for one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::web::network::{Network, counted_as};

/// The most connections at once, unless set; more wait.
pub(crate) const MAX_CONNECTIONS: usize = 4_096;

/// The most connections to the admin API and the pages where they listen on an address of their own: strangers who fill the other
/// places take none of these.
pub(crate) const MAX_ADMIN_CONNECTIONS: usize = 128;

/// File handles that are left for the store, Redis, files and what else is open.
const OTHER_HANDLES: u64 = 64;

/// Who may hold more than half of the places.
#[derive(Debug, Clone)]
pub(crate) struct Unlimited {
    pub(crate) loopback: bool,
    pub(crate) networks: Vec<Network>,
}

impl Unlimited {
    fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        (self.loopback && address.is_loopback()) || self.networks.iter().any(|network| network.has(address))
    }
}

/// The places, and who holds them.
#[derive(Debug)]
pub(crate) struct Places {
    most: usize,
    unlimited: Unlimited,
    free: Arc<Semaphore>,
    held: Mutex<Held>,
    scarce: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    of_address: HashMap<IpAddr, usize>,
}

/// A place that nobody has taken yet.
pub(super) struct FreePlace(OwnedSemaphorePermit);

/// A place of a connection, free again when it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    address: IpAddr,
    _permit: OwnedSemaphorePermit,
}

/// An address holds its half already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HalfIsHeld;

impl Places {
    pub(crate) fn new(most: usize, unlimited: Unlimited) -> Arc<Self> {
        let most = most.clamp(2, Semaphore::MAX_PERMITS);
        let (free, scarce) = (Arc::new(Semaphore::new(most)), watch::Sender::new(false));
        Arc::new(Self { most, unlimited, free, held: Mutex::default(), scarce })
    }

    /// How many there are.
    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// A free place, if there is one now.
    pub(super) fn free_now(&self) -> Option<FreePlace> {
        self.free.clone().try_acquire_owned().ok().map(FreePlace)
    }

    /// Waits for a free place.
    pub(super) async fn free(&self) -> Option<FreePlace> {
        self.free.clone().acquire_owned().await.ok().map(FreePlace)
    }

    /// Gives a place to a connection from there.
    pub(super) fn give(self: &Arc<Self>, free: FreePlace, from: IpAddr) -> Result<Place, HalfIsHeld> {
        let (address, mut held) = (counted_as(from), self.held());
        let count = held.of_address.entry(address).or_default();
        if *count >= self.most / 2 && !self.unlimited.has(from) {
            return Err(HalfIsHeld);
        }
        *count += 1;
        held.all += 1;
        self.tell(&held);
        Ok(Place { places: self.clone(), address, _permit: free.0 })
    }

    /// Turns true while three quarters of the places are taken.
    pub(super) fn scarce(&self) -> watch::Receiver<bool> {
        self.scarce.subscribe()
    }

    fn tell(&self, held: &Held) {
        let is_scarce = held.all >= self.most - self.most / 4;
        self.scarce.send_if_modified(|scarce| std::mem::replace(scarce, is_scarce) != is_scarce);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.held();
        held.all = held.all.saturating_sub(1);
        if let Some(count) = held.of_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.of_address.remove(&self.address);
            }
        }
        self.places.tell(&held);
    }
}

/// As many of the wanted places as this process has file handles for.
pub(crate) fn with_handles(wanted: usize) -> usize {
    let handles = open_files_limit().unwrap_or(u64::MAX);
    let others = OTHER_HANDLES + MAX_ADMIN_CONNECTIONS as u64;
    let room = usize::try_from(handles.saturating_sub(others).max(handles / 2)).unwrap_or(usize::MAX);
    if room < wanted {
        tracing::warn!(
            wanted,
            room,
            handles,
            "there are file handles for fewer connections: raise ulimit -n"
        );
    }
    wanted.min(room)
}

#[cfg(unix)]
fn open_files_limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
const fn open_files_limit() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(loopback: bool) -> Arc<Places> {
        Places::new(8, Unlimited { loopback, networks: vec!["10.1.0.0/16".parse().unwrap()] })
    }

    fn take(places: &Arc<Places>, from: &str) -> Result<Place, HalfIsHeld> {
        places.give(places.free_now().unwrap(), from.parse().unwrap())
    }

    #[test]
    fn an_address_has_half_of_the_places_and_others_the_rest() {
        let places = places(false);
        let mut held: Vec<_> = (0..4).map(|_| take(&places, "127.0.0.1").unwrap()).collect();
        assert_eq!(take(&places, "127.0.0.1").err(), Some(HalfIsHeld));
        assert_eq!(take(&places, "::ffff:127.0.0.1").err(), Some(HalfIsHeld), "the same, seen by IPv6");
        held.extend((0..4).map(|_| take(&places, "127.0.0.2").unwrap()));
        assert!(places.free_now().is_none());
        held.clear();
        assert!(take(&places, "127.0.0.1").is_ok());
        assert!(places.held().of_address.is_empty(), "nothing is kept of those who left");
    }

    #[test]
    fn an_address_of_ipv6_is_counted_by_its_network() {
        let places = places(false);
        let _held: Vec<_> = (0..4).map(|n| take(&places, &format!("2001:db8::{n}")).unwrap()).collect();
        assert_eq!(take(&places, "2001:db8::abcd").err(), Some(HalfIsHeld));
        assert!(take(&places, "2001:db8:0:1::1").is_ok());
    }

    #[test]
    fn trusted_proxies_and_loopback_where_it_is_excepted_may_have_all() {
        for (loopback, from) in [(true, "127.0.0.1"), (true, "::1"), (false, "10.1.2.3")] {
            let places = places(loopback);
            let held: Vec<_> = (0..8).map(|_| take(&places, from)).collect();
            assert!(held.iter().all(Result::is_ok), "{from}");
        }
        let places = places(false);
        let _held: Vec<_> = (0..4).map(|_| take(&places, "10.2.2.3").unwrap()).collect();
        assert!(take(&places, "10.2.2.3").is_err());
    }

    #[test]
    fn places_are_scarce_from_three_quarters_on() {
        let places = places(true);
        let scarce = places.scarce();
        let mut held: Vec<_> = (0..5).map(|_| take(&places, "127.0.0.1").unwrap()).collect();
        assert!(!*scarce.borrow());
        held.push(take(&places, "127.0.0.1").unwrap());
        assert!(*scarce.borrow());
        held.pop();
        assert!(!*scarce.borrow());
    }
}
