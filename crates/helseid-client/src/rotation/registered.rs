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
}
