//! A new key in the place of the old one, as a transaction that survives the end of the process at any point.
//!
//! | step | what is on the disk then | after a crash here |
//! | --- | --- | --- |
//! | a new key is written to `KEY.new` | old key, new key | the self-service API is asked whether it has the new key |
//! | its public half is registered | the same | the same: it has it, and the next step follows |
//! | a token is got with the new key | the same | the same |
//! | the old key is copied to `KEY.retired` | and the copy | the same |
//! | `KEY.new` takes the place of `KEY`, at once | new key, copy of the old | nothing is left to do |
//!
//! At every moment the key file holds one whole key that the authority takes. The old key stays registered until it
//! expires there. `KEY.rotation` says, for people, how far it came. Where `KEY` is a link, all this happens where it leads, and
//! the link stays. Public halves beside the key (`m2m_public.json`, `m2m_jwks.json`) follow.

mod expiry;
mod files;
mod public;
mod registered;
mod self_service;

use std::path::PathBuf;

use helseid_protocol::id::{KeyId, Thumbprint};
use helseid_protocol::jose::{PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::time::Timestamp;

use crate::client::Client;
use crate::error::{self, Error};
use crate::{KeyLocation, TokenRequest};
use files::KeyFiles;
pub use self_service::RegisteredKey;
use self_service::SelfService;

/// The rotation of one client's key. Only JWK files, and NHN's configuration file, can be rotated: of other sources nobody
/// knows how to write them.
#[derive(Debug)]
pub struct Rotation {
    client: Client,
    files: KeyFiles,
    self_service: SelfService,
}

/// A key that was rotated.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rotated {
    /// The new key's `kid`.
    pub key_id: Option<KeyId>,
    /// The new key's thumbprint (RFC 7638).
    pub thumbprint: Thumbprint,
    /// Until when the authority takes it, if it says so.
    pub expires: Option<Timestamp>,
    /// Whether a rotation that had been broken off was brought to its end.
    pub resumed: bool,
    /// Where the old key is kept.
    pub retired: PathBuf,
}

impl Rotation {
    /// Prepares it: the key must be in a file that can be written. Changes nothing yet.
    pub fn new(client: &Client) -> Result<Self, Error> {
        let KeyLocation::File(path) = &client.config().key else {
            let why = "the key is not in a file";
            return Err(failed("the key cannot be rotated", why, "name the key's file with key_file"));
        };
        Ok(Self {
            files: KeyFiles::new(path.clone())?,
            self_service: SelfService::of(client)?,
            client: client.clone(),
        })
    }

    /// Whether a rotation was broken off, which [`Rotation::run`] would bring to its end.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.files.new_key().is_ok_and(|key| key.is_some())
    }

    /// The client's keys as the authority has them.
    pub async fn registered(&self) -> Result<Vec<RegisteredKey>, Error> {
        self.self_service.list().await
    }

    /// The key that signs now, as the authority has it: its expiry above all. None if the authority does not list it.
    pub async fn current(&self) -> Result<Option<RegisteredKey>, Error> {
        let own = self.files.current()?.public().thumbprint();
        Ok(self.registered().await?.into_iter().find(|key| key.is(&own)))
    }

    /// Rotates the key, or brings a rotation to its end that was broken off. Then the client uses the new key, without a
    /// restart and without a failed call.
    ///
    /// Only one rotation at a time runs in a folder, on systems that have file locks; a second one is refused.
    pub async fn run(&self) -> Result<Rotated, Error> {
        let _alone = self.files.lock()?;
        let resumed = self.is_under_way();
        let new = match self.files.new_key()? {
            Some(key) => key,
            None => {
                let made = self.generate().await?;
                self.files.write_new(&made)?;
                made
            }
        };
        let thumbprint = new.public().thumbprint();
        self.files.note("generated", &thumbprint);
        let known = self.registered().await?.into_iter().find(|key| key.is(&thumbprint));
        let expires = match known {
            Some(key) => key.expires,
            None => self.self_service.add(&new).await?,
        };
        self.files.note("registered", &thumbprint);
        self.prove(&new).await?;
        self.files.note("proven", &thumbprint);
        let retired = self.files.swap(&new)?;
        self.files.forget_note();
        tracing::info!(%thumbprint, resumed, "the key was rotated");
        Ok(Rotated { key_id: new.public().key_id().cloned(), thumbprint, expires, resumed, retired })
    }

    /// A key of the old one's algorithm, named by its thumbprint; RSA with 4096 bits, as NHN's own tools make them.
    async fn generate(&self) -> Result<PrivateJwk, Error> {
        let old = self.files.current()?;
        let algorithm =
            SigningKey::new(&old).map_err(|why| failed("the key cannot be used", why, "see key_file"))?;
        let algorithm = algorithm.algorithm();
        // An RSA key takes seconds.
        let made = tokio::task::spawn_blocking(move || {
            let key = PrivateJwk::generate(algorithm, RsaSize::Bits4096, None);
            match KeyId::parse(key.public().thumbprint().as_str()) {
                Ok(name) => key.map_public(|public| public.with_key_id(name)),
                Err(_) => key,
            }
        });
        made.await.map_err(|why| failed("no new key was made", why, "try again"))
    }

    /// Gets a token with the new key before the old one goes.
    async fn prove(&self, new: &PrivateJwk) -> Result<(), Error> {
        let proven = self.client.with_key(KeyLocation::Text(new.to_json()))?;
        let request = TokenRequest::default().scope(self_service::scope()?);
        proven.token_for(&request).await.map(drop).map_err(|error| {
            let why = format!("the authority gave no token for it: {}", error.why());
            failed("the new key is not used", why, "try again; the old key is still in its place")
        })
    }
}

fn failed(what: impl ToString, why: impl ToString, next: impl ToString) -> Error {
    error::Inner::Rotation { what: what.to_string(), why: why.to_string(), next: next.to_string() }.into()
}
