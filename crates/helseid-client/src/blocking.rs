//! The client for programs without an async runtime.
//!
//! ```no_run
//! # fn run() -> Result<(), helseid_client::Error> {
//! let client = helseid_client::blocking::Client::new(helseid_client::Config::load()?)?;
//! println!("{}", client.get("https://api.example/patients").send()?.text());
//! # Ok(()) }
//! ```

use std::sync::Arc;

use http::Method;
use tokio::runtime::{Builder, Runtime};

use crate::call::CallBuilder;
use crate::config::Config;
use crate::error::Error;
use crate::response::Response;
use crate::tokens::{Token, TokenRequest};

/// A [`crate::Client`] with a thread of its own, on which requests run and tokens are renewed. Must neither be used nor
/// dropped inside an async runtime: waiting there panics.
///
/// ```no_run
/// use helseid_client::{Config, blocking::Client};
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let client = Client::new(Config::load()?)?;
///     println!("{}", client.get("https://api.example/patients").send()?.text());
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<Runtime>,
}

/// A call of an API.
///
/// ```no_run
/// # fn example(client: helseid_client::blocking::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let call = client.post("https://api.example/prescriptions").header("Content-Type", "application/json");
/// let answer = call.body(r#"{"medicine": "…"}"#).send()?;
/// assert!(answer.status().is_success());
/// # Ok(()) }
/// ```
#[must_use = "a call is made when it is sent"]
#[derive(Debug)]
pub struct Call {
    call: CallBuilder,
    runtime: Arc<Runtime>,
}

impl Client {
    /// A client with the system's clock and randomness.
    pub fn new(config: Config) -> Result<Self, Error> {
        Self::of(crate::Client::new(config)?)
    }

    /// A client around one that was built with settings.
    pub fn of(client: crate::Client) -> Result<Self, Error> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("helseid").enable_all().build();
        let runtime = runtime.map_err(|why| {
            Error::configuration(
                "the thread for requests could not be started",
                why,
                "free memory or file handles",
            )
        })?;
        Ok(Self { client, runtime: Arc::new(runtime) })
    }

    /// The client inside.
    #[must_use]
    pub const fn client(&self) -> &crate::Client {
        &self.client
    }

    /// A token for what the configuration requests: the cached one, or a new one.
    pub fn token(&self) -> Result<Token, Error> {
        self.runtime.block_on(self.client.token())
    }

    /// A token for `request`: the cached one, or a new one.
    pub fn token_for(&self, request: &TokenRequest) -> Result<Token, Error> {
        self.runtime.block_on(self.client.token_for(request))
    }

    /// Sets `Authorization` and `DPoP` on a request that other code sends.
    pub fn authorize<B>(&self, request: &mut http::Request<B>) -> Result<(), Error> {
        self.runtime.block_on(self.client.authorize(request))
    }

    /// Starts a GET of an API.
    pub fn get(&self, url: &str) -> Call {
        self.request(Method::GET, url)
    }

    /// Starts a POST to an API.
    pub fn post(&self, url: &str) -> Call {
        self.request(Method::POST, url)
    }

    /// Starts a call of an API.
    pub fn request(&self, method: Method, url: &str) -> Call {
        Call { call: self.client.request(method, url), runtime: self.runtime.clone() }
    }
}

impl Call {
    /// Adds a header. The client itself sets `Authorization` and `DPoP`.
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { call: self.call.header(name, value), ..self }
    }

    /// Sets the body.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { call: self.call.body(body), ..self }
    }

    /// Makes the call with a token for `request` in place of the configuration's.
    pub fn token_for(self, request: TokenRequest) -> Self {
        Self { call: self.call.token_for(request), ..self }
    }

    /// Sends the call, as [`CallBuilder::send`] does.
    pub fn send(self) -> Result<Response, Error> {
        self.runtime.block_on(self.call.send())
    }
}
