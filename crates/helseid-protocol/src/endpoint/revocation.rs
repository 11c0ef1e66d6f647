//! The revocation endpoint (RFC 7009).

use http::Method;

use crate::endpoint::token::ASSERTION_TYPE;
use crate::id::ClientId;
use crate::rule::{Facts, Fault, ForeignRevocation, Rule, Trail};
use crate::secret::{ClientAssertion, RefreshToken};

/// Where the endpoint is, below the issuer.
pub const PATH: &str = "/connect/revocation";

/// The body of a request that revokes a refresh token, a form. Holds the token and the assertion: not for logs.
#[must_use]
pub fn body(client_id: &ClientId, token: &RefreshToken, assertion: &ClientAssertion) -> String {
    let mut form = form_urlencoded::Serializer::new(String::with_capacity(1024));
    form.append_pair("token", token.expose())
        .append_pair("token_type_hint", "refresh_token")
        .append_pair("client_id", client_id.as_str())
        .append_pair("client_assertion_type", ASSERTION_TYPE)
        .append_pair("client_assertion", assertion.expose());
    form.finish()
}

/// Checks the method (RFC 7009 section 2.1).
pub fn require_method(method: &Method, trail: &mut Trail) -> Result<(), Fault> {
    let finding = if method == Method::POST { Ok(()) } else { Err(Facts::value("POST", method)) };
    trail.require(Rule::RevocationMethod, finding)
}

/// The token of a request whose form has this `token`: a refresh token. `token_type_hint` is not looked at, since a wrong one
/// changes nothing (RFC 7009 section 2.1).
///
/// A JWT is an access token, and HelseID's live until their end (RFC 7009 section 2.2.1).
pub fn token(token: Option<&str>, trail: &mut Trail) -> Result<RefreshToken, Fault> {
    let token = trail.require(Rule::RevocationToken, token.ok_or_else(|| Facts::missing("token")))?;
    // A refresh token is opaque: it has no dots.
    let is_jwt = token.split('.').count() == 3;
    let finding = if is_jwt { Err(Facts::new("a refresh token", "a JWT")) } else { Ok(()) };
    trail.require(Rule::RevocationType, finding)?;
    Ok(RefreshToken::new(token))
}

/// Whether the client may revoke the token: one of its own. A foreign token is left alone, and told as the profile says
/// (RFC 7009 section 2.1); one that is not known is nobody's, and answered with 200 (section 2.2).
pub fn may_revoke(
    client: &ClientId,
    owner: &ClientId,
    foreign: ForeignRevocation,
    trail: &mut Trail,
) -> Result<MayRevoke, Fault> {
    if client == owner {
        trail.holds(Rule::RevocationOwner);
        return Ok(MayRevoke::Yes);
    }
    let facts = Facts::new("a token of the client that revokes it", "a token of another client");
    match foreign {
        ForeignRevocation::Refused => Err(Fault::new(Rule::RevocationOwner, facts)),
        ForeignRevocation::Ignored => {
            trail.warn(Rule::RevocationOwner, facts);
            Ok(MayRevoke::NothingToDo)
        }
    }
}

/// Whether there is something to revoke.
///
/// ```
/// use helseid_protocol::endpoint::revocation::{MayRevoke, may_revoke};
/// use helseid_protocol::{id::ClientId, rule::{ForeignRevocation, Trail}};
///
/// let client = ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?;
/// let owner = ClientId::parse("8d1b5e3c-7a1c-4a55-9f0b-6a1f4d6f2f0e")?;
/// let foreign = may_revoke(&client, &owner, ForeignRevocation::Ignored, &mut Trail::new())?;
/// // The answer is 200, and the token of the other client stays good.
/// assert_eq!(foreign, MayRevoke::NothingToDo);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayRevoke {
    /// The token is the client's own.
    Yes,
    /// It is not; the answer is as if it did not exist.
    NothingToDo,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_is_revoked_by_post_and_a_jwt_never() {
        let mut trail = Trail::new();
        require_method(&Method::POST, &mut trail).unwrap();
        assert_eq!(token(Some("ab12-1"), &mut trail).unwrap().expose(), "ab12-1");
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(require_method(&method, &mut trail).unwrap_err().rule(), Rule::RevocationMethod);
        }
        assert_eq!(token(None, &mut trail).unwrap_err().rule(), Rule::RevocationToken);
        let jwt = token(Some("secret.b.c"), &mut trail).unwrap_err();
        assert_eq!((jwt.rule(), jwt.code().as_str()), (Rule::RevocationType, "unsupported_token_type"));
        assert!(!jwt.description().contains("secret"));
    }

    #[test]
    fn another_clients_token_is_left_alone_and_told_as_the_profile_says() {
        let [own, other] = ["own", "other"].map(|id| ClientId::parse(id).unwrap());
        for foreign in [ForeignRevocation::Ignored, ForeignRevocation::Refused] {
            assert_eq!(may_revoke(&own, &own, foreign, &mut Trail::new()), Ok(MayRevoke::Yes));
        }
        let mut trail = Trail::new();
        let ignored = may_revoke(&own, &other, ForeignRevocation::Ignored, &mut trail);
        assert_eq!((ignored, trail.warnings().count()), (Ok(MayRevoke::NothingToDo), 1));
        let refused = may_revoke(&own, &other, ForeignRevocation::Refused, &mut Trail::new()).unwrap_err();
        assert_eq!((refused.rule(), refused.code().as_str()), (Rule::RevocationOwner, "invalid_grant"));
    }

    #[test]
    fn a_body_names_token_and_client() {
        let body =
            body(&ClientId::parse("c").unwrap(), &RefreshToken::new("a+b"), &ClientAssertion::new("h.c.s"));
        assert!(body.starts_with("token=a%2Bb&token_type_hint=refresh_token&client_id=c&"), "{body}");
    }
}
