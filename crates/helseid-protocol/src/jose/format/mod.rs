//! Keys in the files that people have: JWK, PEM and DER, PKCS#12, X.509, XML, and NHN's configuration file.
//!
//! | what | read | written |
//! | --- | --- | --- |
//! | JWK, JWK Set (RFC 7517), also with forms that a stranger's may not have | yes | yes, by [`PrivateJwk`] and [`JwkSet`](super::JwkSet) |
//! | PKCS#8 (RFC 5958), PEM or DER, also encrypted (RFC 8018) | yes | yes, unencrypted |
//! | PKCS#1 (RFC 8017), SEC1 (RFC 5915), SPKI (RFC 5280), PEM or DER | yes | yes |
//! | PEM that OpenSSL encrypted before there was PKCS#8 (`DEK-Info`) | yes | no |
//! | PKCS#12 (RFC 7292), in DER or BER, AES and the older RC2 and 3DES | yes | yes, AES-256 with SHA-256 |
//! | X.509 certificate (RFC 5280): its public key, `x5t`, `x5t#S256`, `x5c` | yes | a self-signed one |
//! | XML `RSAKeyValue` (XML Signature section 4.5.2.2) | yes | yes |
//! | the configuration file that NHN's self-service hands out | yes | no |
//! | the public key in the answer of Azure's, Amazon's and Google's key vaults | yes | no |
//!
//! Text is read in UTF-8 and UTF-16, and out of what a variable wraps it in: quotes, JSON text, base64, `\n`. Other
//! formats, and other ways to encrypt, are called by their names ([`UnreadableKey::Foreign`], [`UnreadableKey::Scheme`]).
//!
//! Nothing but a JWK carries `kid` and `alg`; a key from elsewhere has neither until someone names them. No
//! certificate is validated here: neither its dates nor who signed it matter to HelseID, its key alone does.

mod asn1;
mod certificate;
mod choice;
mod der;
mod encoded;
mod encryption;
mod error;
mod foreign;
mod json_key;
mod kind;
mod nhn;
mod options;
mod pem;
mod pkcs12;
mod pkcs12_write;
mod reader;
mod xml;

pub use certificate::{Certificate, expiry};
pub use der::{DerForm, private_from_der, private_to_der, public_from_der, public_to_der};
use encoded::any_base64;
pub use encoded::{MAX_FILE_BYTES, SecretBytes, url_decoded};
pub use encryption::Password;
pub use error::UnreadableKey;
pub use nhn::NhnConfiguration;
pub use options::{KeyReader, Readout};
pub use pem::{PemForm, private_to_pem, public_to_pem};
pub use pkcs12_write::{private_to_pkcs12, trust_store_to_pkcs12};
pub use reader::{read_private, read_public};
pub use xml::private_to_xml;

#[cfg(doc)]
use super::jwk::PrivateJwk;

#[cfg(test)]
mod tests;
