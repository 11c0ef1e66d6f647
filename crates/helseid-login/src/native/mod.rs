//! A login at a terminal: a listener on the loopback interface, and the browser of the machine (RFC 8252).
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use helseid_login::flow::LoginRequest;
//! use helseid_login::native::NativeLogin;
//!
//! let client = helseid_client::Client::new(helseid_client::Config::load()?)?;
//! let native = NativeLogin::new(client, |address| eprintln!("Open this address in a browser: {address}"));
//! let signed_in = native.log_in(&LoginRequest::default()).await?;
//! println!("{}", signed_in.person.claims.name().unwrap_or("somebody"));
//! # Ok(()) }
//! ```
//!
//! The client is registered with the redirect URI `http://127.0.0.1/callback`, at which the port is free (RFC 8252 section 7.3), or
//! with `http://localhost/callback`. The listener takes the same free port of 127.0.0.1 and `[::1]`, so that no other program is
//! called back; it answers GET of `/callback` with the `state` of this login, once, for 5 minutes, and nothing else.
//!
//! Not checked: who sits before the browser. Another user of the machine can see the address, which has nothing of the person but
//! can be opened once; whoever opens it logs in here. So show who logged in, and ask, before anything is kept.
//!
//! | file | what |
//! | --- | --- |
//! | `listener` | the two sockets |
//! | `serve` | what is answered there |
//! | `page` | what the person sees at the end |

mod listener;
mod page;
mod serve;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use self::listener::Loopback;
use self::page::Page;
use self::serve::{Arrival, Desk};
use crate::flow::{Found, LoggedIn, LoginClient, LoginError, LoginRequest, PushedLogin, Returned};

/// How long the person may take.
const TIME: Duration = Duration::from_secs(300);

/// How long the browser may take to fetch its last page.
const LAST_PAGE: Duration = Duration::from_secs(2);

/// Tells the person which address to open.
type Show = dyn Fn(&Url) + Send + Sync;

/// Makes the login of a redirect URI, which is not known before the listener has its port.
type Make = dyn Fn(&str) -> Result<LoginClient, LoginError> + Send + Sync;

/// Logs a person in at a terminal.
///
/// ```no_run
/// # async fn example(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use helseid_login::flow::LoginRequest;
/// use helseid_login::native::NativeLogin;
///
/// // Over SSH: the person opens the address where a browser is.
/// let login = NativeLogin::new(client, |address| eprintln!("Open {address}")).without_browser();
/// let signed_in = login.within(Duration::from_secs(120)).log_in(&LoginRequest::default()).await?;
/// # drop(signed_in);
/// # Ok(()) }
/// ```
pub struct NativeLogin {
    make: Box<Make>,
    show: Arc<Show>,
    host: Host,
    opens_browser: bool,
    time: Duration,
}

/// How the redirect URI names this machine.
#[derive(Debug, Clone, Copy)]
enum Host {
    Address,
    Name,
}

/// Somebody who logged in, and what goes on with the tokens.
///
/// ```no_run
/// # async fn example(signed_in: helseid_login::native::SignedIn) -> Result<(), Box<dyn std::error::Error>> {
/// let helseid_login::native::SignedIn { person, login, .. } = signed_in;
/// let (token, key) = (person.access.token, person.key.proof_key().clone());
/// let answer = login.client().get("https://api.example/me").bound_token(token, key).send().await?;
/// println!("{}", answer.text());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignedIn {
    /// Who.
    pub person: LoggedIn,
    /// For refreshes, userinfo and revocation.
    pub login: LoginClient,
}

impl NativeLogin {
    /// Logs people in with `client`. `show` is given the address if no browser can be opened.
    #[must_use]
    pub fn new(client: helseid_client::Client, show: impl Fn(&Url) + Send + Sync + 'static) -> Self {
        Self::with(move |redirect_uri| LoginClient::new(client.clone(), redirect_uri), show)
    }

    pub(crate) fn with(
        make: impl Fn(&str) -> Result<LoginClient, LoginError> + Send + Sync + 'static,
        show: impl Fn(&Url) + Send + Sync + 'static,
    ) -> Self {
        Self {
            make: Box::new(make),
            show: Arc::new(show),
            host: Host::Address,
            opens_browser: true,
            time: TIME,
        }
    }

    /// Opens no browser, and shows the address: for a session over SSH, and for tests.
    #[must_use]
    pub const fn without_browser(mut self) -> Self {
        self.opens_browser = false;
        self
    }

    /// How long the person may take: 5 minutes by default.
    #[must_use]
    pub const fn within(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Is called back at `http://localhost:PORT/callback`, for a client that is registered so.
    #[must_use]
    pub const fn at_localhost(mut self) -> Self {
        self.host = Host::Name;
        self
    }

    /// Leads the person through a login: within 5 minutes unless set, and once. The page that the browser shows at the end says whether the
    /// whole login succeeded, and holds nothing of the person.
    ///
    /// Fails before anything is sent if another program has the port of one of the two addresses. A callback of this login that
    /// breaks a rule ends it; what anyone else sends does not.
    pub async fn log_in(&self, request: &LoginRequest) -> Result<SignedIn, LoginError> {
        let loopback = Loopback::bind().await?;
        let host = match self.host {
            Host::Address => "127.0.0.1",
            Host::Name => "localhost",
        };
        let login = (self.make)(&format!("http://{host}:{}/callback", loopback.port()))?;
        let pushed = login.begin(request).await?;
        let mut desk = Desk::open(loopback, pushed.pending.state());
        self.lead_to(&pushed).await;
        let arrival = tokio::time::timeout(self.time, desk.arrival()).await.ok().flatten();
        let arrival = arrival.ok_or_else(|| LoginError::timed_out(self.time))?;
        let outcome = finish(&login, pushed, &arrival).await;
        arrival.answer(if outcome.is_ok() { Page::Done } else { Page::Failed });
        desk.close(LAST_PAGE).await;
        Ok(SignedIn { person: outcome?, login })
    }

    async fn lead_to(&self, pushed: &PushedLogin) {
        let address = pushed.authorize.clone();
        let is_open = self.opens_browser
            && tokio::task::spawn_blocking(move || {
                let mut options = webbrowser::BrowserOptions::new();
                options.with_suppress_output(true);
                let default = webbrowser::Browser::Default;
                webbrowser::open_browser_with_options(default, address.as_str(), &options).is_ok()
            })
            .await
            .unwrap_or(false);
        if !is_open {
            (self.show)(&pushed.authorize);
        }
    }
}

async fn finish(login: &LoginClient, pushed: PushedLogin, arrival: &Arrival) -> Result<LoggedIn, LoginError> {
    let returned = Returned::read(arrival.query())?;
    returned.recognise(Found::Pending(pushed.pending), login)?.complete(login).await
}

impl fmt::Debug for NativeLogin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("NativeLogin").field("host", &self.host).finish_non_exhaustive()
    }
}
