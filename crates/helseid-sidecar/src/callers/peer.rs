//! Where a connection came from; among the extensions of each of its requests.

use std::net::IpAddr;

/// The kernel's name for every user that has none in the user namespace of who asks (user_namespaces(7)): with `PrivateUsers=` or in a
/// rootless container these are all callers at a socket, and `nobody` besides.
const NOBODY: u32 = 65_534;

/// Why a user cannot be known by its id, if so.
pub(crate) fn why_unknowable(uid: u32) -> Option<&'static str> {
    (uid == NOBODY).then_some(
        "65534 is not a user: in a user namespace (PrivateUsers=, a container) all other users look like it",
    )
}

/// Where a connection came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Over TCP.
    Tcp {
        /// From this address.
        address: IpAddr,
    },
    /// Over a Unix socket, from a process of this user, as the kernel tells it.
    #[cfg_attr(not(unix), expect(dead_code, reason = "other systems have only TCP"))]
    Socket {
        /// The user.
        uid: u32,
    },
}
