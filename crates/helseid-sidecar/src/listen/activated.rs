//! A socket that systemd opened (sd_listen_fds(3)): it is there before the sidecar is, and stays while that is started again.

use listenfd::ListenFd;
use tokio::net::{TcpListener, UnixListener};

use super::bind::{Inner, Listener};
use crate::config::ListenFlags;
use crate::error::SidecarError;

impl Listener {
    /// The socket that systemd opened for this process, if it did. The flags then say where it is, so that who may ask there is
    /// checked as at a place of our own; `[sidecar]` is not asked where to listen.
    ///
    /// Takes the variables `LISTEN_FDS` and `LISTEN_PID` out of the environment, and so is called once, before other threads
    /// work.
    ///
    /// # Errors
    /// There are several; it is none that can be listened on; it has no file, whose mode would say who may ask; or flags or
    /// variables name a place, too.
    pub fn activated(flags: &mut ListenFlags) -> Result<Option<Self>, SidecarError> {
        let mut given = ListenFd::from_env();
        match given.len() {
            0 => return Ok(None),
            1 => {}
            many => {
                return Err(refused(format_args!("it opened {many}, and a sidecar listens at one place")));
            }
        }
        if flags.listen.is_some() || flags.socket.is_some() {
            return Err(refused("--listen or --socket, or a variable in their place, names a place, too"));
        }
        // Each is tried as what it may be; what is neither is told by the last.
        match given.take_unix_listener(0) {
            Ok(Some(listener)) => socket(listener, flags).map(Some),
            _ => port(&mut given, flags).map(Some),
        }
    }
}

fn socket(
    listener: std::os::unix::net::UnixListener,
    flags: &mut ListenFlags,
) -> Result<Listener, SidecarError> {
    let address = listener.local_addr().map_err(refused)?;
    // Whoever is on the machine may open a socket without a file.
    let path = address
        .as_pathname()
        .ok_or_else(|| refused("the socket has no file, whose mode says who may ask"))?;
    flags.socket = Some(path.to_owned());
    listener.set_nonblocking(true).map_err(refused)?;
    let listener = UnixListener::from_std(listener).map_err(refused)?;
    Ok(Listener(Inner::Socket { listener, _file: None }))
}

fn port(given: &mut ListenFd, flags: &mut ListenFlags) -> Result<Listener, SidecarError> {
    let taken = given.take_tcp_listener(0).map_err(refused)?;
    let listener = taken.ok_or_else(|| refused("it was taken before"))?;
    let address = listener.local_addr().map_err(refused)?;
    flags.listen = Some(address);
    listener.set_nonblocking(true).map_err(refused)?;
    let listener = TcpListener::from_std(listener).map_err(refused)?;
    Ok(Listener(Inner::Tcp(listener, address)))
}

fn refused(why: impl std::fmt::Display) -> SidecarError {
    let what = "the socket that systemd opened cannot be opened for listening";
    let next = "give the .socket unit one ListenStream=, a file or a loopback address, and the service no --listen and no --socket";
    SidecarError::new(what, why, next)
}
