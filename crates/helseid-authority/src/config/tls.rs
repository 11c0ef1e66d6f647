//! HTTPS.

use helseid_tls::Tls;

use super::{Config, Error};

/// The folder in the data folder with what a local CA has.
pub(crate) const TLS_FOLDER: &str = "tls";

impl Config {
    /// Serves HTTPS, the admin API and the pages, too: with a certificate of files, or with one of a local CA that the data
    /// folder keeps.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Trusts these CAs, in PEM, where the authority calls clients (back-channel logout), besides those of the system and its own.
    #[must_use]
    pub fn clients_ca_pem(mut self, pem: impl Into<String>) -> Self {
        self.clients_ca_pem = Some(pem.into());
        self
    }

    /// An https issuer without TLS of ours stands behind a proxy; an http issuer with TLS of ours is served by nobody.
    pub(super) fn check_tls(&self) -> Result<(), Error> {
        let Some(tls) = &self.tls else { return Ok(()) };
        match &self.issuer {
            Some(issuer) if !issuer.as_str().starts_with("https:") => {
                Err(Error::IssuerIsHttp(issuer.clone()))
            }
            _ if tls.is_self_signed() && self.shared.is_some() => Err(Error::SelfSignedReplica),
            _ => Ok(tls.check()?),
        }
    }
}
