//! The steps of a client as they happen, for demonstrations, diagnosis and tests.

use std::time::Duration;

use helseid_protocol::endpoint::token::OAuthError;
use helseid_protocol::jose::json::Object;
use helseid_protocol::jose::jws::Unverified;
use http::{Method, StatusCode};

/// Header and claims of a JWT, without its signature.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_client::test_util::{TestClock, TestIssuer};
/// # let client = TestIssuer::new().client(&TestClock::new())?;
/// use helseid_client::Decoded;
///
/// let token = client.token().await?;
/// let shown = Decoded::of(token.access_token().expose()).ok_or("not a JWT")?;
/// assert_eq!(shown.header["typ"], "at+jwt");
/// assert_eq!(shown.claims["client_id"], "test-client");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The header's `alg`, `typ` and `kid`.
    pub header: Object,
    /// The claims.
    pub claims: Object,
}

impl Decoded {
    /// Decodes a JWT without verifying anything.
    #[must_use]
    pub fn of(jwt: &str) -> Option<Self> {
        let jwt = Unverified::parse(jwt, helseid_protocol::jose::jws::MAX_BYTES).ok()?;
        let mut header = Object::new();
        header.insert("alg".into(), jwt.header().alg().into());
        if let Some(typ) = jwt.header().typ() {
            header.insert("typ".into(), typ.into());
        }
        if let Some(kid) = jwt.header().kid() {
            header.insert("kid".into(), kid.as_str().into());
        }
        Some(Self { header, claims: jwt.unverified_claims().clone() })
    }
}

/// One step. Holds no token, signature or key.
///
/// ```
/// use helseid_client::Event;
///
/// fn line(event: &Event<'_>) -> String {
///     match event {
///         Event::TokenRequested { endpoint, .. } => format!("asks {endpoint} for a token"),
///         Event::TokenRefused { status, error } => format!("is refused with {status}: {error}"),
///         Event::ApiCalled { method, address, status } => format!("{method} {address}: {status}"),
///         other => format!("{other:?}"),
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request to the token endpoint is sent, with this assertion and this proof.
    TokenRequested {
        /// The token endpoint.
        endpoint: &'a str,
        /// The assertion, decoded.
        assertion: Decoded,
        /// The proof, decoded.
        proof: Decoded,
    },
    /// A request to the token endpoint ended, with its retries, whatever came of it.
    TokenRequestEnded {
        /// How long it took.
        took: Duration,
    },
    /// The authority asks for its nonce.
    NonceDemanded {
        /// The status of its response.
        status: StatusCode,
    },
    /// The token endpoint granted what was requested.
    TokenGranted {
        /// The access token, decoded, if the response has one that is a JWT.
        token: Option<Decoded>,
    },
    /// The authority refused to grant a token.
    TokenRefused {
        /// The status of its response.
        status: StatusCode,
        /// Its error.
        error: &'a OAuthError,
    },
    /// An API answered a call.
    ApiCalled {
        /// The call's method.
        method: &'a Method,
        /// The call's address, without its query.
        address: &'a str,
        /// The status of the response.
        status: StatusCode,
    },
}

/// Is told of each step as it happens. Must not block.
///
/// ```no_run
/// use helseid_client::{Client, Config, Event, Observer};
///
/// struct Shown;
///
/// impl Observer for Shown {
///     fn event(&self, event: Event<'_>) {
///         eprintln!("{event:?}");
///     }
/// }
///
/// let client = Client::builder(Config::load()?).observer(Shown).build()?;
/// # Ok::<(), helseid_client::Error>(())
/// ```
pub trait Observer: Send + Sync + 'static {
    /// A step happened.
    fn event(&self, event: Event<'_>);
}

/// Ignores every step.
pub(crate) struct Nobody;

impl Observer for Nobody {
    fn event(&self, _: Event<'_>) {}
}
