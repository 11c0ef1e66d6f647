//! When the keys of clients expire, as the authority says once a day.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use helseid_client::Client;
use helseid_protocol::time::Timestamp;

use crate::metrics::Metrics;

/// How long before its end a key is warned of.
const NOTICE: Duration = Duration::from_secs(30 * 24 * 3600);

/// When the authority is asked again: the next day, and soon if it did not say.
const A_DAY: Duration = Duration::from_secs(24 * 3600);
const SOON: Duration = Duration::from_secs(600);

/// The accounts that may ask, each with a client of its own, and when each is asked about next.
pub(super) struct KeyExpiries {
    accounts: BTreeMap<String, Client>,
    next: Arc<Mutex<HashMap<String, Timestamp>>>,
    metrics: Arc<Metrics>,
}

impl KeyExpiries {
    pub(super) fn new(accounts: BTreeMap<String, Client>, metrics: Arc<Metrics>) -> Self {
        Self { accounts, next: Arc::default(), metrics }
    }

    /// Asks about the keys where that is due, each in a task of its own.
    pub(super) fn check(&self) {
        for (account, client) in &self.accounts {
            self.check_one(account, client);
        }
    }

    fn check_one(&self, account: &str, client: &Client) {
        let now = client.clock().now();
        {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            if next.get(account).is_some_and(|at| at.is_pending(A_DAY, now)) {
                return;
            }
            next.insert(account.to_owned(), now.plus(SOON));
        }
        let (account, client, next) = (account.to_owned(), client.clone(), self.next.clone());
        let metrics = self.metrics.clone();
        tokio::spawn(async move {
            match client.check_key_expiry(NOTICE).await {
                Ok(expires) => {
                    metrics.key_expires(&account, expires);
                    next.lock().unwrap_or_else(PoisonError::into_inner).insert(account, now.plus(A_DAY));
                }
                Err(error) => {
                    let (what, why) = (error.what(), error.why());
                    tracing::warn!(account, what, why, "it is not known when the key expires");
                }
            }
        });
    }
}
