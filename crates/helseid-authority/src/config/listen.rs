//! Where an authority listens, and its issuer.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use helseid_protocol::id::Issuer;

use super::Config;
use super::error::Error;
use crate::admin::AdminListen;

/// The default port.
pub(crate) const PORT: u16 = 8480;

/// Where the addresses that are listened on come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListenSource {
    Configured,
    Default,
}

impl Config {
    /// Listens on these addresses in place of port 8480 on 127.0.0.1 and `::1`. Port 0 is any free one.
    #[must_use]
    pub fn listen(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.listen = addresses.into_iter().collect();
        self
    }

    /// Serves the admin API and the admin pages on these addresses only, not beside the token endpoint. Port 0 is any free
    /// one.
    #[must_use]
    pub fn admin_listen(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.admin = AdminListen::Own(addresses.into_iter().collect());
        self
    }

    /// Serves neither the admin API nor the admin pages. A refused request is then explained by its response alone, not by a
    /// page at `error_uri`.
    #[must_use]
    pub fn without_admin(mut self) -> Self {
        self.admin = AdminListen::Off;
        self
    }

    /// Sets the issuer, in place of `http://localhost:PORT`, or `https://localhost:PORT` with [`Config::tls`]. Required to listen elsewhere than on loopback.
    #[must_use]
    pub fn issuer(mut self, issuer: Issuer) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// The addresses to listen on, and where they come from.
    pub(crate) fn addresses(&self) -> (Vec<SocketAddr>, ListenSource) {
        if self.listen.is_empty() {
            let both = vec![(Ipv4Addr::LOCALHOST, PORT).into(), (Ipv6Addr::LOCALHOST, PORT).into()];
            return (both, ListenSource::Default);
        }
        (self.listen.clone(), ListenSource::Configured)
    }

    /// Checks that the issuer is set where others must know it.
    pub(super) fn check_issuer(&self) -> Result<(), Error> {
        let elsewhere = self.listen.iter().find(|address| !address.ip().is_loopback());
        match (&self.issuer, elsewhere) {
            (None, Some(address)) => Err(Error::IssuerMissing(*address)),
            (None, None) if self.shared.is_some() => Err(Error::IssuerOfReplica),
            _ => Ok(()),
        }
    }
}
