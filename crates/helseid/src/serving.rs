//! What the servers have in common: the line that says that they listen, and the signals that end them.

use std::net::SocketAddr;

use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::output;

/// Writes the one line of JSON on stdout.
pub(crate) fn announce(
    addresses: &[SocketAddr],
    issuer: &str,
    more: &[(&str, Value)],
) -> Result<(), Failure> {
    let listen: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let mut line = Map::new();
    line.insert("listen".into(), listen.into());
    line.insert("issuer".into(), issuer.into());
    line.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    output::json(&line)
}

/// Listens for the sample API.
pub(crate) async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |why: std::io::Error| {
        let next = "give another address with --listen; port 0 is any free one";
        Failure::new(format_args!("{address} cannot be listened on"), why, next)
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
