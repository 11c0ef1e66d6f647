//! The local CA in a folder, with the certificates of the servers that share it.
//!
//! Each file with a key holds its certificate, too, so that the two are replaced at once.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use helseid_files::{Readers, create, own_folder, replace, require_private};
use helseid_protocol::time::Timestamp;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use crate::error::TlsError;
use crate::local_ca::{Host, Issued, LocalCa, certificate_pem, lines};
use crate::pair;

/// The CA's certificate and key.
const CA: &str = "ca_private.pem";

/// What to do with a CA that is missing, is not permitted to sign for a host, or has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnfitCa {
    /// Replace it: clients have to trust the new one.
    Replace,
    /// Keep it, and fail. One that is missing is made.
    Keep,
    /// Keep it, and fail. One that is missing is not made: clients trust the one that was there at the start.
    KeepKnown,
}

/// Where the certificate of one server is, beside the CA.
#[derive(Debug, Clone)]
pub(crate) struct ServerFile {
    pub(crate) folder: PathBuf,
    /// Without an ending.
    pub(crate) server: &'static str,
}

impl ServerFile {
    /// The server's certificate: the stored one while it is fresh, otherwise a new one. Makes what is missing, but no CA in the
    /// place of a known one.
    pub(crate) fn current(
        &self,
        hosts: &[Host],
        now: Timestamp,
        unfit: UnfitCa,
    ) -> Result<(LocalCa, Arc<CertifiedKey>), TlsError> {
        own_folder(&self.folder)?;
        let file = self.folder.join(format!("{}_private.pem", self.server));
        let ca = match self.ca()? {
            Some(ca) => ca,
            None if unfit == UnfitCa::KeepKnown => return Err(self.missing()),
            None => self.first_ca(hosts, now)?,
        };
        require_private(&file)?;
        if let Ok(own) = pair::read(&file, &file)
            && own.cert.first().is_some_and(|leaf| ca.is_fresh(leaf, hosts, now))
        {
            return Ok((ca, own));
        }
        let (ca, issued) = match ca.issue(hosts, now) {
            Ok(issued) => (ca, issued),
            Err(why) if unfit == UnfitCa::Replace => {
                tracing::warn!(%why, folder = %self.folder.display(), "a new local CA replaces the old one: clients have to trust the new ca.pem");
                let ca = LocalCa::make(hosts, now)?;
                replace(
                    &self.folder.join(CA),
                    content(&ca.certificate().into(), ca.key()).as_bytes(),
                    Readers::Owner,
                )?;
                let issued = ca.issue(hosts, now)?;
                (ca, issued)
            }
            Err(why) => return Err(why),
        };
        let Issued { certificate, key } = issued;
        replace(&file, content(&certificate, &key).as_bytes(), Readers::Owner)?;
        Ok((ca, pair::read(&file, &file)?))
    }

    fn ca(&self) -> Result<Option<LocalCa>, TlsError> {
        let file = self.folder.join(CA);
        require_private(&file)?;
        let content = match std::fs::read(&file) {
            Ok(content) => Zeroizing::new(content),
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(unusable(&file, why)),
        };
        let certificate = CertificateDer::from_pem_slice(&content).map_err(|why| unusable(&file, why))?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(&content).map_err(|why| unusable(&file, why))?;
        Ok(Some(LocalCa::of(certificate, key.secret_pkcs8_der())?))
    }

    fn missing(&self) -> TlsError {
        let next = "put it back from a copy, or restart: a new CA is made then, and clients have to trust the new ca.pem";
        TlsError::new(self.folder.join(CA).display(), "the local CA is not there any more", next)
    }

    /// Makes the CA. If another server has made one meanwhile, that one is used.
    fn first_ca(&self, hosts: &[Host], now: Timestamp) -> Result<LocalCa, TlsError> {
        let ca = LocalCa::make(hosts, now)?;
        let text = content(&ca.certificate().into(), ca.key());
        match create(&self.folder.join(CA), text.as_bytes(), Readers::Owner) {
            Ok(()) => Ok(ca),
            Err(why) if why.kind() == Some(ErrorKind::AlreadyExists) => self.ca()?.ok_or_else(|| why.into()),
            Err(why) => Err(why.into()),
        }
    }
}

fn content(certificate: &CertificateDer<'_>, key: &[u8]) -> Zeroizing<String> {
    let key = Zeroizing::new(pem::encode_config(&pem::Pem::new("PRIVATE KEY", key), lines()));
    Zeroizing::new(format!("{}{}", certificate_pem(certificate), *key))
}

fn unusable(file: &Path, why: impl std::fmt::Display) -> TlsError {
    let next = format!("remove it, and trust the CA that is made then: rm {}", helseid_files::quoted(file));
    TlsError::new(file.display(), why, next)
}
