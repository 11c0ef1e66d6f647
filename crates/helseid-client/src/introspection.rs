//! Whether a token is still good, for APIs that must know before it expires: the authority says so (RFC 7662).

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use helseid_protocol::claims::AccessTokenClaims;
use helseid_protocol::dpop::token_hash;
use helseid_protocol::endpoint::introspection::IntrospectionAnswer;
use helseid_protocol::endpoint::token::UnreadableAnswer;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;
use http::StatusCode;
use tokio::sync::Semaphore;

use crate::authority::{AuthorityRequest, Endpoint};
use crate::client::Client;
use crate::error::Error;

/// What the authority says of a token. `Debug` shows no claim.
///
/// ```no_run
/// # async fn example(client: helseid_client::Client, token: helseid_client::protocol::secret::AccessToken) -> Result<(), Box<dyn std::error::Error>> {
/// let said = client.introspect(&token).await?;
/// match said.claims() {
///     Some(claims) => println!("good until {}", claims.expires()),
///     None => println!("revoked, expired, or for another API"),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Introspection(Option<Arc<AccessTokenClaims>>);

/// Asks whether tokens are still good, and keeps the answers for a few seconds. Made by [`Client::active_tokens`]. Cheap to clone; all
/// clones share the answers.
///
/// ```no_run
/// # async fn example(client: helseid_client::Client, token: helseid_client::protocol::secret::AccessToken) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// // Once for the program. A token may be accepted for half a minute after it was revoked.
/// let tokens = client.active_tokens().kept_for(Duration::from_secs(30));
/// let claims = tokens.clone().require_active(&token).await?;
/// println!("{:?}", claims.client_id());
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "nothing is asked before a token is given"]
pub struct ActiveTokens {
    client: Client,
    kept_for: Duration,
    grace: Duration,
    answers: Arc<Mutex<HashMap<String, Arc<Slot>>>>,
    places: Arc<Semaphore>,
}

/// Why a token must not be taken.
///
/// ```
/// use helseid_client::NotActive;
///
/// /// What an operator reads of a call that was refused.
/// fn line(why: &NotActive) -> String {
///     match why {
///         NotActive::Inactive => "a token was revoked, or has expired".to_owned(),
///         NotActive::Unknown(error) => format!("the authority could not be asked: {}", error.why()),
///     }
/// }
/// assert!(line(&NotActive::Inactive).contains("revoked"));
/// ```
#[derive(Debug, Clone)]
pub enum NotActive {
    /// The authority says that it is not good, or not for an API of this client: answer 401.
    Inactive,
    /// Nobody knows: answer 503.
    Unknown(Error),
}

/// What is known of one token. Whoever holds `last` asks, and the others wait for what comes, be it an answer or a failure.
#[derive(Default)]
struct Slot {
    /// How many attempts have ended.
    ended: AtomicUsize,
    last: tokio::sync::Mutex<Last>,
}

/// What the last attempts brought.
#[derive(Default)]
struct Last {
    /// The last answer.
    answered: Option<Answered>,
    /// Why the last attempt brought none.
    failure: Option<Error>,
}

#[derive(Clone)]
struct Answered {
    at: Timestamp,
    said: Introspection,
}

impl Client {
    /// Asks the authority whether `token` is good, each time (RFC 7662 section 2.1). It says yes to an API that the token is for: a
    /// client with the token's audience among its `own_audiences`.
    ///
    /// Give it a token that your API has verified, with its proof. The answer says nothing of who sent the token: one that is bound
    /// to a key is active whoever has it.
    pub async fn introspect(&self, token: &AccessToken) -> Result<Introspection, Error> {
        let request = AuthorityRequest::repeatable(Endpoint::Introspection)
            .parameter("token", token.expose())
            .parameter("token_type_hint", "access_token");
        let issuer = self.authority().issuer().as_str();
        let read = |response: http::Response<Vec<u8>>| {
            let unreadable = |why: String| UnreadableAnswer::Body { status: StatusCode::OK, why };
            match IntrospectionAnswer::read(response.body()).map_err(|why| unreadable(why.to_string()))? {
                IntrospectionAnswer::Inactive => Ok(Introspection(None)),
                IntrospectionAnswer::Active(claims) => {
                    // The claims are a person's: of what is wrong with them the rule alone is told.
                    let claims = AccessTokenClaims::read(claims)
                        .map_err(|fault| unreadable(format!("it breaks {}", fault.rule().id())))?;
                    if claims.issuer() != issuer {
                        return Err(unreadable("it is of another issuer".to_owned()));
                    }
                    Ok(Introspection(Some(Arc::new(claims))))
                }
            }
        };
        Ok(self.authority().exchange(&request, read).await?.value)
    }

    /// Asks whether tokens are still good, for an API that asks so for each of its requests: answers are kept for 5 s.
    ///
    /// ```
    /// # async fn f(client: helseid_client::Client, token: helseid_client::protocol::secret::AccessToken) {
    /// use helseid_client::NotActive;
    ///
    /// let tokens = client.active_tokens();
    /// let status = match tokens.require_active(&token).await {
    ///     Ok(_claims) => 200,
    ///     Err(NotActive::Inactive) => 401,
    ///     Err(NotActive::Unknown(_)) => 503,
    /// };
    /// # drop(status); }
    /// ```
    pub fn active_tokens(&self) -> ActiveTokens {
        ActiveTokens {
            client: self.clone(),
            kept_for: Duration::from_secs(5),
            grace: Duration::ZERO,
            answers: Arc::default(),
            places: Arc::new(Semaphore::new(ActiveTokens::MAX_AT_ONCE)),
        }
    }
}

impl Introspection {
    /// Whether the token is good, and for an API of this client.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.0.is_some()
    }

    /// What the authority says of a good token.
    #[must_use]
    pub fn claims(&self) -> Option<&AccessTokenClaims> {
        self.0.as_deref()
    }
}

impl ActiveTokens {
    /// The longest that an answer is kept, and that one may be used while the authority is away: a minute.
    pub const LONGEST: Duration = Duration::from_secs(60);

    /// The most tokens of which answers are kept. While there are as many, others are asked about each time.
    pub const MAX_TOKENS: usize = 10_000;

    /// The most tokens that the authority is asked about at once; whoever asks about more waits until one of them is answered.
    pub const MAX_AT_ONCE: usize = 64;

    /// Keeps answers for so long, at most [`ActiveTokens::LONGEST`]: a token may be taken for as long after it was revoked. Zero asks
    /// each time.
    pub fn kept_for(self, kept_for: Duration) -> Self {
        Self { kept_for: kept_for.min(Self::LONGEST), ..self }
    }

    /// Takes a token whose last answer was good for so long after that answer, at most [`ActiveTokens::LONGEST`], where the authority
    /// cannot be asked. Without this, and of any other token, nothing is known then. Insecure: a revoked token is taken for as long.
    pub fn insecure_grace(self, grace: Duration) -> Self {
        Self { grace: grace.min(Self::LONGEST), ..self }
    }

    /// What the authority says of the token, or said of it a moment ago. Of many at once who ask about one token, one asks the
    /// authority, and what comes of it is for all who waited, a failure too, and an answer that took longer than answers are kept:
    /// nobody waits for one attempt after the other. Questions about
    /// different tokens do not wait for each other, up to [`ActiveTokens::MAX_AT_ONCE`]. Where no answer is kept, each asks for itself.
    pub async fn introspect(&self, token: &AccessToken) -> Result<Introspection, Error> {
        let clock = self.client.clock();
        let Some(slot) = self.slot(token, clock.now()) else { return self.ask(token).await.1 };
        if self.kept_for.is_zero() {
            let asked = self.ask(token).await;
            return slot.last.lock().await.take(asked, (self.grace, clock.now()));
        }
        let ended = slot.ended.load(Ordering::Acquire);
        let mut last = slot.last.lock().await;
        let now = clock.now();
        // An attempt that ended while this one waited is this one's too, however long it took.
        let has_waited = slot.ended.load(Ordering::Acquire) != ended;
        let is_news = |kept: &&Answered| has_waited && last.failure.is_none() && !kept.has_expired(now);
        let kept = last.answered.as_ref();
        if let Some(kept) = kept.filter(|kept| kept.is_fresh(self.kept_for, now) || is_news(kept)) {
            return Ok(kept.said.clone());
        }
        let asked = match last.failure.clone().filter(|_| has_waited) {
            Some(error) => (now, Err(error)),
            None => {
                let asked = self.ask(token).await;
                slot.ended.fetch_add(1, Ordering::Release);
                asked
            }
        };
        last.take(asked, (self.grace, clock.now()))
    }

    /// Asks the authority, with no more others at once than there are places. Tells when: the wait for a place is before that.
    async fn ask(&self, token: &AccessToken) -> (Timestamp, Result<Introspection, Error>) {
        // It is never closed.
        let _place = self.places.acquire().await;
        (self.client.clock().now(), self.client.introspect(token).await)
    }

    /// The claims of a token that is good. Where that is not known, it is refused: see [`ActiveTokens::insecure_grace`].
    pub async fn require_active(&self, token: &AccessToken) -> Result<Arc<AccessTokenClaims>, NotActive> {
        self.introspect(token).await.map_err(NotActive::Unknown)?.0.ok_or(NotActive::Inactive)
    }

    /// The place of the token's answer; none if there are too many.
    fn slot(&self, token: &AccessToken, now: Timestamp) -> Option<Arc<Slot>> {
        if self.kept_for.is_zero() && self.grace.is_zero() {
            return None;
        }
        let name = token_hash(token.expose());
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = answers.get(&name) {
            return Some(slot.clone());
        }
        if answers.len() >= Self::MAX_TOKENS {
            let longest = self.kept_for.max(self.grace);
            // One that is locked is being asked about.
            answers.retain(|_, slot| match slot.last.try_lock() {
                Ok(last) => last.answered.as_ref().is_some_and(|kept| kept.is_fresh(longest, now)),
                Err(_) => true,
            });
        }
        if answers.len() >= Self::MAX_TOKENS {
            return None;
        }
        Some(answers.entry(name).or_default().clone())
    }
}

impl Last {
    /// Keeps what came of an attempt that began at `asked`, unless a later one has been answered before. Where it failed for now, the last answer takes its place if it was good, and
    /// is no older than the grace.
    fn take(
        &mut self,
        (asked, outcome): (Timestamp, Result<Introspection, Error>),
        (grace, now): (Duration, Timestamp),
    ) -> Result<Introspection, Error> {
        match outcome {
            Ok(said) => {
                let answered = Answered { at: asked, said: said.clone() };
                if self.answered.as_ref().is_none_or(|kept| answered.replaces(kept, now)) {
                    *self = Self { answered: Some(answered), failure: None };
                }
                Ok(said)
            }
            Err(error) => {
                self.failure = Some(error.clone());
                let last =
                    self.answered.as_ref().filter(|kept| kept.said.is_active() && error.is_transient());
                let last = last.filter(|kept| kept.is_fresh(grace, now));
                last.map(|kept| kept.said.clone()).ok_or(error)
            }
        }
    }
}

impl Answered {
    /// Whether it is so new at `now`, and the token has not expired since.
    fn is_fresh(&self, kept_for: Duration, now: Timestamp) -> bool {
        self.at <= now && now < self.at.plus(kept_for) && !self.has_expired(now)
    }

    fn has_expired(&self, now: Timestamp) -> bool {
        self.said.claims().is_some_and(|claims| claims.expires() <= now)
    }

    /// Whether this says more than what is kept: it was asked for later, or at the same second and the token is not good. What is kept from
    /// the future is of a clock that was put back.
    fn replaces(&self, kept: &Self, now: Timestamp) -> bool {
        let is_safer = !self.said.is_active() || kept.said.is_active();
        self.at > kept.at || (self.at == kept.at && is_safer) || kept.at > now
    }
}

impl fmt::Display for NotActive {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inactive => out.write_str("the authority does not call this token good"),
            Self::Unknown(why) => write!(out, "whether this token is still good is not known: {why}"),
        }
    }
}

impl std::error::Error for NotActive {}

impl fmt::Debug for Introspection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Introspection").field("is_active", &self.is_active()).finish_non_exhaustive()
    }
}

impl fmt::Debug for ActiveTokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("ActiveTokens");
        shown.field("kept_for", &self.kept_for).field("grace", &self.grace).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GRACE: Duration = Duration::from_secs(60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn good() -> Introspection {
        let claims =
            json!({ "iss": "https://helseid.example", "aud": "nhn:api", "exp": 1_000, "sub": "anne" });
        let serde_json::Value::Object(claims) = claims else { panic!("an object") };
        Introspection(Some(Arc::new(AccessTokenClaims::read(claims).unwrap())))
    }

    /// What is kept after these answers, each asked for at its second and told at 10 s.
    fn kept(answers: [(i64, Introspection); 2]) -> bool {
        let mut last = Last::default();
        for (asked, said) in answers {
            last.take((at(asked), Ok(said)), (GRACE, at(10))).unwrap();
        }
        last.answered.unwrap().said.is_active()
    }

    #[test]
    fn no_older_answer_takes_the_place_of_a_newer_one_and_at_once_the_safer_one_counts() {
        let bad = || Introspection(None);
        assert!(!kept([(2, bad()), (1, good())]), "an answer that was overtaken");
        assert!(!kept([(1, bad()), (1, good())]), "of the same second");
        assert!(!kept([(1, good()), (1, bad())]), "of the same second");
        assert!(!kept([(1, good()), (2, bad())]));
        assert!(kept([(1, bad()), (2, good())]));
        // A clock that was put back: what is kept from the future would be taken when that has come.
        assert!(!kept([(20, good()), (10, bad())]));
    }
}
