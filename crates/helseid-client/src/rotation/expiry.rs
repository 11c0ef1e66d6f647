//! Warns before the client's key expires.

use std::time::Duration;

use helseid_protocol::time::Timestamp;

use super::failed::failed;
use super::self_service::{RegisteredKey, SelfService};
use crate::client::Client;
use crate::error::Error;
use crate::telemetry;

impl Client {
    /// Asks the self-service API when the client's present key expires; nothing if it does not. If that is less than `notice`
    /// away, a warning is logged with `tracing`; the time is also a metric. Call it about once a day: the client does not ask by
    /// itself. Requires the scope `nhn:selvbetjening/client`.
    ///
    /// # Errors
    /// Fails also when the authority does not list the key.
    pub async fn check_key_expiry(&self, notice: Duration) -> Result<Option<Timestamp>, Error> {
        let parts = self.engine().authority.parts();
        let now = parts.clock.now();
        let own = parts.signers.current(now);
        let kid = own.signer.key_id();
        let keys = SelfService::of(self)?.list().await?;
        let Some(key) = RegisteredKey::find(&keys, &own.name, kid.as_ref().map(|kid| kid.as_str())) else {
            let what = "it is not known when the key expires";
            return Err(failed(
                what,
                "the authority does not list the present key",
                "register it, or see key_file",
            ));
        };
        if let Some(expires) = key.expires {
            telemetry::key_expiry(expires);
            let date = expires.rfc3339();
            if expires <= now {
                tracing::warn!(expires = date, "the client's key has expired: register another one");
            } else if expires <= now.plus(notice) {
                let days = expires.since(now).as_secs() / 86_400;
                tracing::warn!(days, expires = date, "the client's key expires soon: rotate it");
            }
        }
        Ok(key.expires)
    }
}
