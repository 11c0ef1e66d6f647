//! The local CA's certificate in the forms that other programs need.

use std::path::{Path, PathBuf};

use helseid_files::{Readers, own_folder, replace};
use helseid_protocol::jose::format::{Certificate, Password, trust_store_to_pkcs12};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::error::TlsError;
use crate::local_ca::{certificate_pem, failed};

/// The name of the CA's certificate, in PEM.
pub const CA_FILE: &str = "ca.pem";
const BUNDLE: &str = "bundle.pem";
const JAVA: &str = "truststore.p12";

/// The password of the trust store for Java. The store holds no secret; Java's own store has the same password.
pub const JAVA_PASSWORD: &str = "changeit";

/// Files with the certificate of a local CA.
///
/// ```
/// use helseid_tls::CaFiles;
/// use std::path::Path;
///
/// let files = CaFiles::in_folder(Path::new("/var/lib/helseid/ca"));
/// // For a program that takes one file in place of the system's certificates.
/// assert_eq!(files.bundle, Path::new("/var/lib/helseid/ca/bundle.pem"));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaFiles {
    /// The certificate alone, in PEM.
    pub ca: PathBuf,
    /// The system's certificates and this one, in PEM: for programs that use one file in place of the system's.
    pub bundle: PathBuf,
    /// The certificate as a trust store for Java, in PKCS#12.
    pub java: PathBuf,
}

impl CaFiles {
    /// Where they are in a folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { ca: folder.join(CA_FILE), bundle: folder.join(BUNDLE), java: folder.join(JAVA) }
    }

    /// Writes them into a private folder, unless it has them already.
    pub fn write(folder: &Path, ca_pem: &str) -> Result<Self, TlsError> {
        own_folder(folder)?;
        let files = Self::in_folder(folder);
        let is_known = std::fs::read(&files.ca).is_ok_and(|known| known == ca_pem.as_bytes());
        // The system's certificates may have changed.
        replace(&files.bundle, bundle(ca_pem).as_bytes(), Readers::Everyone)?;
        if !is_known || !files.java.exists() {
            let der = CertificateDer::from_pem_slice(ca_pem.as_bytes()).map_err(failed)?;
            let certificate = Certificate::from_der(&der).map_err(failed)?;
            let password = Password::new(JAVA_PASSWORD);
            let store = trust_store_to_pkcs12(&certificate, &password).map_err(failed)?;
            replace(&files.java, &store, Readers::Everyone)?;
        }
        if !is_known {
            replace(&files.ca, ca_pem.as_bytes(), Readers::Everyone)?;
        }
        Ok(files)
    }
}

/// The system's certificates and ours. Those of the system that cannot be read are left out and logged: connections to their
/// servers fail then.
fn bundle(ca_pem: &str) -> String {
    let system = rustls_native_certs::load_native_certs();
    for why in system.errors {
        tracing::warn!(%why, "some of the system's certificates are not in the bundle");
    }
    system.certs.iter().map(|der| certificate_pem(der)).chain([ca_pem.to_owned()]).collect()
}
