//! Where an authority listens, and under which names it is reached.

use std::net::SocketAddr;

use helseid_protocol::id::Issuer;
use helseid_tls::{CaFiles, Host, TlsServer};
use url::Url;

use crate::admin::{AdminListen, AdminMount};
use crate::config::listen::ListenSource;
use crate::config::{Config, Error, TLS_FOLDER};
use crate::storage::registry::{Folder, StoreError};
use crate::web::Listener;

/// Binds the addresses of the token endpoint. A machine without IPv6 has only the first of the two default addresses; an
/// address that was configured must be available.
pub(super) async fn listen(config: &Config) -> Result<Vec<Listener>, Error> {
    let (addresses, source) = config.addresses();
    let mut listeners: Vec<Listener> = Vec::new();
    for address in addresses {
        match Listener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            Err(why)
                if source == ListenSource::Default
                    && !listeners.is_empty()
                    && address.is_ipv6()
                    && no_ipv6(&why) =>
            {
                tracing::info!(%address, %why, "not listened on");
            }
            Err(why) => return Err(Error::Listen { address, why }),
        }
    }
    Ok(listeners)
}

fn no_ipv6(why: &std::io::Error) -> bool {
    matches!(why.kind(), std::io::ErrorKind::AddrNotAvailable | std::io::ErrorKind::Unsupported)
        // EAFNOSUPPORT: the kernel has no IPv6 at all.
        || why.raw_os_error() == Some(97)
}

/// Binds the addresses of the admin API and the pages, if they have their own.
pub(super) async fn listen_for_admin(
    config: &Config,
    local: Option<Issuer>,
) -> Result<(Vec<Listener>, AdminMount), Error> {
    let addresses = match &config.admin {
        AdminListen::WithIssuer => return Ok((Vec::new(), AdminMount::WithIssuer(local))),
        AdminListen::Off => return Ok((Vec::new(), AdminMount::Off)),
        AdminListen::Own(addresses) => addresses,
    };
    let mut listeners = Vec::new();
    for address in addresses {
        let listener = Listener::bind(*address).await;
        listeners.push(listener.map_err(|why| Error::Listen { address: *address, why })?);
    }
    let Some(first) = listeners.first().map(|listener| listener.address) else {
        return Ok((Vec::new(), AdminMount::Off));
    };
    // Browsers treat `localhost` as secure without https; elsewhere the address itself is the name.
    let host = if first.ip().is_loopback() { "localhost".to_owned() } else { first.ip().to_string() };
    let host = if first.is_ipv6() && host.contains(':') { format!("[{host}]") } else { host };
    Ok((listeners, AdminMount::Own(parsed(&format!("{}://{host}:{}", scheme(config), first.port()))?)))
}

/// The loopback address at which this machine reaches an authority whose issuer is an http address elsewhere, if it listens
/// there.
pub(super) fn local_address(issuer: &Issuer, addresses: &[SocketAddr]) -> Result<Option<Issuer>, Error> {
    let Ok(mut url) = Url::parse(issuer.as_str()) else { return Ok(None) };
    let reached = |address: &&SocketAddr| address.ip().is_loopback() || address.ip().is_unspecified();
    let Some(first) = addresses.iter().find(reached).filter(|_| !issuer.is_secure()) else { return Ok(None) };
    let host = if first.is_ipv4() { "127.0.0.1" } else { "[::1]" };
    let set = url.set_host(Some(host)).is_ok() && url.set_port(Some(first.port())).is_ok();
    set.then(|| parsed(url.as_str())).transpose()
}

/// The configured issuer, or `localhost` with the first port that is listened on.
pub(super) fn issuer(config: &Config, addresses: &[SocketAddr]) -> Result<Issuer, Error> {
    if let Some(issuer) = &config.issuer {
        return Ok(issuer.clone());
    }
    let port = addresses.first().map_or(0, SocketAddr::port);
    parsed(&format!("{}://localhost:{port}", scheme(config)))
}

const fn scheme(config: &Config) -> &'static str {
    if config.tls.is_some() { "https" } else { "http" }
}

/// What serves HTTPS, if that was asked for: for the hosts of the issuer and of the admin's own address.
pub(super) fn tls(
    config: &Config,
    folder: Option<&Folder>,
    issuer: &Issuer,
    mount: &AdminMount,
) -> Result<Option<TlsServer>, Error> {
    let Some(tls) = &config.tls else { return Ok(None) };
    let urls = [Some(issuer), mount.own_address()].into_iter().flatten();
    let urls = urls.filter_map(|address| Url::parse(address.as_str()).ok());
    let hosts: Result<Vec<_>, _> = urls.filter_map(|url| url.host_str().map(Host::parse)).collect();
    let folder = folder.map(|folder| folder.file(TLS_FOLDER));
    let server = tls.open(folder.as_deref(), "authority", hosts?)?;
    if let (Some(folder), Some(ca)) = (&folder, server.ca_pem()) {
        CaFiles::write(folder, ca)?;
    }
    Ok(Some(server))
}

fn parsed(name: &str) -> Result<Issuer, Error> {
    Issuer::parse(name).map_err(|why| StoreError::Unreadable { what: "issuer", why: why.to_string() }.into())
}
