//! Opens the stores, and reads the secrets that they hold.

use std::sync::Arc;

use helseid_protocol::dpop::NonceKey;
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::random::{Random, bytes32};

use crate::config::{Config, Error};
use crate::oauth::IssuerSecrets;
use crate::storage::DurableStore;
use crate::storage::ephemeral::{EphemeralStore, Memory};
use crate::storage::registry::{Folder, Sqlite, Store, StoreError, setting_once};
use crate::storage::sessions::{MemorySessions, SessionStore};

/// The data folder and the registry's store, which is in the folder unless replicas share one; in memory if there is
/// neither.
pub(crate) async fn open(config: &Config) -> Result<(Option<Folder>, Arc<dyn DurableStore>), StoreError> {
    let folder = config.data_dir.as_deref().map(Folder::open).transpose()?;
    let store: Arc<dyn DurableStore> = match (&config.shared, &folder) {
        (Some(shared), _) => shared.open_durable().await?,
        (None, Some(folder)) => Arc::new(Sqlite::open(folder, config.max_store_bytes).await?),
        (None, None) => Arc::new(Sqlite::in_memory().await?),
    };
    Ok((folder, store))
}

/// Where sessions and refresh families are: with the registry, or in memory where that is, too.
pub(super) fn sessions(config: &Config, store: &Arc<dyn DurableStore>) -> Arc<dyn SessionStore> {
    match (&config.shared, &config.data_dir) {
        (None, None) => Arc::new(MemorySessions::default()),
        _ => store.clone(),
    }
}

/// The ephemeral store: in Redis for replicas, else in memory with a file in the folder.
pub(super) async fn open_ephemeral(
    config: &Config,
    folder: Option<&Folder>,
    store: &Arc<dyn DurableStore>,
) -> Result<Arc<dyn EphemeralStore>, Error> {
    Ok(match (&config.shared, folder) {
        (Some(shared), _) => {
            let opened = shared.open_ephemeral(store.clone(), config.clock.clone(), config.tolerance).await;
            opened.map_err(Error::Redis)?
        }
        (None, Some(folder)) => Arc::new(Memory::open(&folder.file("used"), config.clock.now())?),
        (None, None) => Arc::new(Memory::default()),
    })
}

/// The secrets of the authority's own issuer: nonces are shared by replicas, and else are of one process.
pub(super) async fn secrets(config: &Config, store: &dyn Store) -> Result<IssuerSecrets, StoreError> {
    let nonces = match &config.shared {
        Some(shared) => shared.nonce_key(),
        None => NonceKey::new(&bytes32(&*config.random)),
    };
    Ok(IssuerSecrets { ids: Arc::new(replay_key(store, &*config.random).await?), nonces })
}

/// The key under which ids are kept. It is the same at every start and for every replica over one store, so that ids in the
/// file and in Redis keep their meaning.
async fn replay_key(store: &dyn Store, random: &dyn Random) -> Result<MacKey, StoreError> {
    const NAME: &str = "replay_key";
    let kept = setting_once(store, NAME, base64url::encode(&bytes32(random))).await?;
    let bad =
        || StoreError::Unreadable { what: "key of used assertions", why: "it is not 32 bytes".to_owned() };
    let bytes = base64url::decode(&kept).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.map(|bytes| MacKey::new(&bytes)).ok_or_else(bad)
}
