//! Where to listen, and who may ask there.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use helseid_tls::Tls;

use super::sections::{CallerSection, SidecarSection};
use crate::callers::{Callers, Credential, Known, Rights, SharedKey, why_unknowable};
use crate::error::SidecarError;

/// Port 8481 of the loopback.
const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8_481);

/// The mode of a socket: its owner and group may ask.
const DEFAULT_MODE: u32 = 0o660;

/// Where a sidecar listens.
///
/// ```
/// use helseid_sidecar::Listen;
///
/// /// What is shown at the start.
/// fn place(listen: &Listen) -> String {
///     match listen {
///         Listen::Tcp(address) => format!("http://{address}"),
///         Listen::Https(address, _) => format!("https://{address}"),
///         Listen::Socket { path, .. } => path.display().to_string(),
///     }
/// }
/// assert_eq!(place(&Listen::Tcp(([127, 0, 0, 1], 8490).into())), "http://127.0.0.1:8490");
/// ```
#[derive(Debug, Clone)]
pub enum Listen {
    /// On a loopback address; port 0 means any free port.
    Tcp(SocketAddr),
    /// By HTTPS on any address, with a certificate and its key from files.
    Https(SocketAddr, Tls),
    /// On a Unix socket, which may be opened by those whom its mode lets.
    Socket {
        /// The file.
        path: PathBuf,
        /// Its mode, such as `0o660`.
        mode: u32,
    },
}

/// What flags say in place of `[sidecar]`.
///
/// ```
/// use helseid_sidecar::ListenFlags;
///
/// // On a port every program of the machine can ask: those that know the key in this file may.
/// let flags = ListenFlags {
///     listen: Some(([127, 0, 0, 1], 8490).into()),
///     shared_key_file: Some("/run/secrets/sidecar-key".into()),
///     ..ListenFlags::default()
/// };
/// # drop(flags);
/// ```
#[derive(Debug, Clone, Default)]
pub struct ListenFlags {
    /// A loopback address.
    pub listen: Option<SocketAddr>,
    /// A Unix socket.
    pub socket: Option<PathBuf>,
    /// An address where probes are answered, and nothing else.
    pub probe_listen: Option<SocketAddr>,
    /// The file with the key that callers share with the sidecar.
    pub shared_key_file: Option<PathBuf>,
    /// Whether everybody may ask who reaches the port.
    pub insecure_no_key: bool,
}

impl Listen {
    /// What flags say goes before what the section says.
    pub(super) fn read(flags: &ListenFlags, section: &SidecarSection) -> Result<Self, SidecarError> {
        let (listen, socket) = match (flags.listen, &flags.socket) {
            (None, None) => (section.listen, &section.socket),
            flags => flags,
        };
        match (listen, socket) {
            (None, Some(_)) if section.tls_cert.is_some() => {
                let what = "tls_cert and socket are both set";
                Err(SidecarError::new(what, "a Unix socket has no TLS", "keep one of them"))
            }
            (Some(_), Some(_)) => {
                let what = "listen and socket are both set";
                Err(SidecarError::new(what, "a sidecar listens at one place", "keep one of them"))
            }
            (None, Some(path)) => Ok(Self::Socket { path: path.clone(), mode: mode(section)? }),
            (address, None) => {
                let address = address.unwrap_or(DEFAULT);
                match (tls(section)?, address.ip().is_loopback()) {
                    (Some(tls), _) => Ok(Self::Https(address, tls)),
                    (None, true) => Ok(Self::Tcp(address)),
                    (None, false) => {
                        let why = "keys and tokens would cross a network in clear";
                        let next = "name a certificate in tls_cert and its key in tls_key of [sidecar]; or listen on a loopback \
                                    address such as 127.0.0.1:8481, or on a Unix socket";
                        Err(SidecarError::new(format_args!("{address} is not listened on"), why, next))
                    }
                }
            }
        }
    }

    /// Whether others than programs of this machine reach it.
    fn is_of_a_network(&self) -> bool {
        matches!(self, Self::Https(address, _) if !address.ip().is_loopback())
    }
}

/// The certificate and its key, if they are named. They are read when the sidecar listens.
fn tls(section: &SidecarSection) -> Result<Option<Tls>, SidecarError> {
    match (&section.tls_cert, &section.tls_key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(Tls::files(certificate.clone(), key.clone()))),
        _ => {
            let what = "one of tls_cert and tls_key of [sidecar] is missing";
            Err(SidecarError::new(what, "HTTPS needs a certificate and its key", "name both files, or none"))
        }
    }
}

fn mode(section: &SidecarSection) -> Result<u32, SidecarError> {
    let Some(text) = &section.socket_mode else { return Ok(DEFAULT_MODE) };
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777);
    mode.ok_or_else(|| {
        let why = format!("expected octal digits such as \"0660\", got {text:?}");
        SidecarError::new("socket_mode of [sidecar] is invalid", why, "fix it, or leave it out")
    })
}

/// Who may ask: the callers with sections, else whoever has the shared key or may open the socket.
pub(super) fn callers(
    listen: &Listen,
    flags: &ListenFlags,
    section: &SidecarSection,
) -> Result<Callers, SidecarError> {
    let known =
        section.caller.iter().map(|(name, caller)| known(name, caller)).collect::<Result<Vec<_>, _>>()?;
    all_differ(&known)?;
    let file = flags.shared_key_file.as_ref().or(section.shared_key_file.as_ref());
    let insecure_no_key = flags.insecure_no_key || section.insecure_no_key;
    if !known.is_empty() && (file.is_some() || insecure_no_key) {
        let what = "callers have sections, and others may ask too";
        let why =
            "shared_key_file and insecure_no_key of [sidecar] are for sidecars whose callers have no names";
        let next = "remove them, or the sections [sidecar.caller.NAME]";
        return Err(SidecarError::new(what, why, next));
    }
    if file.is_some() && insecure_no_key {
        let what = "there is a shared key, and none is needed";
        return Err(SidecarError::new(
            what,
            "shared_key_file and insecure_no_key are both set",
            "keep one of them",
        ));
    }
    if insecure_no_key && listen.is_of_a_network() {
        let why = "any program that reaches the network would be given tokens";
        let next = "write a key, (umask 077; openssl rand -hex 32 > sidecar.key), and give --shared-key-file sidecar.key";
        return Err(SidecarError::new("insecure_no_key is only for this machine", why, next));
    }
    if known.is_empty() && file.is_none() && !insecure_no_key && !matches!(listen, Listen::Socket { .. }) {
        let what = "nobody could use this sidecar";
        let why = "over TCP any program on this machine can reach it, so callers need a key";
        let next = "write a key, (umask 077; openssl rand -hex 32 > sidecar.key), and give --shared-key-file sidecar.key; \
                    or --socket FILE; or, to try it out, --insecure-no-key";
        return Err(SidecarError::new(what, why, next));
    }
    let shared_key = file.map(|file| SharedKey::read(file)).transpose()?;
    Ok(Callers { known, shared_key, insecure_no_key })
}

/// Of two callers that are known by the same, one would have the other's rights.
fn all_differ(known: &[Known]) -> Result<(), SidecarError> {
    for (at, caller) in known.iter().enumerate() {
        let before = known.iter().take(at).find(|other| other.credential.is_same(&caller.credential));
        if let Some(other) = before {
            let what = format_args!(
                "[sidecar.caller.{}] and [sidecar.caller.{}] are alike",
                other.name, caller.name
            );
            let why = match caller.credential {
                Credential::Key(_) => {
                    "both have the same key, so it would be unclear whose rights a request has"
                }
                Credential::User(_) => {
                    "both have the same user, so it would be unclear whose rights a request has"
                }
            };
            return Err(SidecarError::new(
                what,
                why,
                "give each a key or a user of its own, or make them one section",
            ));
        }
    }
    Ok(())
}

fn known(name: &str, section: &CallerSection) -> Result<Known, SidecarError> {
    let credential = match (&section.shared_key_file, section.user) {
        (Some(file), None) => Credential::Key(SharedKey::read(file)?),
        (None, Some(uid)) => match why_unknowable(uid) {
            None => Credential::User(uid),
            Some(why) => {
                let what = format_args!("user of [sidecar.caller.{name}] is invalid");
                let next = "run the sidecar without the namespace and name the caller's own user; or give it a shared_key_file";
                return Err(SidecarError::new(what, why, next));
            }
        },
        _ => {
            let what = format_args!("[sidecar.caller.{name}] is invalid");
            let why = "expected shared_key_file, or user (a number, known over the Unix socket)";
            return Err(SidecarError::new(what, why, "set one of them"));
        }
    };
    let rights = Rights {
        endpoints: section.endpoints.clone(),
        accounts: section.accounts.clone(),
        apis: section.apis.clone(),
        protects: section.protects.clone(),
    };
    Ok(Known { name: name.to_owned(), credential, rights })
}
