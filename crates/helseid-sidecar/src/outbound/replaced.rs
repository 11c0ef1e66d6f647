//! How often an API's answers may have a token replaced.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use helseid_client::TokenRequest;
use helseid_protocol::time::Timestamp;

/// How often the token of one wish may be.
const EVERY: Duration = Duration::from_secs(30);

/// How often one of all wishes on behalf of others may be, and of those in the client's own name.
const EACH: Duration = Duration::from_secs(1);

/// When tokens were replaced: the refusals of one person's token keep neither the client's own nor those of others from being
/// replaced.
#[derive(Default)]
pub(super) struct Replaced(Mutex<[OfKind; 2]>);

/// Of those in the client's own name, or of the others.
#[derive(Default)]
struct OfKind {
    /// Those of the last 30 s.
    wishes: HashMap<TokenRequest, Timestamp>,
    last: Option<Timestamp>,
}

impl Replaced {
    /// Whether the token of this wish may be replaced now; if so, it may not be for 30 s.
    pub(super) fn may(&self, wish: &TokenRequest, now: Timestamp) -> bool {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [own, exchanged] = &mut *both;
        let kind = if wish.is_exchange() { exchanged } else { own };
        kind.wishes.retain(|_, at| at.plus(EVERY).is_pending(EVERY, now));
        if kind.last.is_some_and(|at| at.plus(EACH).is_pending(EACH, now)) || kind.wishes.contains_key(wish) {
            return false;
        }
        kind.last = Some(now);
        kind.wishes.insert(wish.clone(), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use helseid_protocol::secret::AccessToken;

    use super::*;

    #[test]
    fn the_refusals_of_one_persons_token_leave_those_of_others_to_be_replaced() {
        let at = |seconds: i64| Timestamp::from_seconds(1_790_000_000 + seconds);
        let of = |token: &str| TokenRequest::default().exchanging(AccessToken::new(token));
        let (own, replaced) = (TokenRequest::default(), Replaced::default());
        for (wish, seconds, may) in [
            (of("locked"), 0, true),
            (own.clone(), 0, true),
            (of("another"), 0, false),
            (of("another"), 1, true),
            (of("locked"), 2, false),
            (own.clone(), 29, false),
            (of("locked"), 30, true),
            (own, 30, true),
            (of("locked"), -3_600, true),
        ] {
            assert_eq!(replaced.may(&wish, at(seconds)), may, "{wish:?} {seconds}");
        }
        assert!(replaced.0.lock().unwrap()[1].wishes.len() <= 31);
    }
}
