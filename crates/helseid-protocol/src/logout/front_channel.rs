//! Front-channel logout (OpenID Connect Front-Channel Logout 1.0): a page of the authority loads an address of each client in
//! a frame.

use crate::endpoint::form::{FormRules, Parameters};
use crate::id::{Issuer, SessionId};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::uri::LogoutUri;

/// A request to end the session that its issuer names. Cookies say nothing of it: whoever is in the frame is not asked.
///
/// ```
/// use helseid_protocol::{id::Issuer, logout::FrontChannelLogout, rule::Trail};
///
/// let issuer = Issuer::parse("https://sts.example")?;
/// let query = b"iss=https%3A%2F%2Fsts.example&sid=CC2462C2";
/// let logout = FrontChannelLogout::read(query, &issuer, &mut Trail::new())?;
/// assert_eq!(logout.session_id().as_str(), "CC2462C2");
/// // Without its issuer a session is nobody's.
/// assert!(FrontChannelLogout::read(b"sid=CC2462C2", &issuer, &mut Trail::new()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontChannelLogout {
    session_id: SessionId,
}

impl FrontChannelLogout {
    /// Reads the query of a request, which must have `iss`, our issuer, and `sid`.
    ///
    /// Anyone can send it: the session is ended whatever the sender knows beyond its id, and an unknown id is answered alike.
    pub fn read(query: &[u8], issuer: &Issuer, trail: &mut Trail) -> Result<Self, Fault> {
        let parameters = Parameters::read(query, RULES, trail)?;
        let session_id = iss_and_sid_are_there(&parameters, issuer);
        Ok(Self { session_id: trail.require(Rule::FrontchannelIssSid, session_id)? })
    }

    /// The session.
    #[must_use]
    pub const fn session_id(&self) -> &SessionId {
        &self.session_id
    }
}

/// The address that the page loads for a client with this registered address (OpenID Connect Front-Channel Logout 1.0 section 2).
#[must_use]
pub fn front_channel_address(registered: &LogoutUri, issuer: &Issuer, session_id: &SessionId) -> String {
    let registered = registered.as_str();
    let start = if registered.contains('?') { '&' } else { '?' };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("iss", issuer.as_str()).append_pair("sid", session_id.as_str());
    format!("{registered}{start}{}", query.finish())
}

const RULES: FormRules = FormRules { body: Rule::FrontchannelIssSid, once: Rule::FrontchannelIssSid };

/// OpenID Connect Front-Channel Logout 1.0 section 2: one without the other is nothing.
fn iss_and_sid_are_there(parameters: &Parameters<'_>, issuer: &Issuer) -> Result<SessionId, Facts> {
    let iss = parameters.value("iss").ok_or_else(|| Facts::missing("iss"))?;
    if iss != issuer.as_str() {
        return Err(Facts::value(issuer, iss));
    }
    let sid = parameters.value("sid").ok_or_else(|| Facts::missing("sid"))?;
    SessionId::parse(sid)
        .map_err(|why| Facts::new("a session id in sid", format_args!("an invalid id: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<FrontChannelLogout, Rule> {
        let issuer = Issuer::parse("https://sts.example").unwrap();
        FrontChannelLogout::read(query.as_bytes(), &issuer, &mut Trail::new()).map_err(|fault| fault.rule())
    }

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let (issuer, session) =
            (Issuer::parse("https://sts.example").unwrap(), SessionId::parse("a+b&c").unwrap());
        for registered in ["https://app.example/out", "https://app.example/out?a=b"] {
            let address = front_channel_address(&LogoutUri::parse(registered).unwrap(), &issuer, &session);
            assert!(address.starts_with(registered), "{address}");
            let (_, query) = address.split_once('?').unwrap();
            assert_eq!(read(query).unwrap().session_id(), &session);
        }
    }

    #[test]
    fn issuer_and_session_are_both_there_once() {
        for query in [
            "",
            "sid=a",
            "iss=https://sts.example",
            "iss=https://sts.example&sid=",
            "iss=https://another.example&sid=a",
            "iss=https://sts.example/&sid=a",
            "iss=https://sts.example&sid=a&sid=b",
            "iss=https://sts.example&sid=%0a",
        ] {
            assert_eq!(read(query), Err(Rule::FrontchannelIssSid), "{query}");
        }
    }
}
