//! The end of the key that signs now, told in time.

use std::time::Duration;

use helseid_protocol::time::Timestamp;

use super::failed;
use super::self_service::SelfService;
use crate::{Client, Error, telemetry};

impl Client {
    /// Asks the self-service API until when the authority takes the key that signs now; nothing if it does not expire. If
    /// that is less than `notice` away, a warning goes to `tracing`; the time itself is a metric, too. Call it once a day
    /// or so: the client does not ask by itself. Takes the scope `nhn:selvbetjening/client`.
    ///
    /// # Errors
    /// Also when the authority does not list the key, which then cannot be the one that it takes.
    pub async fn check_key_expiry(&self, notice: Duration) -> Result<Option<Timestamp>, Error> {
        let now = self.0.clock.now();
        let own = self.0.signers.current(now);
        let kid = own.signer.key_id();
        let keys = SelfService::of(self)?.list().await?;
        let listed = keys.iter().find(|key| {
            key.thumbprint.as_deref() == Some(&*own.name)
                || (key.key_id.is_some() && key.key_id.as_deref() == kid.as_ref().map(|kid| kid.as_str()))
        });
        let Some(key) = listed else {
            let what = "the key's end is not known";
            return Err(failed(
                what,
                "the authority does not list the key that signs",
                "register it, or see key_file",
            ));
        };
        if let Some(expires) = key.expires {
            telemetry::key_expiry(expires);
            if expires <= now.plus(notice) {
                let days = expires.since(now).as_secs() / 86_400;
                tracing::warn!(days, expires = expires.rfc3339(), "the client's key ends soon: rotate it");
            }
        }
        Ok(key.expires)
    }
}
