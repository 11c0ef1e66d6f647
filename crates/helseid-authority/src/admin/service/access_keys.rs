//! Keys for the stand-ins for NHN's services: made, listed, removed. A key is told once; the store has its hash.

use helseid_admin_api::{AccessKeyEntry, MadeAccessKey, NewAccessKey};
use helseid_protocol::jose::base64url;
use helseid_protocol::random::{bytes32, hexadecimal};
use helseid_protocol::visible::is_hidden;

use super::broken;
use super::error::ServiceError;
use super::registry::RegistryAdmin;
use crate::domain::change::{Change, Kind};
use crate::domain::model::AccessKey;
use crate::registry::access_keys::hash;
use crate::registry::registration::Reason;

/// The most access keys.
const MAX: usize = 100;

impl RegistryAdmin {
    pub(crate) fn access_keys(&self) -> Vec<AccessKeyEntry> {
        self.snapshot().access_keys.values().map(|key| key.entry.clone()).collect()
    }

    pub(crate) async fn make_access_key(&self, wanted: NewAccessKey) -> Result<MadeAccessKey, ServiceError> {
        if wanted.name.trim().is_empty() || wanted.name.len() > 200 || wanted.name.chars().any(is_hidden) {
            let detail = "expected 1 to 200 visible characters";
            return Err(ServiceError::invalid("the key's name is invalid", detail, "give another name"));
        }
        if self.snapshot().access_keys.len() >= MAX {
            let detail = format!("there are {MAX} already");
            let next = "remove those that are no longer used";
            return Err(ServiceError::new(Reason::Conflict, "there are too many access keys", detail, next));
        }
        let made = self.made(wanted);
        let key = AccessKey { entry: made.entry.clone(), hash: hash(&made.key) };
        self.apply(Change::PutAccessKey(key)).await?;
        Ok(made)
    }

    pub(crate) async fn remove_access_key(&self, id: String) -> Result<(), ServiceError> {
        let registry = self.snapshot();
        let removal = match broken::removal(&registry, Kind::AccessKey, &id) {
            Some(removal) => removal,
            None if registry.access_keys.contains_key(&id) => Change::RemoveAccessKey(id),
            None => return Err(ServiceError::unknown("access key", id)),
        };
        self.apply(removal).await
    }

    fn made(&self, wanted: NewAccessKey) -> MadeAccessKey {
        let entry = AccessKeyEntry {
            id: hexadecimal(&*self.random),
            purpose: wanted.purpose,
            name: wanted.name.trim().to_owned(),
            created: self.clock.now(),
        };
        MadeAccessKey { entry, key: base64url::encode(&bytes32(&*self.random)) }
    }
}
