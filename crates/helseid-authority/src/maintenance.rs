//! What can be done to a data folder from outside: while an authority uses it, or while none does.

use std::path::Path;
use std::time::Duration;

use helseid_admin_api::SigningKeyEntry;
use helseid_protocol::jose::Algorithm;

use crate::assemble::{Authority, open};
use crate::config::Config;
use crate::keys::{self, KeyKind, SigningKeys};
use crate::registry::registration::{NotRegistered, Seed, SeedStep, plan_seed};
use crate::registry::{Registry, Waits};
use crate::storage::registry::{Sqlite, StoreError};

impl Authority {
    /// Copies the registry of a data folder into a new file, whole and at one moment, whether an authority uses the folder
    /// or not. The copy holds the signing keys: it is as secret as the folder. To restore, put it into an empty data
    /// folder as `registry.sqlite`.
    ///
    /// Used assertions and proofs are not in it: for the minute in which they could come back, they would be taken again.
    pub async fn backup(data_dir: &Path, into: &Path) -> Result<(), StoreError> {
        Sqlite::backup(data_dir, into).await
    }

    /// Makes a new signing key in the folder of an authority that does not run; with [`Config::algorithm`], else with that of
    /// the newest key.
    pub async fn rotate_keys(config: Config, lead: Duration) -> Result<Vec<SigningKeyEntry>, StoreError> {
        let (_folder, store) = open(&config).await?;
        let (registry, now) = (Registry::load(store.clone(), Waits::ForIt).await?.now(), config.clock.now());
        let longest = registry.longest_lifetime() + config.tolerance;
        let newest = keys::algorithms(&*store).await?.first().copied();
        let algorithm = config.algorithm.or(newest).unwrap_or(Algorithm::RS256);
        let kind = KeyKind { algorithm, rsa: config.rsa_size };
        let keys = SigningKeys::load(store.clone(), kind).await?;
        keys.make_missing(now);
        // A folder that never had a key gets its first one by this.
        let _ = keys.wait().await;
        store.make_durable().await?;
        Ok(keys.rotate(lead, longest, now).await?.entries(algorithm, now))
    }

    /// What [`crate::Running::apply_seed`] would do to the registry of this folder; nothing is changed. Without a folder,
    /// or with one that holds nothing yet, everything would be added.
    pub async fn plan_seed(config: Config, seed: Seed, prune: bool) -> Result<Vec<SeedStep>, NotRegistered> {
        let in_folder =
            || config.data_dir.as_ref().is_some_and(|folder| folder.join("registry.sqlite").is_file());
        let there = config.shared.is_some() || in_folder();
        let config = if there { config } else { Config { data_dir: None, ..config } };
        let (_folder, store) = open(&config).await?;
        let (registry, now) = (Registry::load(store.clone(), Waits::ForIt).await?, config.clock.now());
        if !there {
            crate::registry::bootstrap::fill(&registry, &*store, now).await?;
        }
        Ok(plan_seed(&registry.now(), seed, prune, &config.registration(), now)?.steps)
    }
}
