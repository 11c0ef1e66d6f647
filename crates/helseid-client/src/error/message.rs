//! What people read: what failed, why, and what to do next.

use std::fmt;

use helseid_http::{FetchError, HttpErrorKind};
use helseid_protocol::endpoint::token::{OAuthError, Unavailable};
use helseid_protocol::secret::shown;

use super::failure::{Error, Inner};

impl Error {
    /// What failed, in one line.
    #[must_use]
    pub fn what(&self) -> String {
        match self.inner() {
            Inner::Configuration { what, .. } | Inner::Key { what, .. } | Inner::Rotation { what, .. } => {
                what.clone()
            }
            Inner::Signer(_) => "the client assertion could not be signed".to_owned(),
            Inner::SignerMissing => "the client has no signer".to_owned(),
            Inner::CircuitOpen { issuer, .. } => format!("the circuit breaker for {issuer} is open"),
            Inner::BudgetSpent { issuer, .. } => format!("no request was sent to {issuer}"),
            Inner::Discovery(_) => "the issuer's metadata could not be fetched".to_owned(),
            Inner::EndpointMissing { issuer, name } => format!("the metadata of {issuer} has no {name}"),
            Inner::EndpointInvalid { issuer, name, .. } => {
                format!("the metadata of {issuer} has an invalid {name}")
            }
            Inner::Transport(_) => "the request failed".to_owned(),
            Inner::OAuth { endpoint, status, .. } => {
                format!("{endpoint} refused the request ({})", status.as_u16())
            }
            Inner::Unavailable { endpoint, status, .. } => {
                format!("{endpoint} is unavailable ({})", status.as_u16())
            }
            Inner::Answer { endpoint, .. }
            | Inner::NonceLoop { endpoint }
            | Inner::NonceMissing { endpoint } => {
                format!("{endpoint} sent a response that the protocol does not allow")
            }
            Inner::BodyConsumed { url, .. } => format!("the call of {url} was not sent again"),
            Inner::InsecureApi { url } => format!("{url} must not be called"),
            Inner::InvalidUrl { url, .. } => format!("{url} is not a valid address"),
            Inner::InvalidRequest { .. } => "the request cannot be sent".to_owned(),
        }
    }

    /// Why it failed, in one line.
    #[must_use]
    pub fn why(&self) -> String {
        match self.inner() {
            Inner::Configuration { why, .. }
            | Inner::Key { why, .. }
            | Inner::Rotation { why, .. }
            | Inner::InvalidUrl { why, .. }
            | Inner::InvalidRequest { why } => why.clone(),
            Inner::Discovery(error) => error.to_string(),
            Inner::EndpointMissing { .. } => "the authority does not offer this endpoint".to_owned(),
            Inner::EndpointInvalid { address, why, .. } if address.is_empty() => {
                format!("it is empty: {why}")
            }
            Inner::EndpointInvalid { address, why, .. } => format!("{}: {why}", shown(address)),
            Inner::Transport(error) => error.to_string(),
            Inner::Signer(why) => why.to_string(),
            Inner::SignerMissing => "the key is outside this process, and no signer was given".to_owned(),
            Inner::CircuitOpen { seconds, .. } => {
                format!("several requests in a row failed; the next one is sent in {seconds} s")
            }
            Inner::BudgetSpent { seconds, .. } => {
                format!("as many as the program allows were sent; the next one is sent in {seconds} s")
            }
            Inner::OAuth { error, .. } => shown(&error.to_string()),
            Inner::Unavailable { answer, .. } => {
                answer.reason.clone().unwrap_or_else(|| "the response gives no reason".to_owned())
            }
            Inner::Answer { why, .. } => why.to_string(),
            Inner::NonceLoop { .. } => "it asked for another nonce right after it had issued one".to_owned(),
            Inner::NonceMissing { .. } => {
                "it asked for a nonce without a usable DPoP-Nonce header".to_owned()
            }
            Inner::BodyConsumed { challenge, .. } => {
                format!("{challenge}, and the body was a stream, which can be sent only once")
            }
            Inner::InsecureApi { .. } => {
                "expected https: over http, anyone on the network could read the token".to_owned()
            }
        }
    }

    /// What to do next, in one line.
    #[must_use]
    pub fn next(&self) -> String {
        let text = match self.inner() {
            Inner::Configuration { next, .. } | Inner::Rotation { next, .. } => return next.clone(),
            Inner::Signer(_) => "check the signer, or try again",
            Inner::SignerMissing => {
                "pass a signer to ClientBuilder::signer; for the command line, set key_file instead"
            }
            Inner::CircuitOpen { .. } => "wait, and find out why the authority fails",
            Inner::BudgetSpent { .. } => "wait, and find out who requests so many new tokens",
            Inner::Unavailable { answer: Unavailable { retry_after: Some(after), .. }, .. } => {
                let seconds = after.as_secs();
                return format!(
                    "try again after {seconds} s; if it persists, find out why the authority fails"
                );
            }
            Inner::Unavailable { .. } => "try again later; if it persists, find out why the authority fails",
            Inner::OAuth { error: OAuthError { uri: Some(uri), .. }, .. } => {
                return format!("see {}", shown(uri));
            }
            Inner::Key { .. } => "check key_file, or create a key: helseid key generate --out NAME",
            Inner::Discovery(FetchError::Http(error))
                if matches!(error.kind(), HttpErrorKind::InsecureUrl | HttpErrorKind::Tls) =>
            {
                error.next()
            }
            Inner::Discovery(_) => {
                "check issuer in the configuration, and that the authority is running: helseid authority"
            }
            Inner::EndpointMissing { .. } => "check that issuer names the right authority",
            Inner::EndpointInvalid { .. } => {
                "check that issuer names the right authority; if it does, its operator must correct the metadata"
            }
            Inner::Transport(error) => error.next(),
            Inner::OAuth { .. } => "fix what the description names, and try again",
            Inner::Answer { .. } | Inner::NonceLoop { .. } | Inner::NonceMissing { .. } => {
                "check that the address is right, and that no proxy changes the responses"
            }
            Inner::BodyConsumed { .. } => "make the call again with a new stream",
            Inner::InsecureApi { .. } => {
                "call the API over https, or name its host in insecure_http (--insecure-http, HELSEID_INSECURE_HTTP)"
            }
            Inner::InvalidUrl { .. } => {
                "correct the address; a whole one looks like https://api.example/patients"
            }
            Inner::InvalidRequest { .. } => "check the request's headers and method",
        };
        text.to_owned()
    }
}

/// Three lines: what failed, why, and what to do next.
impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\n  {}\n  {}", self.what(), self.why(), self.next())
    }
}

impl std::error::Error for Error {}
