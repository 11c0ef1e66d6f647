//! A proxy that does to requests what networks and servers do.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What becomes of one request.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_protocol::rule::Profile;
/// use helseid_testkit::{Proxy, Weather, World};
///
/// let proxy = Proxy::new()?;
/// let world = World::start_behind(&proxy).await.map_err(|why| why.to_string())?;
/// // The first request gets no answer; the client asks again.
/// proxy.next([Weather::Dropped]);
/// world.client()?.token().await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// It is answered.
    Fair,
    /// The connection breaks before the server has seen the request.
    Dropped,
    /// The server has seen the request, and the connection breaks before its answer.
    Unanswered,
    /// The connection breaks in the middle of the answer.
    Half,
    /// Nothing, until the client gives up, before the server has seen the request.
    SilentBefore,
    /// Nothing, until the client gives up, though the server has answered.
    SilentAfter,
}

/// Stands before a server, under its own name. Relays one request after the other, each over a connection of its own
/// to the server.
///
/// ```
/// use helseid_testkit::{Proxy, Weather};
/// use std::net::Ipv4Addr;
///
/// let (proxy, server) = (Proxy::new()?, std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
/// proxy.forward_to(server.local_addr()?)?;
/// proxy.all(Weather::Dropped);
/// assert_eq!(proxy.requests(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Proxy {
    listener: TcpListener,
    forecast: Arc<Forecast>,
}

#[derive(Debug, Default)]
struct Forecast(Mutex<State>);

#[derive(Debug)]
struct State {
    /// For the next requests.
    next: VecDeque<Weather>,
    /// For those after them.
    then: Weather,
    requests: usize,
    fell_silent: bool,
}

impl Default for State {
    fn default() -> Self {
        Self { next: VecDeque::new(), then: Weather::Fair, requests: 0, fell_silent: false }
    }
}

impl Proxy {
    /// Takes a free port of 127.0.0.1. Relays nothing yet.
    pub fn new() -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, forecast: Arc::default() })
    }

    /// `http://localhost:PORT`.
    pub fn name(&self) -> io::Result<String> {
        Ok(format!("http://localhost:{}", self.listener.local_addr()?.port()))
    }

    /// From now on, requests go to `server`.
    pub fn forward_to(&self, server: SocketAddr) -> io::Result<()> {
        let (listener, forecast) = (self.listener.try_clone()?, self.forecast.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let forecast = forecast.clone();
                // What breaks here breaks for the client, which is what the proxy is for.
                std::thread::spawn(move || drop(relay(client, server, &forecast)));
            }
        });
        Ok(())
    }

    /// The next requests meet this, and those after them none of it. Restarts the count of requests.
    pub fn next(&self, weather: impl IntoIterator<Item = Weather>) {
        *self.forecast.state() = State { next: weather.into_iter().collect(), ..State::default() };
    }

    /// All requests meet this until further notice. Restarts the count of requests.
    pub fn all(&self, weather: Weather) {
        *self.forecast.state() = State { then: weather, ..State::default() };
    }

    /// How many requests came since the weather was last told.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.forecast.state().requests
    }

    /// Whether a request waits, or waited, in silence since the weather was last told.
    #[must_use]
    pub fn fell_silent(&self) -> bool {
        self.forecast.state().fell_silent
    }
}

impl Forecast {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn weather(&self) -> Weather {
        let mut state = self.state();
        state.requests += 1;
        state.next.pop_front().unwrap_or(state.then)
    }
}

fn relay(mut client: TcpStream, server: SocketAddr, forecast: &Forecast) -> io::Result<()> {
    while let Some(request) = read_message(&mut client)? {
        let weather = forecast.weather();
        match weather {
            Weather::Dropped => return Ok(()),
            Weather::SilentBefore => return until_gone(&mut client, forecast),
            Weather::Fair | Weather::Unanswered | Weather::Half | Weather::SilentAfter => {}
        }
        let mut upstream = TcpStream::connect(server)?;
        upstream.write_all(&request)?;
        let answer = read_message(&mut upstream)?.unwrap_or_default();
        match weather {
            Weather::Unanswered => return Ok(()),
            Weather::SilentAfter => return until_gone(&mut client, forecast),
            Weather::Half => return client.write_all(answer.split_at(answer.len() / 2).0),
            Weather::Fair | Weather::Dropped | Weather::SilentBefore => client.write_all(&answer)?,
        }
    }
    Ok(())
}

fn until_gone(client: &mut TcpStream, forecast: &Forecast) -> io::Result<()> {
    forecast.state().fell_silent = true;
    client.read(&mut [0; 1]).map(drop)
}

/// The most bytes before a body.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// A whole HTTP message with `Content-Length`; nothing at the end of the connection, or if its head has no end.
pub fn read_message(stream: &mut impl io::Read) -> io::Result<Option<Vec<u8>>> {
    let (mut message, mut byte) = (Vec::new(), [0; 1]);
    while !message.ends_with(b"\r\n\r\n") {
        if message.len() > MAX_HEAD_BYTES || stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        message.extend_from_slice(&byte);
    }
    let head = String::from_utf8_lossy(&message).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)];
    stream.read_exact(&mut body)?;
    message.append(&mut body);
    Ok(Some(message))
}
