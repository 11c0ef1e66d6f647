//! Where the admin API and the pages are.

use std::net::SocketAddr;

use helseid_protocol::id::Issuer;

/// Where the admin API and the pages are to listen.
#[derive(Debug, Clone)]
pub(crate) enum AdminListen {
    /// Beside the token endpoint.
    WithIssuer,
    /// On addresses of their own.
    Own(Vec<SocketAddr>),
    /// Nowhere.
    Off,
}

/// Where the admin API and the pages are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AdminMount {
    /// Below the issuer. If the issuer's name is one of http off loopback, to which no token is sent: also where this machine
    /// reaches it.
    WithIssuer(Option<Issuer>),
    /// Below an address of their own.
    Own(Issuer),
    /// Nowhere.
    Off,
}

impl AdminMount {
    /// The address of their own.
    pub(crate) const fn own_address(&self) -> Option<&Issuer> {
        match self {
            Self::Own(address) => Some(address),
            Self::WithIssuer(_) | Self::Off => None,
        }
    }

    /// Where this machine reaches what stands below the issuer, if not by the issuer's name.
    pub(crate) const fn local_address(&self) -> Option<&Issuer> {
        match self {
            Self::WithIssuer(local) => local.as_ref(),
            Self::Own(_) | Self::Off => None,
        }
    }
}
