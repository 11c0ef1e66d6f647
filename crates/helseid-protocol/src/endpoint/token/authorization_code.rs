//! The request that redeems an authorization code (RFC 6749 section 4.1.3, RFC 7636 section 4.5): as a client writes it, as an
//! authority reads it and holds it against what the code was issued for.

use super::TokenForm;
use super::request;
use super::resource::{named_resources, resources_are_among};
use crate::grant::GrantType;
use crate::id::{Audience, ClientId};
use crate::pkce::{CodeChallenge, CodeVerifier};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::secret::{AuthorizationCode, ClientAssertion};
use crate::time::Timestamp;

/// What a client sends to redeem a code.
///
/// ```
/// use helseid_protocol::endpoint::token::CodeRequest;
/// use helseid_protocol::secret::{AuthorizationCode, ClientAssertion};
/// use helseid_protocol::{id::ClientId, pkce::CodeVerifier, random::SystemRandom};
///
/// let request = CodeRequest {
///     client_id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     code: &AuthorizationCode::new("7F3A"),
///     redirect_uri: "https://app.example/callback",
///     // In a program: the one whose challenge was in the authorization request.
///     code_verifier: &CodeVerifier::new(&SystemRandom),
///     resource: None,
/// };
/// assert!(request.body(&ClientAssertion::new("eyJhbGciOi")).contains("&code=7F3A&"));
/// # Ok::<(), helseid_protocol::id::InvalidId>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CodeRequest<'a> {
    /// Who redeems it.
    pub client_id: &'a ClientId,
    /// The code.
    pub code: &'a AuthorizationCode,
    /// The redirect URI of the authorization request.
    pub redirect_uri: &'a str,
    /// What the challenge of the authorization request was made from.
    pub code_verifier: &'a CodeVerifier,
    /// The one API that the token is for, of those that were asked for (RFC 8707 section 2.2).
    pub resource: Option<&'a Audience>,
}

impl CodeRequest<'_> {
    /// The request's body, a form. Holds the code and the assertion: not for logs.
    #[must_use]
    pub fn body(&self, assertion: &ClientAssertion) -> String {
        let mut form = request::authenticated(GrantType::AuthorizationCode, self.client_id, assertion);
        form.append_pair("code", self.code.expose())
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("code_verifier", self.code_verifier.expose());
        if let Some(resource) = self.resource {
            form.append_pair("resource", resource.as_str());
        }
        form.finish()
    }
}

/// The same as an authority reads it. A `scope` beside it, which some clients send, is passed over.
///
/// ```
/// use helseid_protocol::endpoint::token::{CONTENT_TYPE, CodeForm, TokenForm};
/// use helseid_protocol::rule::{Fault, Rule, Trail};
///
/// let body = b"grant_type=authorization_code&code=7F3A&client_assertion=eyJhbGciOi\
///     &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// let trail = &mut Trail::new();
/// let form = TokenForm::read(Some(CONTENT_TYPE), body, trail)?;
/// let redeemed = CodeForm::read(&form, trail)?;
/// assert_eq!(redeemed.code().expose(), "7F3A");
/// // If claiming the code shows that it was claimed before:
/// let first = redeemed.require_first_use(false, trail);
/// assert!(first.is_err_and(|fault| fault.rule() == Rule::CodeOnce));
/// # Ok::<(), Fault>(())
/// ```
#[derive(Debug)]
pub struct CodeForm<'a> {
    code: AuthorizationCode,
    form: &'a TokenForm<'a>,
}

/// What a code was issued for, as the authority has stored it.
///
/// ```
/// use helseid_protocol::endpoint::token::{CodeForm, IssuedCode, Sender};
/// # use helseid_protocol::endpoint::token::{CONTENT_TYPE, TokenForm};
/// # use helseid_protocol::{id::{Audience, ClientId}, rule::{Rule, Trail}, time::Timestamp};
/// # let body = b"grant_type=authorization_code&code=7F3A&redirect_uri=https://app.example/&client_assertion=eyJhbGciOi\
/// #     &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// # let (client, now) = (ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?, Timestamp::from_seconds(1_790_000_000));
/// # let trail = &mut Trail::new();
/// # let form = TokenForm::read(Some(CONTENT_TYPE), body, trail)?;
/// # let form = CodeForm::read(&form, trail)?;
/// let issued = IssuedCode {
///     client_id: &client,
///     redirect_uri: "https://app.example/callback",
///     challenge: None,
///     bound_to: None,
///     resources: &[Audience::parse("nhn:kjernejournal")?],
///     is_attested: false,
///     expires: Timestamp::from_seconds(1_790_000_060),
/// };
/// // The form names `https://app.example/`, which is not where the code was sent.
/// let sender = Sender { client_id: &client, proof_key: None, attests: false, now };
/// assert!(form.check(issued, sender, trail).is_err_and(|fault| fault.rule() == Rule::CodeRedirectUri));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct IssuedCode<'a> {
    /// The client that asked.
    pub client_id: &'a ClientId,
    /// The `redirect_uri` of the authorization request, as it was asked for: where the case of letters is let pass, another
    /// spelling than that of the address which the code was sent to.
    pub redirect_uri: &'a str,
    /// The `code_challenge`, by `S256`; none where the client may do without.
    pub challenge: Option<&'a CodeChallenge>,
    /// The key that the code is bound to: `dpop_jkt`, or the key of the proof at PAR (RFC 9449 section 10).
    pub bound_to: Option<&'a str>,
    /// The APIs that were asked for, or those of the granted scopes where none was named.
    pub resources: &'a [Audience],
    /// Whether the authorization request brought an attestation.
    pub is_attested: bool,
    /// When the code ends.
    pub expires: Timestamp,
}

/// Who sends a token request, as the steps before have found.
///
/// ```
/// use helseid_protocol::endpoint::token::Sender;
/// use helseid_protocol::{id::{ClientId, Thumbprint}, time::Timestamp};
///
/// /// Of a request that comes with an assertion, a proof if the tokens are to be bound, and no attestation.
/// fn sender<'a>(client_id: &'a ClientId, proof_key: Option<&'a Thumbprint>, now: Timestamp) -> Sender<'a> {
///     Sender { client_id, proof_key: proof_key.map(Thumbprint::as_str), attests: false, now }
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The authenticated client.
    pub client_id: &'a ClientId,
    /// The thumbprint of the proof's key; none without a proof.
    pub proof_key: Option<&'a str>,
    /// Whether the assertion brings an attestation.
    pub attests: bool,
    /// The time now.
    pub now: Timestamp,
}

impl<'a> CodeForm<'a> {
    /// Reads what `form` asks for.
    pub fn read(form: &'a TokenForm<'a>, trail: &mut Trail) -> Result<Self, Fault> {
        let code = form.parameter("code").map(AuthorizationCode::new).ok_or_else(|| Facts::missing("code"));
        Ok(Self { code: trail.require(Rule::CodePresent, code)?, form })
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> &AuthorizationCode {
        &self.code
    }

    /// What was `found` under the code (RFC 6749 section 5.2).
    pub fn require_known<T>(&self, found: Option<T>, trail: &mut Trail) -> Result<T, Fault> {
        let found = found
            .ok_or_else(|| Facts::new("a code that this authority issued and still knows", "another code"));
        trail.require(Rule::CodeKnown, found)
    }

    /// Checks the request against what the code was issued for. Gives the APIs that it names, of those that were asked for;
    /// none means all of them.
    ///
    /// Not checked: whether the login has ended since, and whether the code was used before, which is asked last: see
    /// [`CodeForm::require_live_login`] and [`CodeForm::require_first_use`].
    pub fn check(
        &self,
        issued: IssuedCode<'_>,
        sender: Sender<'_>,
        trail: &mut Trail,
    ) -> Result<Vec<Audience>, Fault> {
        trail.require(Rule::CodeClient, client_is_the_codes(sender.client_id, issued.client_id))?;
        trail.require(Rule::CodeExpiry, code_has_not_expired(issued.expires, sender.now))?;
        let redirect_uri = self.form.parameter("redirect_uri");
        trail.require(Rule::CodeRedirectUri, redirect_uri_is_identical(redirect_uri, issued.redirect_uri))?;
        let verifier = verifier_has_its_grammar(self.form.parameter("code_verifier"), issued.challenge);
        let verifier = trail.require(Rule::CodeVerifier, verifier)?;
        trail
            .require(Rule::CodeChallenge, verifier_fits_the_challenge(verifier.as_ref(), issued.challenge))?;
        trail.require(Rule::CodeDpopJkt, key_is_the_codes(sender.proof_key, issued.bound_to))?;
        let resources = named_resources(self.form.resources());
        let resources = resources.and_then(|named| resources_are_among(named, issued.resources));
        let resources = trail.require(Rule::CodeResource, resources)?;
        trail
            .require(Rule::CodeDetailsPlace, attestation_has_one_place(issued.is_attested, sender.attests))?;
        Ok(resources)
    }

    /// Checks that the login that gave the code has not been ended meanwhile.
    pub fn require_live_login(&self, is_alive: bool, trail: &mut Trail) -> Result<(), Fault> {
        let finding = if is_alive {
            Ok(())
        } else {
            Err(Facts::new("a login that has not ended", "one that was ended"))
        };
        trail.require(Rule::CodeSession, finding)
    }

    /// Checks that the code is used for the first time, as claiming it has shown (RFC 6749 section 4.1.2).
    pub fn require_first_use(&self, is_first: bool, trail: &mut Trail) -> Result<(), Fault> {
        let finding = if is_first {
            Ok(())
        } else {
            Err(Facts::new("a code that was never used", "one that was used"))
        };
        trail.require(Rule::CodeOnce, finding)
    }
}

/// RFC 6749 section 4.1.3. Whose the code is, is not told.
fn client_is_the_codes(sender: &ClientId, owner: &ClientId) -> Result<(), Facts> {
    if sender == owner {
        Ok(())
    } else {
        Err(Facts::new("the client that the code was issued to", "another client"))
    }
}

/// RFC 6749 section 4.1.2, FAPI 2.0 Security Profile section 5.3.2.1 (11). Both times are of the authority's own clock.
fn code_has_not_expired(expires: Timestamp, now: Timestamp) -> Result<(), Facts> {
    if now < expires {
        Ok(())
    } else {
        Err(Facts::new(
            "a code that has not expired",
            format_args!("one that ended {} s ago", now.seconds_after(expires)),
        ))
    }
}

/// RFC 6749 section 4.1.3: byte for byte.
fn redirect_uri_is_identical(sent: Option<&str>, requested: &str) -> Result<(), Facts> {
    match sent {
        Some(sent) if sent == requested => Ok(()),
        Some(other) => Err(Facts::value(requested, other)),
        None => Err(Facts::missing(requested)),
    }
}

/// RFC 7636 section 4.1, RFC 9700 section 2.1.1.
fn verifier_has_its_grammar(
    verifier: Option<&str>,
    challenge: Option<&CodeChallenge>,
) -> Result<Option<CodeVerifier>, Facts> {
    match (verifier, challenge) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Facts::missing("code_verifier")),
        (Some(_), None) => {
            Err(Facts::new("no code_verifier, as the authorization request had no code_challenge", "one"))
        }
        (Some(verifier), Some(_)) => CodeVerifier::parse(verifier).map(Some),
    }
}

/// RFC 7636 section 4.6.
fn verifier_fits_the_challenge(
    verifier: Option<&CodeVerifier>,
    challenge: Option<&CodeChallenge>,
) -> Result<(), Facts> {
    match (verifier, challenge) {
        (None, None) => Ok(()),
        (Some(verifier), Some(challenge)) if challenge.is_of(verifier) => Ok(()),
        _ => Err(Facts::new("the code_verifier of the code_challenge", "another one")),
    }
}

/// RFC 9449 section 10.
fn key_is_the_codes(proof_key: Option<&str>, bound_to: Option<&str>) -> Result<(), Facts> {
    match (bound_to, proof_key) {
        (None, _) => Ok(()),
        (Some(bound_to), Some(key)) if bound_to == key => Ok(()),
        (Some(bound_to), Some(other)) => {
            Err(Facts::new(format_args!("a proof by the key {bound_to}"), other))
        }
        (Some(bound_to), None) => Err(Facts::missing(format_args!("a proof by the key {bound_to}"))),
    }
}

/// HelseID: profile for the trust framework, error HID-DOUBLE-STRUCTURE.
pub(super) fn attestation_has_one_place(at_authorization: bool, at_token: bool) -> Result<(), Facts> {
    if at_authorization && at_token {
        return Err(Facts::new(
            "an attestation in one place",
            "one in the request object and one in the assertion",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
