//! Tokens kept between calls, by choice: one file for its owner alone, with the key that the tokens are bound to.
//!
//! The file opens what its tokens open, until they expire; so it is as secret as they are. A token in it is of use with
//! the key beside it alone, and is sealed for its place, as the client library does for every shared store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use helseid_client::{SharedKey, SharedStore, StoreError, Stored};
use helseid_http::system_clock;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, base64url};
use helseid_protocol::random::{SystemRandom, bytes32};
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::files::{self, Existing, Readers};

/// The most tokens that are kept; beyond that the ones that end first go.
const MOST: usize = 100;

/// A cache that is open.
pub(crate) struct TokenCache {
    file: PathBuf,
    pub(crate) proof_key: PrivateJwk,
    pub(crate) sealing: SharedKey,
}

/// As the file holds it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    proof_key: serde_json::Value,
    sealing_key: String,
    tokens: BTreeMap<String, Kept>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    sealed: String,
    until: Timestamp,
}

impl TokenCache {
    /// Opens the file; makes it with a new key if it is not there.
    pub(crate) fn open(file: &Path) -> Result<Self, Failure> {
        if !file.exists() {
            make(file)?;
        }
        helseid_files::require_private(file).map_err(|why| {
            let next = format!("remove it, or {}", why.fix().unwrap_or("check its name"));
            Failure::new(format_args!("the token cache {} is not used", file.display()), why.why(), next)
        })?;
        let unusable = |why: String| {
            let what = format!("the token cache {} cannot be used", file.display());
            Failure::new(what, why, "remove it: new tokens will be requested")
        };
        let content = read(file).map_err(unusable)?;
        let key = Zeroizing::new(content.proof_key.to_string());
        let proof_key = PrivateJwk::read(key.as_bytes()).map_err(|why| unusable(why.to_string()))?;
        let sealing = SharedKey::parse(&content.sealing_key).map_err(|why| unusable(why.to_string()))?;
        Ok(Self { file: file.to_owned(), proof_key, sealing })
    }

    fn find(&self, place: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let content = read(&self.file).map_err(StoreError::new)?;
        let kept = content.tokens.get(place).filter(|kept| kept.until > system_clock());
        Ok(kept.and_then(|kept| base64url::decode(&kept.sealed).ok()))
    }

    fn keep(&self, place: &str, sealed: &[u8], lifetime: Duration) -> Result<(), StoreError> {
        let mut content = read(&self.file).map_err(StoreError::new)?;
        let now = system_clock();
        content.tokens.retain(|_, kept| kept.until > now);
        let kept = Kept { sealed: base64url::encode(sealed), until: now.plus(lifetime) };
        content.tokens.insert(place.to_owned(), kept);
        while content.tokens.len() > MOST {
            let first =
                content.tokens.iter().min_by_key(|(_, kept)| kept.until).map(|(place, _)| place.clone());
            first.and_then(|place| content.tokens.remove(&place));
        }
        write(&self.file, &content).map_err(|failure| StoreError::new(failure.parts().join(": ")))
    }
}

impl SharedStore for TokenCache {
    fn get<'a>(&'a self, place: &'a str) -> Stored<'a, Option<Vec<u8>>> {
        Box::pin(std::future::ready(self.find(place)))
    }

    fn put<'a>(&'a self, place: &'a str, sealed: Vec<u8>, lifetime: Duration) -> Stored<'a, ()> {
        Box::pin(std::future::ready(self.keep(place, &sealed, lifetime)))
    }
}

fn make(file: &Path) -> Result<(), Failure> {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None).to_json();
    let proof_key = serde_json::from_str(key.expose())
        .map_err(|why| Failure::new("the token cache cannot be made", why, "report this as a bug"))?;
    let sealing_key = base64url::encode(&bytes32(&SystemRandom));
    write(file, &Content { proof_key, sealing_key, tokens: BTreeMap::new() })
}

fn read(file: &Path) -> Result<Content, String> {
    let content =
        Zeroizing::new(files::read_up_to(file, 16 * 1024 * 1024).map_err(|why| why.parts().join(": "))?);
    serde_json::from_slice(&content).map_err(|why| format!("it is not a token cache: {why}"))
}

fn write(file: &Path, content: &Content) -> Result<(), Failure> {
    let text = serde_json::to_vec(content).map_err(|why| files::unwritable(file, &why))?;
    files::write(file, &Zeroizing::new(text), Readers::Owner, Existing::Replace)
}
