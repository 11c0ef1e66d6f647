//! A certificate and its key, from files in PEM.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use helseid_protocol::jose::format::Certificate;
use helseid_protocol::text;
use helseid_protocol::time::Timestamp;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use zeroize::Zeroizing;

use crate::error::TlsError;
use crate::local_ca::failed;
use crate::provider::provider;

/// The most bytes of a file of certificates: chains are a few KiB.
const MAX_BYTES: u64 = 1024 * 1024;

/// A chain of the local CA, and its key in PKCS#8.
pub(crate) fn certified(
    chain: Vec<CertificateDer<'static>>,
    key: &[u8],
) -> Result<Arc<CertifiedKey>, TlsError> {
    let key = PrivatePkcs8KeyDer::from(key.to_vec());
    CertifiedKey::from_der(chain, key.into(), &provider()).map(Arc::new).map_err(failed)
}

/// Reads a certificate, followed by those between it and its CA, and its key. The two may be in one file. Neither dates nor names
/// are checked.
pub(crate) fn read(certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = chain(certificate)?;
    let key_der = private_key(key)?;
    let certified = CertifiedKey::from_der(chain, key_der, &provider()).map_err(|why| match why {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::new(
            certificate.display(),
            format_args!("the key in {} does not belong to this certificate", key.display()),
            "give the key that this certificate was made for; in the file, the server's own certificate comes first",
        ),
        Error::InvalidCertificate(why) => TlsError::new(
            certificate.display(),
            format_args!("it is not an X.509 certificate: {why:?}"),
            "give the server's certificate in PEM, followed by those between it and its CA",
        ),
        why => TlsError::new(key.display(), why, "give an RSA key of 2048 bits or more, or an EC key"),
    })?;
    Ok(Arc::new(certified))
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let next = "give the server's certificate in PEM, followed by those between it and its CA";
    let text = pem_text(file, next)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match found {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(TlsError::new(file.display(), "it holds no certificate", next)),
        Err(why) => {
            Err(TlsError::new(file.display(), format_args!("it is not well-formed PEM: {why}"), next))
        }
    }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let next =
        "give the private key in PEM, unencrypted: PKCS#8, or the older RSA PRIVATE KEY or EC PRIVATE KEY";
    let text = pem_text(file, next)?;
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        // PKCS#8 says it in the label, what is older in a header.
        let encrypted = text.contains("ENCRYPTED");
        let why = if encrypted { "the key is encrypted" } else { "it holds no private key in PEM" };
        let decrypt = format!("decrypt it: openssl pkey -in {} -out FILE", helseid_files::quoted(file));
        TlsError::new(file.display(), why, if encrypted { decrypt } else { next.to_owned() })
    })
}

/// The text of a PEM file, in any encoding; it may be a secret.
fn pem_text(file: &Path, next: &str) -> Result<Zeroizing<String>, TlsError> {
    let mut content = Zeroizing::new(Vec::new());
    let read = File::open(file).and_then(|open| open.take(MAX_BYTES + 1).read_to_end(&mut content));
    match read {
        Ok(length) if length as u64 > MAX_BYTES => {
            Err(TlsError::new(file.display(), "it is over 1 MiB", next))
        }
        Ok(_) => text::decode_pem(&content)
            .map(|text| Zeroizing::new(text.to_string()))
            .map_err(|_| TlsError::new(file.display(), "it is not PEM", next)),
        Err(why) => {
            Err(TlsError::new(file.display(), why, "check the name, and that this user may read the file"))
        }
    }
}

/// Why clients will refuse this certificate, whoever signed it: it is not for `host`, or it has expired.
pub(crate) fn complaints(pair: &CertifiedKey, host: &ServerName<'_>, now: Timestamp) -> Vec<String> {
    let Some(leaf) = pair.cert.first() else { return Vec::new() };
    let mut complaints = Vec::new();
    let named = ParsedCertificate::try_from(leaf).map(|leaf| rustls::client::verify_server_name(&leaf, host));
    if !matches!(named, Ok(Ok(()))) {
        complaints.push(format!("the certificate is not for {}", host.to_str()));
    }
    if let Ok(certificate) = Certificate::from_der(leaf)
        && certificate.not_after() < now
    {
        complaints.push(format!("the certificate expired at {}", certificate.not_after().rfc3339()));
    }
    complaints
}
