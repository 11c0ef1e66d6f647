//! A granted token.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::endpoint::token::{TokenGranted, TokenType};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::{TOLERANCE, Timestamp};

/// A token that was granted. Does not print itself. Cheap to clone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_client::test_util::{TestClock, TestIssuer};
/// # let (issuer, clock) = (TestIssuer::new(), TestClock::new());
/// # let client = issuer.client(&clock)?;
/// use std::time::Duration;
///
/// let token = client.token().await?;
/// assert_eq!(token.lifetime(), Duration::from_secs(600));
/// println!("good until {}, for {:?}", token.expires(), token.scope());
/// // Its text is shown only where the code asks for it by name, never in a log by accident.
/// assert!(!format!("{token:?}").contains(token.access_token().expose()));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Token(Arc<Content>);

#[derive(Debug)]
struct Content {
    granted: TokenGranted,
    withheld: ScopeSet,
    obtained: Timestamp,
    renewal: Timestamp,
    signer: Arc<str>,
}

/// How a token was obtained.
pub(crate) struct Obtained {
    /// When.
    pub(crate) at: Timestamp,
    /// When it is to be renewed.
    pub(crate) renewal: Renewal,
    /// The name of the signer of the assertion.
    pub(crate) signer: Arc<str>,
}

/// When a token is to be renewed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Renewal {
    /// When so many hundredths of its lifetime have passed.
    pub(crate) percent: u8,
    /// Spreads the renewals of clients that started together: 0 to 255 for 5 % of the lifetime earlier to 5 % later.
    pub(crate) jitter: u8,
}

impl Renewal {
    /// After about 80 % of the lifetime.
    pub(crate) const DEFAULT_PERCENT: u8 = 80;

    /// How long after a token with this lifetime was obtained.
    fn after(self, lifetime: Duration) -> Duration {
        let before = (lifetime / 100) * u32::from(self.percent.saturating_sub(5));
        before + (lifetime / 10 / 255) * u32::from(self.jitter)
    }
}

/// The longest time for which a token counts as expired before it is.
const MAX_LEEWAY: Duration = Duration::from_secs(10);

impl Token {
    pub(crate) fn new(granted: TokenGranted, requested: &ScopeSet, obtained: Obtained) -> Self {
        Self(Arc::new(Content {
            withheld: granted.scope.as_ref().map_or_else(ScopeSet::none, |own| requested.without(own)),
            renewal: obtained.at.plus(obtained.renewal.after(granted.expires_in)),
            obtained: obtained.at,
            signer: obtained.signer,
            granted,
        }))
    }

    /// The token itself. It is useless without proofs by this client's key.
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        &self.0.granted.access_token
    }

    /// How it is sent: as DPoP, unless the client was made with `insecure_bearer`.
    #[must_use]
    pub fn token_type(&self) -> TokenType {
        self.0.granted.token_type
    }

    /// The granted scopes, if the authority names them. They can be fewer than were requested.
    #[must_use]
    pub fn scope(&self) -> Option<&ScopeSet> {
        self.0.granted.scope.as_ref()
    }

    /// The scopes that were requested by name and not granted; empty if the authority does not name the granted ones.
    #[must_use]
    pub fn withheld_scope(&self) -> &ScopeSet {
        &self.0.withheld
    }

    /// The scopes that were refused because no agreement has been signed (HelseID's `rejected_scope`).
    #[must_use]
    pub fn rejected_scope(&self) -> Option<&ScopeSet> {
        self.0.granted.rejected_scope.as_ref()
    }

    /// When it expires, by this machine's clock.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.0.obtained.plus(self.lifetime())
    }

    /// How long it was valid when it was obtained.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.0.granted.expires_in
    }

    pub(super) fn obtained(&self) -> Timestamp {
        self.0.obtained
    }

    pub(super) fn granted(&self) -> &TokenGranted {
        &self.0.granted
    }

    /// Whether it can be sent: a tenth of its lifetime, at most 10 s, must be left for the way. The age of a token that was
    /// obtained in the future, as after a clock was put back, is not known; clocks of other processes may be a little ahead.
    pub(super) fn is_usable(&self, now: Timestamp) -> bool {
        self.obtained() <= now.plus(TOLERANCE)
            && now < self.expires().minus(MAX_LEEWAY.min(self.lifetime() / 10))
    }

    /// Whether so much of its lifetime has passed that it is to be renewed, or another signer than `signer` signed for it.
    pub(super) fn wants_renewal(&self, now: Timestamp, signer: &str) -> bool {
        now >= self.0.renewal || *self.0.signer != *signer
    }

    /// Whether both are the same token.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.access_token().expose() == other.access_token().expose()
    }
}
