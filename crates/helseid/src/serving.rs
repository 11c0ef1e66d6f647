//! What the servers have in common: the line that says that they listen, and the signals that end them.

use std::net::SocketAddr;

use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::output;

/// Writes the one line of JSON on stdout.
#[cfg_attr(not(feature = "authority"), expect(dead_code, reason = "the sidecar has a line of its own"))]
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

/// What to do about an address that cannot be listened on.
pub(crate) fn not_opened(why: &std::io::Error) -> &'static str {
    match why.kind() {
        std::io::ErrorKind::AddrInUse => {
            "stop the program that listens there, or give another address with --listen; port 0 means any free port"
        }
        _ => "give another address with --listen; port 0 means any free port",
    }
}

/// Listens for the sample API.
#[cfg_attr(not(feature = "authority"), expect(dead_code, reason = "the sidecar listens itself"))]
pub(crate) async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |why: std::io::Error| {
        let next = not_opened(&why);
        Failure::new(format_args!("{address} cannot be opened for listening"), why, next)
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// What told us to stop.
#[cfg_attr(not(unix), expect(dead_code, reason = "other systems have only Ctrl-C"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopSignal {
    /// SIGTERM: of a service manager, or of whoever runs a container.
    Terminate,
    /// SIGINT: of a terminal, mostly.
    Interrupt,
    /// SIGHUP: the terminal is gone.
    HangUp,
    /// SIGQUIT: of a terminal, mostly.
    Quit,
}

/// SIGTERM, SIGINT, SIGHUP and SIGQUIT, caught from when this is made: the first process of a container hears of none that it
/// does not catch. The last two are left alone if they were ignored before, as under `nohup`, or if that cannot be told.
pub(crate) struct StopSignals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    quit: Option<tokio::signal::unix::Signal>,
}

impl StopSignals {
    #[cfg(unix)]
    pub(crate) fn catch() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let caught = |kind| {
            signal(kind).map_err(|why| Failure::new("signals cannot be handled", why, "free file handles"))
        };
        let ignored = ignored_signals();
        let caught_unless_ignored =
            |kind: SignalKind| (!ignored.contain(kind.as_raw_value())).then(|| caught(kind)).transpose();
        Ok(Self {
            hang_up: caught_unless_ignored(SignalKind::hangup())?,
            quit: caught_unless_ignored(SignalKind::quit())?,
            terminate: caught(SignalKind::terminate())?,
            interrupt: caught(SignalKind::interrupt())?,
        })
    }

    #[cfg(not(unix))]
    pub(crate) fn catch() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) -> StopSignal {
        tokio::select! {
            _ = self.terminate.recv() => StopSignal::Terminate,
            _ = self.interrupt.recv() => StopSignal::Interrupt,
            () = received(&mut self.hang_up) => StopSignal::HangUp,
            () = received(&mut self.quit) => StopSignal::Quit,
        }
    }

    /// Waits for Ctrl-C.
    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) -> StopSignal {
        let _ = tokio::signal::ctrl_c().await;
        StopSignal::Interrupt
    }
}

/// Waits for a signal; for ever, if it is not caught.
#[cfg(unix)]
async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Which signals are ignored, as the kernel tells it.
#[cfg(unix)]
struct IgnoredSignals(Option<u64>);

#[cfg(unix)]
impl IgnoredSignals {
    /// Whether this one is, or it cannot be told.
    fn contain(&self, signal: i32) -> bool {
        let bit = u32::try_from(signal - 1).ok().and_then(|place| 1_u64.checked_shl(place));
        self.0.zip(bit).is_none_or(|(ignored, bit)| ignored & bit != 0)
    }
}

/// Those of this process. Linux alone tells it to a program without unsafe code.
#[cfg(unix)]
fn ignored_signals() -> IgnoredSignals {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    IgnoredSignals(mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()))
}

/// As many file handles as a server's connections take, and more. Where the machine gives fewer, the server has fewer places.
#[cfg(unix)]
pub(crate) fn raise_handles() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    const HANDLES: u64 = 8_192;
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(HANDLES, |most| most.min(HANDLES));
    if limit.current.is_some_and(|current| current < wanted) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum });
    }
}

#[cfg(not(unix))]
pub(crate) fn raise_handles() {}

/// Leaves nothing of the memory, with its keys and tokens, to a core file or to a debugger of the same user.
#[cfg(target_os = "linux")]
pub(crate) fn keep_memory_private() -> Result<(), Failure> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let done =
        setrlimit(Resource::Core, none).and_then(|()| set_dumpable_behavior(DumpableBehavior::NotDumpable));
    done.map_err(|why| {
        Failure::new("the memory cannot be kept from core files", why, "allow prctl and setrlimit")
    })
}

/// Elsewhere that is the system's to do.
#[cfg(not(target_os = "linux"))]
pub(crate) fn keep_memory_private() -> Result<(), Failure> {
    Ok(())
}
