//! Certificates for servers, of an authority that nobody trusts until its file is named.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::broken::{Broken, broken};

/// An authority over certificates, with its file.
pub struct TestCa {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

/// What a server shows, as files.
#[derive(Debug, Clone)]
pub struct ServerCertificate {
    /// The certificate, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM, for its owner alone.
    pub key: PathBuf,
}

impl TestCa {
    /// A new one, whose certificate is in `folder` under this name.
    pub fn new(folder: &Path, name: &str) -> Result<Self, Broken> {
        let failed = |why| broken("a certificate authority", why);
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let certificate = params.self_signed(&key).map_err(failed)?;
        let file = folder.join(format!("{name}.pem"));
        write(&file, "CERTIFICATE", certificate.der())?;
        Ok(Self { issuer: Issuer::new(params, key), file })
    }

    /// Its certificate, in PEM.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// A certificate for a server of this name, in the folder of the authority's.
    pub fn certificate(&self, name: &str) -> Result<ServerCertificate, Broken> {
        let failed = |why| broken("a server's certificate", why);
        let key = KeyPair::generate().map_err(failed)?;
        let params = CertificateParams::new(vec![name.to_owned()]).map_err(failed)?;
        let signed = params.signed_by(&key, &self.issuer).map_err(failed)?;
        let at = |ending: &str| self.file.with_extension(format!("{name}.{ending}"));
        let made = ServerCertificate { certificate: at("crt"), key: at("key") };
        write(&made.certificate, "CERTIFICATE", signed.der())?;
        write(&made.key, "PRIVATE KEY", &key.serialize_der())?;
        Ok(made)
    }
}

fn write(file: &Path, kind: &str, der: &[u8]) -> Result<(), Broken> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let text = pem::encode(&pem::Pem::new(kind, der));
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(file);
    let written = opened.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(|why| broken("a certificate's file", why))
}
