//! The admin token and the file that holds it, and the origins under which the admin is called.

use std::path::Path;
use std::sync::Arc;

use helseid_admin_api::{AdminFile, FILE_NAME};
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::{base64url, crypto};
use helseid_protocol::random::{Random, bytes32};

use super::mount::AdminMount;
use crate::storage::registry::{Folder, Store, StoreError};
use crate::web::origin::AllowedOrigins;

/// Where the command line finds the admin API.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdminAddress<'a> {
    pub(crate) issuer: &'a Issuer,
    pub(crate) mount: &'a AdminMount,
    /// The CA of the certificate that it is served with, beside the file with the token.
    pub(crate) ca_file: Option<&'a str>,
}

impl AdminAddress<'_> {
    fn file(self, token: &str) -> AdminFile {
        AdminFile {
            issuer: self.issuer.clone(),
            token: token.to_owned(),
            address: self.mount.own_address().cloned(),
            local: self.mount.local_address().cloned(),
            ca_file: self.ca_file.map(Into::into),
        }
    }
}

/// What the admin token is compared with, and the origins under which we are called.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// Of each token that is taken.
    token_hashes: Vec<[u8; 32]>,
    pub(crate) origins: Arc<AllowedOrigins>,
}

/// The admin token of an authority that starts.
pub(crate) struct AdminToken {
    pub(crate) token: String,
    /// What its file in the data folder is to hold, unless it holds that already.
    file: Option<Vec<u8>>,
}

impl AdminToken {
    /// Writes the file, where there is a data folder and the file is not there as it should be.
    pub(crate) async fn write(&self, folder: Option<&Folder>) -> Result<(), StoreError> {
        match (folder, &self.file) {
            (Some(folder), Some(file)) => folder.write(FILE_NAME, file.clone()).await,
            _ => Ok(()),
        }
    }
}

/// The setting with the token's hash.
const SETTING: &str = "admin_token_sha256";

impl Access {
    /// Takes the token of the file in the data folder, or makes a new one, which is to be written there. The store has its hash.
    pub(crate) async fn start(
        store: &dyn Store,
        folder: Option<&Folder>,
        address: AdminAddress<'_>,
        random: &dyn Random,
    ) -> Result<(Self, AdminToken), StoreError> {
        let kept = store.setting(SETTING).await?;
        let file = folder.and_then(|folder| std::fs::read(folder.file(FILE_NAME)).ok());
        let file: Option<AdminFile> = file.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let known = file.filter(|file| kept.as_deref() == Some(hash(&file.token).as_str()));
        let token = match known {
            Some(file)
                if file.issuer == *address.issuer
                    && file.address.as_ref() == address.mount.own_address()
                    && file.local.as_ref() == address.mount.local_address()
                    && file.ca_file.as_deref() == address.ca_file.map(Path::new) =>
            {
                AdminToken { token: file.token, file: None }
            }
            other => {
                let token = other.map_or_else(|| base64url::encode(&bytes32(random)), |file| file.token);
                let hash = hash(&token);
                if kept.as_deref() != Some(hash.as_str()) {
                    store.put_setting(SETTING, &hash).await?;
                }
                to_be_written(address, token)?
            }
        };
        Ok((Self::of(std::slice::from_ref(&token.token), address), token))
    }

    /// Takes these tokens, which all replicas know; the first is to be written into the file in the data folder.
    pub(crate) fn of_replica(
        tokens: Vec<String>,
        address: AdminAddress<'_>,
    ) -> Result<(Self, AdminToken), StoreError> {
        let access = Self::of(&tokens, address);
        let own = tokens.into_iter().next().unwrap_or_default();
        Ok((access, to_be_written(address, own)?))
    }

    fn of(tokens: &[String], AdminAddress { issuer, mount, .. }: AdminAddress<'_>) -> Self {
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

fn to_be_written(address: AdminAddress<'_>, token: String) -> Result<AdminToken, StoreError> {
    let file = serde_json::to_vec_pretty(&address.file(&token))
        .map_err(|why| StoreError::Unreadable { what: "admin token", why: why.to_string() })?;
    Ok(AdminToken { token, file: Some(file) })
}

fn hash(token: &str) -> String {
    base64url::encode(&crypto::sha256(token.as_bytes()))
}
