//! The proxy that asks a gate: of which kind it is, and where it asks from.

use std::net::IpAddr;

use serde::Deserialize;

use crate::callers::{Peer, why_unknowable};

/// A kind of proxy: it decides in which headers the request is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProxyKind {
    /// nginx, with the shipped files: `X-Original-Method`, `X-Original-URI`.
    Nginx,
    /// Caddy, `forward_auth`: `X-Forwarded-Method`, `X-Forwarded-Uri`.
    Caddy,
    /// Traefik, ForwardAuth: the same.
    Traefik,
    /// Envoy, `ext_authz` over HTTP: method and path as they are, behind `path_prefix`.
    Envoy,
}

/// Where a proxy may ask from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PeerList(Vec<PeerEntry>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PeerEntry {
    Address(IpAddr),
    /// Whoever may open the Unix socket.
    Socket,
    /// A user, over the Unix socket.
    User(u32),
}

impl PeerList {
    pub(super) fn parse(texts: &[String]) -> Result<Self, String> {
        let entry = |text: &String| match (text.as_str(), text.strip_prefix("user:"), text.parse()) {
            ("socket", ..) => Ok(PeerEntry::Socket),
            (_, Some(user), _) => user.parse().map(PeerEntry::User).map_err(|_| text.clone()),
            (_, None, Ok(address)) => Ok(PeerEntry::Address(address)),
            _ => Err(text.clone()),
        };
        let entries = texts.iter().map(entry).collect::<Result<Vec<_>, _>>();
        let entries = entries
            .map_err(|text| format!("expected an address, \"socket\" or \"user:NUMBER\", got {text:?}"))?;
        let unknowable = |entry: &PeerEntry| match entry {
            PeerEntry::User(uid) => why_unknowable(*uid),
            _ => None,
        };
        if let Some(why) = entries.iter().find_map(unknowable) {
            return Err(why.to_owned());
        }
        if entries.is_empty() { Err("expected at least one".to_owned()) } else { Ok(Self(entries)) }
    }

    pub(crate) fn has(&self, peer: Peer) -> bool {
        self.0.iter().any(|entry| match (entry, peer) {
            (PeerEntry::Address(own), Peer::Tcp { address }) => *own == address.to_canonical(),
            (PeerEntry::Socket, Peer::Socket { .. }) => true,
            (PeerEntry::User(own), Peer::Socket { uid }) => *own == uid,
            _ => false,
        })
    }
}
