//! Where people may log in.

use helseid_protocol::id::Issuer;

use super::{Config, Error};
use crate::login::TestLogin;

impl Config {
    /// Lets people log in, though the issuer is not on loopback: whoever picks a person is that person. The host must be the
    /// issuer's own, and is never one below `nhn.no`. An issuer on loopback needs no such setting.
    #[must_use]
    pub fn test_login_at(mut self, host: impl Into<String>) -> Self {
        self.test_login_at = Some(host.into());
        self
    }

    /// Whether people may log in at this issuer.
    pub(crate) fn test_login(&self, issuer: &Issuer) -> Result<TestLogin, Error> {
        let allowed = TestLogin::of(issuer, self.test_login_at.as_deref());
        allowed.map_err(|why| Error::TestLogin(why.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_not_the_issuers_is_an_error_before_anything_is_opened() {
        let config = |issuer: &str| Config::in_memory().issuer(Issuer::parse(issuer).unwrap());
        assert!(config("https://id.example").check().is_ok());
        assert!(config("https://id.example").test_login_at("id.example").check().is_ok());
        for (issuer, host) in [("https://id.example", "example"), ("https://a.nhn.no", "a.nhn.no")] {
            let refused = config(issuer).test_login_at(host).check();
            assert!(matches!(refused, Err(Error::TestLogin(_))), "{issuer} {host}");
        }
        // Without an issuer of its own it is on loopback, where people may log in anyhow.
        let issuer = Issuer::parse("http://localhost:8480").unwrap();
        assert_eq!(Config::in_memory().test_login(&issuer).unwrap(), TestLogin::On);
    }
}
