//! The steps of a rotation.

use std::path::PathBuf;
use std::time::Duration;

use helseid_protocol::id::{KeyId, Thumbprint};
use helseid_protocol::jose::{PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::time::Timestamp;

use super::failed::failed;
use super::files::{KeyFiles, Locked};
use super::self_service::{self, RegisteredKey, SelfService};
use crate::client::Client;
use crate::config::KeyLocation;
use crate::error::Error;
use crate::tokens::TokenRequest;

/// How long after a rotation no other is due.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// The rotation of one client's key. Only keys in JWK files and in NHN's configuration file can be rotated.
///
/// ```no_run
/// # async fn example(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use helseid_client::Rotation;
///
/// // Once a day: two weeks before the key expires, there is a new one.
/// let two_weeks = Duration::from_secs(14 * 24 * 3600);
/// if let Some(rotated) = Rotation::new(&client)?.run_if_due(two_weeks).await? {
///     println!("the new key expires {:?}", rotated.expires);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Rotation {
    client: Client,
    files: KeyFiles,
    self_service: SelfService,
}

/// The result of a rotation.
///
/// ```no_run
/// # async fn example(rotation: helseid_client::Rotation) -> Result<(), Box<dyn std::error::Error>> {
/// let rotated = rotation.run().await?;
/// println!("the new key is {}, good until {:?}", rotated.thumbprint, rotated.expires);
/// std::fs::remove_file(&rotated.retired)?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rotated {
    /// The new key's `kid`.
    pub key_id: Option<KeyId>,
    /// The new key's thumbprint (RFC 7638).
    pub thumbprint: Thumbprint,
    /// When it expires at the authority, if it does.
    pub expires: Option<Timestamp>,
    /// Whether an unfinished rotation was completed.
    pub resumed: bool,
    /// The file with the old key.
    pub retired: PathBuf,
}

/// Why a rotation is due.
enum Due {
    /// Another was not completed.
    Unfinished,
    /// This key ends soon.
    Ends(Thumbprint),
}

impl Rotation {
    /// Prepares a rotation: the key must be in a file of this user, in a format that can be rewritten. Changes nothing yet.
    pub fn new(client: &Client) -> Result<Self, Error> {
        let KeyLocation::File(path) = &client.config().key else {
            let why = "the key is not in a file";
            return Err(failed("the key cannot be rotated", why, "set key_file to the file of the key"));
        };
        Ok(Self {
            files: KeyFiles::new(path.clone())?,
            self_service: SelfService::of(client)?,
            client: client.clone(),
        })
    }

    /// Whether the key file can be replaced, without replacing it. The folder is tried with a file of another name, which is gone
    /// afterwards. On Linux since 5.8, a file that is mounted by itself is refused, and one that is marked as unchangeable.
    pub fn require_writable(&self) -> Result<(), Error> {
        self.files.require_replaceable()
    }

    /// Whether there is an unfinished rotation, which [`Rotation::run`] would complete.
    ///
    /// # Errors
    /// Fails when the file of the new key, `KEY.new`, cannot be read or holds no private key: no rotation runs while it is there.
    pub fn is_under_way(&self) -> Result<bool, Error> {
        self.files.new_key().map(|key| key.is_some())
    }

    /// The keys that are registered for the client.
    pub async fn registered(&self) -> Result<Vec<RegisteredKey>, Error> {
        self.self_service.list().await
    }

    /// The present key as it is registered, with its expiry. None if the authority does not list it.
    pub async fn current(&self) -> Result<Option<RegisteredKey>, Error> {
        let own = self.files.current()?;
        Ok(RegisteredKey::of(&self.registered().await?, &own).cloned())
    }

    /// Rotates the key, or completes an unfinished rotation. The client then uses the new key, without a restart and without a
    /// failed call.
    ///
    /// Only one rotation of a key file runs at a time; a second one fails. Each holds the lock of a file beside the key, `KEY.lock`, which
    /// stays. Where the file system has no locks, every rotation fails.
    ///
    /// If what waits for this is dropped, the key is whole, and the next rotation completes this one.
    ///
    /// # Errors
    /// Fails also if another key was put into the file since the unfinished rotation began, or while this one runs: that key stays.
    pub async fn run(&self) -> Result<Rotated, Error> {
        let Some(locked) = self.files.lock()? else {
            let why = format!("another rotation of {} is running", self.files.key().display());
            let next = "wait until it has finished, and check its result";
            return Err(failed("the key was not rotated", why, next));
        };
        self.locked_run(&locked).await
    }

    /// The same, if the key in the file expires within `notice`, or if there is an unfinished rotation. Nothing otherwise, nor while
    /// another rotation of the key is running, nor within a day of the last one: where new keys last no longer than `notice`,
    /// each would be replaced at once. A key without an expiry is left alone. Of several processes with one file that do this at
    /// once, one rotates the key.
    ///
    /// # Errors
    /// Those of [`run`](Self::run); and when the authority does not list the key.
    pub async fn run_if_due(&self, notice: Duration) -> Result<Option<Rotated>, Error> {
        let Some(due) = self.due(notice).await? else { return Ok(None) };
        let Some(locked) = self.files.lock()? else { return Ok(None) };
        // Another rotation may have ended before the lock was taken. What it left is looked at the next time.
        let is_still_due = self.is_under_way()?
            || match due {
                Due::Unfinished => false,
                Due::Ends(key) => self.files.current()?.public().thumbprint() == key,
            };
        match is_still_due {
            true => self.locked_run(&locked).await.map(Some),
            false => Ok(None),
        }
    }

    async fn due(&self, notice: Duration) -> Result<Option<Due>, Error> {
        if self.is_under_way()? {
            return Ok(Some(Due::Unfinished));
        }
        let now = self.client.clock().now();
        if self.files.rotated().is_some_and(|at| now.since(at) < A_DAY) {
            return Ok(None);
        }
        let own = self.files.current()?;
        let listed = self.registered().await?;
        let Some(current) = RegisteredKey::of(&listed, &own) else {
            let (what, why) = ("the key was not rotated", "the authority does not list the present key");
            return Err(failed(what, why, "register it, or see key_file"));
        };
        let ends_soon = current.expires.is_some_and(|expires| expires <= now.plus(notice));
        Ok(ends_soon.then(|| Due::Ends(own.public().thumbprint())))
    }

    async fn locked_run(&self, locked: &Locked) -> Result<Rotated, Error> {
        let remove_unfinished = |files: &KeyFiles| {
            files.remove_unfinished_or_warn();
            Ok(())
        };
        locked.on_disk(remove_unfinished).await?;
        let old = self.files.current()?.public().thumbprint();
        let (new, resumed) = match self.files.new_key()? {
            Some(key) => {
                self.files.require_same_old(&old, &key.public().thumbprint())?;
                (key, true)
            }
            None => {
                let made = self.generate().await?;
                let (old, kept) = (old.clone(), made.clone());
                let keep = move |files: &KeyFiles| {
                    // Before anything is registered that could not be put in place.
                    files.require_replaceable()?;
                    // A new key of which nobody knew what it replaces could replace any that is put there before it is completed.
                    files.write_note("generated", [&old, &kept.public().thumbprint()])?;
                    files.write_new(&kept)
                };
                locked.on_disk(keep).await?;
                (made, false)
            }
        };
        let thumbprint = new.public().thumbprint();
        let note = async |step: &'static str| {
            let (old, new) = (old.clone(), thumbprint.clone());
            let note = move |files: &KeyFiles| {
                files.write_note_or_warn(step, [&old, &new]);
                Ok(())
            };
            locked.on_disk(note).await
        };
        // A key that was made just now is registered nowhere.
        let known = match resumed {
            true => RegisteredKey::of(&self.registered().await?, &new).cloned(),
            false => None,
        };
        let expires = match known {
            Some(key) if key.expires.is_some_and(|at| at <= self.client.clock().now()) => {
                self.files.give_up()?;
                let why = "the new key of the unfinished rotation has expired meanwhile, and was removed";
                return Err(failed("the key was not rotated", why, "try again"));
            }
            Some(key) => key.expires,
            None => self.self_service.add(&new).await?,
        };
        note("registered").await?;
        self.prove(&new).await?;
        note("proven").await?;
        let key_id = new.public().key_id().cloned();
        let swap = move |files: &KeyFiles| {
            let retired = files.swap(&old, &new)?;
            files.remove_note_or_warn();
            Ok(retired)
        };
        let retired = locked.on_disk(swap).await?;
        tracing::info!(%thumbprint, resumed, "the key was rotated");
        Ok(Rotated { key_id, thumbprint, expires, resumed, retired })
    }

    /// A key for the algorithm of the old one, with its thumbprint as `kid`; RSA with 4096 bits, as NHN's tools make it.
    async fn generate(&self) -> Result<PrivateJwk, Error> {
        let old = self.files.current()?;
        let algorithm =
            SigningKey::new(&old).map_err(|why| failed("the key cannot be used", why, "see key_file"))?;
        let algorithm = algorithm.algorithm();
        // Generating an RSA key takes seconds.
        let made = tokio::task::spawn_blocking(move || {
            let key = PrivateJwk::generate(algorithm, RsaSize::Bits4096, None);
            match KeyId::parse(key.public().thumbprint().as_str()) {
                Ok(name) => key.map_public(|public| public.with_key_id(name)),
                Err(_) => key,
            }
        });
        made.await.map_err(|why| failed("no new key was generated", why, "try again"))
    }

    /// Requests a token with the new key before the old one is replaced.
    async fn prove(&self, new: &PrivateJwk) -> Result<(), Error> {
        let proven = self.client.with_key(KeyLocation::Text(new.to_json()))?;
        let request = TokenRequest::default().scope(self_service::scope()?);
        proven.token_for(&request).await.map(drop).map_err(|error| {
            let why = format!("the authority granted no token for it: {}", error.why());
            failed("the new key was not put in place", why, "try again; the old key is still in place")
        })
    }
}
