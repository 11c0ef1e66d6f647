//! The client's keys as the authority lists them.

use super::self_service::{RegisteredKey, SelfService};
use crate::client::Client;
use crate::error::Error;

impl Client {
    /// The keys that are registered for this client, and when each expires. Asks the self-service API with a token of its own,
    /// so the client needs the scope `nhn:selvbetjening/client`.
    pub async fn registered_keys(&self) -> Result<Vec<RegisteredKey>, Error> {
        SelfService::of(self)?.list().await
    }

    /// The name of the key that signs from now on, by which one can see that it was replaced: its thumbprint (RFC 7638), or
    /// algorithm and `kid` of a key outside this process. A key file that has changed is read again, at most once a second.
    #[must_use]
    pub fn key_name(&self) -> String {
        let parts = self.engine().authority.parts();
        parts.signers.current(parts.clock.now()).name.to_string()
    }
}
