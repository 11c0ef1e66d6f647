//! A file of certificates that are trusted besides the system's.

use std::path::Path;

use helseid_protocol::text;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::error::{HttpError, HttpErrorKind};

/// Reads certificates in PEM, in any encoding and with whatever text around them, or one in DER.
pub(crate) fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, HttpError> {
    let failed = |why: String| HttpError::new(HttpErrorKind::Settings, file.display().to_string(), why);
    let content = std::fs::read(file).map_err(|why| failed(why.to_string()))?;
    certificates(&content).map_err(failed)
}

/// Reads certificates in PEM.
pub(crate) fn read_pem(pem: &str) -> Result<Vec<CertificateDer<'static>>, HttpError> {
    let failed = |why| HttpError::new(HttpErrorKind::Settings, "a certificate to trust", why);
    certificates(pem.as_bytes()).map_err(failed)
}

fn certificates(content: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    // A SEQUENCE that begins with another; PKCS#12 and PKCS#7 begin with a number or a name.
    if let [0x30, 0x81, _, 0x30, ..] | [0x30, 0x82, _, _, 0x30, ..] = content {
        return Ok(vec![CertificateDer::from(content.to_vec())]);
    }
    let none = || "expected certificates in PEM, or one in DER, and it holds none".to_owned();
    let pem = text::decode_pem(content).map_err(|_| none())?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let found = found.map_err(|why| format!("it is not well-formed PEM: {why}"))?;
    if found.is_empty() { Err(none()) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n";

    fn count(content: &[u8]) -> Result<usize, String> {
        certificates(content).map(|found| found.len())
    }

    #[test]
    fn pem_of_any_encoding_and_der_are_read() {
        let utf16: Vec<u8> = PEM.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for content in [
            PEM.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", PEM.as_bytes()].concat(),
            [b"\xff\xfe", utf16.as_slice()].concat(),
            [b"issuer: S\xf8r\r\n", PEM.replace('\n', "\r\n").as_bytes()].concat(),
            vec![0x30, 0x82, 1, 0, 0x30, 0],
        ] {
            assert_eq!(count(&content), Ok(1), "{content:02x?}");
        }
        assert_eq!(count(PEM.repeat(2).as_bytes()), Ok(2));
    }

    #[test]
    fn what_holds_no_certificate_is_refused() {
        let key = PEM.replace("CERTIFICATE", "PRIVATE KEY");
        for content in [&b""[..], b"a", b"\xff", key.as_bytes(), &[0x30, 0x82, 1, 0, 0x02, 1, 3]] {
            assert!(count(content).is_err_and(|why| why.contains("it holds none")), "{content:02x?}");
        }
        assert!(count(b"-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n").is_err());
    }
}
