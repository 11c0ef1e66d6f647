//! Listens on a loopback port, or on a Unix socket that has its mode before anybody can open it.

use std::net::SocketAddr;
use std::path::Path;

use helseid_tls::{TlsError, TlsServer};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use crate::config::Listen;
use crate::error::SidecarError;

/// What the sidecar is called among servers.
const SERVER: &str = "sidecar";

/// Listens, and accepts nothing yet.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), helseid_sidecar::SidecarError> {
/// use helseid_sidecar::{Listen, Listener};
///
/// // A free port, as a test wants it.
/// let listener = Listener::bind(&Listen::Tcp(([127, 0, 0, 1], 0).into())).await?;
/// assert!(listener.address().is_some_and(|address| address.port() != 0));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Listener(pub(super) Inner);

#[derive(Debug)]
pub(super) enum Inner {
    Tcp(TcpListener, SocketAddr),
    Https(TcpListener, SocketAddr, Box<TlsServer>),
    #[cfg(unix)]
    Socket {
        listener: UnixListener,
        /// Ours to remove, unless it is systemd's.
        _file: Option<SocketFile>,
    },
}

/// The file of a socket, which goes with it.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct SocketFile(std::path::PathBuf);

#[cfg(unix)]
impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Listener {
    /// Begins to listen.
    ///
    /// # Errors
    /// The port is taken, or the socket cannot be made.
    pub async fn bind(listen: &Listen) -> Result<Self, SidecarError> {
        match listen {
            Listen::Tcp(address) => {
                let (listener, bound) = tcp(address).await?;
                Ok(Self(Inner::Tcp(listener, bound)))
            }
            Listen::Https(address, _) => {
                let (listener, bound) = tcp(address).await?;
                Self(Inner::Tcp(listener, bound)).secured(listen)
            }
            Listen::Socket { path, mode } => socket(path, *mode).await,
        }
    }

    /// The same listener, which serves HTTPS if `listen` says so: one that was open already knows of no certificate.
    ///
    /// # Errors
    /// The certificate cannot be used, or this is a Unix socket, which has no TLS.
    pub fn secured(self, listen: &Listen) -> Result<Self, SidecarError> {
        let Listen::Https(_, tls) = listen else { return Ok(self) };
        let failed = |why: TlsError| {
            let next = why.next().to_owned();
            SidecarError::new("the certificate of the sidecar cannot be used", why, next)
        };
        match self.0 {
            Inner::Tcp(listener, bound) => {
                // Files say for which hosts they are.
                let server = tls.open(None, SERVER, Vec::new()).map_err(failed)?;
                Ok(Self(Inner::Https(listener, bound, Box::new(server))))
            }
            Inner::Https(..) => Ok(self),
            #[cfg(unix)]
            Inner::Socket { .. } => {
                let why = "tls_cert is set, and a Unix socket has no TLS";
                Err(SidecarError::new(
                    "the socket cannot be used",
                    why,
                    "remove tls_cert, or listen on an address",
                ))
            }
        }
    }

    /// The address of a port; nothing of a socket.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        match &self.0 {
            Inner::Tcp(_, address) | Inner::Https(_, address, _) => Some(*address),
            #[cfg(unix)]
            Inner::Socket { .. } => None,
        }
    }
}

async fn tcp(address: &SocketAddr) -> Result<(TcpListener, SocketAddr), SidecarError> {
    let failed = |why: std::io::Error| {
        let next = match why.kind() {
            std::io::ErrorKind::AddrInUse => {
                "stop the program that listens there, or give another address with --listen; port 0 means any free port"
            }
            _ => "give another address with --listen; port 0 means any free port",
        };
        SidecarError::new(format_args!("{address} cannot be opened for listening"), why, next)
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

#[cfg(not(unix))]
async fn socket(path: &Path, _: u32) -> Result<Listener, SidecarError> {
    let what = format_args!("{} cannot be opened for listening", path.display());
    Err(SidecarError::new(what, "this system has no Unix sockets", "listen on a port: --listen"))
}

/// Makes the socket in a folder of our own, gives it its mode, and puts it in its place at once: nobody opens it before.
#[cfg(unix)]
async fn socket(path: &Path, mode: u32) -> Result<Listener, SidecarError> {
    use std::os::unix::fs::PermissionsExt as _;

    let failed = |why: std::io::Error| {
        let next = "name a file in a folder that exists and that the sidecar may write to, with a path below 90 bytes";
        SidecarError::new(format_args!("{} cannot be opened for listening", path.display()), why, next)
    };
    if tokio::net::UnixStream::connect(path).await.is_ok() {
        let taken = std::io::Error::other("another program listens there");
        return Err(failed(taken));
    }
    if path.symlink_metadata().is_ok_and(|found| !is_socket(&found)) {
        let other = std::io::Error::other("there is a file that is not a socket");
        return Err(failed(other));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let own = folder.join(format!(".{}.new", std::process::id()));
    helseid_files::own_folder(&own).map_err(|why| failed(std::io::Error::other(why)))?;
    let inside = own.join("s");
    let made = (|| {
        let listener = UnixListener::bind(&inside)?;
        std::fs::set_permissions(&inside, std::fs::Permissions::from_mode(mode))?;
        std::fs::rename(&inside, path)?;
        Ok(listener)
    })();
    let _ = std::fs::remove_file(&inside);
    let _ = std::fs::remove_dir(&own);
    Ok(Listener(Inner::Socket { listener: made.map_err(failed)?, _file: Some(SocketFile(path.to_owned())) }))
}

#[cfg(unix)]
fn is_socket(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    found.file_type().is_socket()
}
