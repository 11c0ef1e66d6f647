//! A client's keys as its authority has them.

use super::self_service::{RegisteredKey, SelfService};
use crate::{Client, Error};

impl Client {
    /// This client's keys as the authority has them, and until when it takes each. Asks the self-service API with a token
    /// of its own, so the client must have the scope `nhn:selvbetjening/client`.
    pub async fn registered_keys(&self) -> Result<Vec<RegisteredKey>, Error> {
        SelfService::of(self)?.list().await
    }
}
