//! How much the authority accepts, of everyone together and of each.

use super::Config;
use crate::web::network::Network;

impl Config {
    /// Limits the registry in the data folder to this many bytes. Beyond them changes are refused, and reads still work.
    #[must_use]
    pub const fn max_store_bytes(mut self, bytes: u64) -> Self {
        self.max_store_bytes = Some(bytes);
        self
    }

    /// How many requests each client, each access key and each address may make per second at the token endpoint and at the
    /// stand-ins for NHN's services: 10,000 by default. More are answered with 429.
    #[must_use]
    pub const fn requests_per_second(mut self, most: u32) -> Self {
        self.requests_per_second = most;
        self
    }

    /// How many connections may be open at once: 4,096 by default, or fewer where the process may not open as many files.
    /// More have to wait. One address may have half of them, and when three quarters are in use, connections without a
    /// request are closed after 5 s.
    #[must_use]
    pub const fn max_connections(mut self, most: usize) -> Self {
        self.max_connections = most;
        self
    }

    /// How often a token may be exchanged (RFC 8693), one API after the other: 3 times by default, at most 10. With 0 nobody exchanges.
    /// Replicas should agree.
    #[must_use]
    pub fn max_exchanges(mut self, most: u8) -> Self {
        self.max_exchanges = usize::from(most.min(Self::MOST_EXCHANGES));
        self
    }

    /// The most that [`Config::max_exchanges`] may be: each exchange makes the token longer, and APIs read 8 KiB of one.
    pub const MOST_EXCHANGES: u8 = 10;

    /// Lets these proxies open more than half of the connections, since they bring the requests of many.
    #[must_use]
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.unlimited.networks = networks.into_iter().collect();
        self
    }

    /// Limits loopback addresses to half of the connections too. By default they may open all of them: callers on the same
    /// machine are trusted not to shut themselves out.
    #[must_use]
    pub const fn limit_loopback(mut self) -> Self {
        self.unlimited.loopback = false;
        self
    }
}
