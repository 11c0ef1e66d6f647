//! Keys of callers that are sent as the client secret of a plain token request, and how many wrong ones are looked at.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use helseid_protocol::jose::base64url;
use helseid_protocol::time::Timestamp;
use http::HeaderValue;

use super::who::{Caller, Callers};

/// How many wrong secrets are looked at, and how often one more.
const WRONG: u32 = 20;
const INTERVAL: Duration = Duration::from_secs(3);

/// A secret that was sent, in each way that it may be meant. Does not print itself.
pub(crate) struct SentSecret(Vec<String>);

impl SentSecret {
    /// As a member of the form.
    pub(crate) fn plain(text: &str) -> Self {
        Self(vec![text.to_owned()])
    }

    /// The password of HTTP Basic (RFC 6749 section 2.3.1, RFC 7617 section 2); any name will do. Nothing if it is none.
    pub(crate) fn basic(value: &HeaderValue) -> Option<Self> {
        let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Basic") {
            return None;
        }
        let encoded = encoded.trim().trim_end_matches('=').replace('+', "-").replace('/', "_");
        let pair = String::from_utf8(base64url::decode(&encoded).ok()?).ok()?;
        let (_, password) = pair.split_once(':')?;
        // RFC 6749 has the password encoded as in a form; many tools send it as it is.
        let form = format!("p={}", password.replace('&', "%26"));
        let decoded = form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned());
        Some(Self([password.to_owned()].into_iter().chain(decoded).collect()))
    }
}

impl std::fmt::Debug for SentSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("SentSecret(hidden)")
    }
}

/// How many wrong secrets came of late. While they are too many, none is looked at.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<Wrong>);

#[derive(Debug, Default)]
struct Wrong {
    count: u32,
    /// Up to when wrong ones have been forgotten.
    since: Option<Timestamp>,
}

/// Too many wrong secrets came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// How long to wait.
    pub(crate) wait: Duration,
}

impl Attempts {
    /// The caller whose key was sent; nobody if it is none's, which counts as an attempt.
    pub(crate) fn identify(
        &self,
        callers: &Callers,
        sent: Option<&SentSecret>,
        now: Timestamp,
    ) -> Result<Option<Caller>, TooMany> {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // After a clock was put back, they are forgotten from now on.
        let since = wrong.since.map_or(now, |since| since.min(now));
        let forgotten = u32::try_from(now.since(since).as_secs() / INTERVAL.as_secs()).unwrap_or(u32::MAX);
        wrong.count = wrong.count.saturating_sub(forgotten);
        wrong.since =
            Some(if wrong.count == 0 { now } else { since.plus(INTERVAL.saturating_mul(forgotten)) });
        if wrong.count >= WRONG {
            return Err(TooMany { wait: INTERVAL });
        }
        let found = sent.and_then(|sent| sent.0.iter().find_map(|text| callers.by_key(text.as_bytes())));
        if found.is_none() {
            wrong.count = wrong.count.saturating_add(1);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn passwords(header: &str) -> Vec<String> {
        SentSecret::basic(&header.parse().unwrap()).map(|sent| sent.0).unwrap_or_default()
    }

    #[test]
    fn the_password_of_basic_is_read_as_it_is_and_as_a_form_has_it() {
        assert_eq!(passwords("Basic YW55OmElMkJi"), ["a%2Bb", "a+b"]);
        assert_eq!(passwords("basic YW55OmE6Yg=="), ["a:b", "a:b"]);
        assert_eq!(passwords("Basic OmErYg=="), ["a+b", "a b"]);
        for wrong in ["Bearer YW55OmE6Yg==", "Basic", "Basic !", "Basic YW55", "Basic /////w=="] {
            assert!(passwords(wrong).is_empty(), "{wrong}");
        }
        assert_eq!(format!("{:?}", SentSecret::plain("a")), "SentSecret(hidden)");
    }

    #[test]
    fn after_so_many_wrong_ones_none_is_looked_at_for_a_while() {
        let (attempts, callers) =
            (Attempts::default(), Callers { known: Vec::new(), shared_key: None, insecure_no_key: false });
        let wrong = SentSecret::plain("wrong");
        let ask = |seconds| attempts.identify(&callers, Some(&wrong), NOW.plus(Duration::from_secs(seconds)));
        assert!((0..WRONG).all(|_| ask(0).is_ok()));
        assert_eq!(ask(2).err(), Some(TooMany { wait: INTERVAL }));
        assert!(ask(3).is_ok() && ask(3).is_err());
        assert!((0..WRONG).all(|_| ask(3_600).is_ok()) && ask(3_600).is_err());
        // A clock that is put back gives no attempt more.
        assert!(ask(0).is_err() && ask(3).is_ok());
    }
}
