//! HTTPS for servers: a certificate from files or from a local CA, replaced while the server runs.
//!
//! | type | what |
//! | --- | --- |
//! | [`Tls`] | the configuration: files with a certificate and its key, or a local CA |
//! | [`TlsServer`] | performs handshakes with TLS 1.3, or with TLS 1.2 and the four ECDHE suites of AES-GCM |
//! | [`LocalCa`] | signs for loopback names and the hosts that it was created for; its own certificate permits no others |
//! | [`CaFiles`] | the local CA's certificate in the forms that other programs need: PEM, a bundle with the system's, a trust store for Java |
//!
//! The crypto provider is named at each use; none is installed for the process.

mod ca_files;
mod certificates;
mod error;
mod folder;
mod local_ca;
mod pair;
mod provider;
mod server;
mod settings;

pub use ca_files::{CA_FILE, CaFiles, JAVA_PASSWORD};
pub use error::TlsError;
pub use local_ca::{Host, LocalCa};
pub use server::{TlsServer, TlsStream};
pub use settings::Tls;

#[cfg(test)]
mod tests;
