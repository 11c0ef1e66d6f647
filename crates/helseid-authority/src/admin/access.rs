//! The admin token and the file that holds it, and the origins under which the admin is called.

use std::sync::Arc;

use helseid_admin_api::{AdminFile, FILE_NAME};
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::{base64url, crypto};
use helseid_protocol::random::{Random, bytes32};

use super::mount::AdminMount;
use crate::storage::registry::{Folder, Store, StoreError};
use crate::web::origin::AllowedOrigins;

/// What the admin token is compared with, and the origins under which we are called.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// Of each token that is taken.
    token_hashes: Vec<[u8; 32]>,
    pub(crate) origins: Arc<AllowedOrigins>,
}

/// The setting with the token's hash.
const SETTING: &str = "admin_token_sha256";

impl Access {
    /// Takes the token of the file in the data folder, or makes a new one and writes it there. The store has its hash.
    pub(crate) async fn start(
        store: &dyn Store,
        folder: Option<&Folder>,
        issuer: &Issuer,
        mount: &AdminMount,
        random: &dyn Random,
    ) -> Result<(Self, String), StoreError> {
        let kept = store.setting(SETTING).await?;
        let file = folder.and_then(|folder| std::fs::read(folder.file(FILE_NAME)).ok());
        let file: Option<AdminFile> = file.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let known = file.filter(|file| kept.as_deref() == Some(hash(&file.token).as_str()));
        let token = match known {
            Some(file)
                if file.issuer == *issuer
                    && file.address.as_ref() == mount.own_address()
                    && file.local.as_ref() == mount.local_address() =>
            {
                file.token
            }
            other => {
                let token = other.map_or_else(|| base64url::encode(&bytes32(random)), |file| file.token);
                store.put_setting(SETTING, &hash(&token)).await?;
                if let Some(folder) = folder {
                    write(folder, issuer, mount, &token)?;
                }
                token
            }
        };
        Ok((Self::of(std::slice::from_ref(&token), issuer, mount), token))
    }

    /// Takes these tokens, which all replicas know, and writes the first into the file in the data folder.
    pub(crate) fn of_replica(
        tokens: Vec<String>,
        folder: Option<&Folder>,
        issuer: &Issuer,
        mount: &AdminMount,
    ) -> Result<(Self, String), StoreError> {
        let access = Self::of(&tokens, issuer, mount);
        let own = tokens.into_iter().next().unwrap_or_default();
        if let Some(folder) = folder {
            write(folder, issuer, mount, &own)?;
        }
        Ok((access, own))
    }

    fn of(tokens: &[String], issuer: &Issuer, mount: &AdminMount) -> Self {
        let token_hashes = tokens.iter().map(|token| crypto::sha256(token.as_bytes())).collect();
        let addresses = [Some(issuer), mount.own_address(), mount.local_address()];
        let origins = Arc::new(AllowedOrigins::of(addresses.into_iter().flatten()));
        Self { token_hashes, origins }
    }

    /// Whether this is an admin token.
    pub(super) fn takes(&self, token: &str) -> bool {
        let hash = crypto::sha256(token.as_bytes());
        self.token_hashes.iter().any(|known| crypto::equal(&hash, known))
    }
}

fn write(folder: &Folder, issuer: &Issuer, mount: &AdminMount, token: &str) -> Result<(), StoreError> {
    let text = serde_json::to_vec_pretty(&file(issuer, mount, token))
        .map_err(|why| StoreError::Unreadable { what: "admin token", why: why.to_string() })?;
    folder.write(FILE_NAME, &text)
}

fn file(issuer: &Issuer, mount: &AdminMount, token: &str) -> AdminFile {
    let (address, local) = (mount.own_address().cloned(), mount.local_address().cloned());
    AdminFile { issuer: issuer.clone(), token: token.to_owned(), address, local }
}

fn hash(token: &str) -> String {
    base64url::encode(&crypto::sha256(token.as_bytes()))
}
