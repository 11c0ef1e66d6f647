//! The request for new tokens by a refresh token (RFC 6749 section 6): as a client writes it, as an authority reads it and holds
//! it against what was granted.

use super::authorization_code::{Sender, attestation_has_one_place};
use super::resource::{named_resources, resources_are_among};
use super::{TokenForm, request};
use crate::grant::GrantType;
use crate::id::{Audience, ClientId};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::scope::ScopeSet;
use crate::secret::{ClientAssertion, RefreshToken};
use crate::time::Timestamp;

/// What a client sends to refresh.
///
/// ```
/// use helseid_protocol::endpoint::token::RefreshRequest;
/// use helseid_protocol::secret::{ClientAssertion, RefreshToken};
/// use helseid_protocol::{id::ClientId, scope::ScopeSet};
///
/// let request = RefreshRequest {
///     client_id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     refresh_token: &RefreshToken::new("7F3A"),
///     scope: &ScopeSet::parse("nhn:kjernejournal/read")?,
///     resource: None,
/// };
/// assert!(request.body(&ClientAssertion::new("eyJhbGciOi")).starts_with("grant_type=refresh_token&"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RefreshRequest<'a> {
    /// Who refreshes.
    pub client_id: &'a ClientId,
    /// The refresh token.
    pub refresh_token: &'a RefreshToken,
    /// What the new token is for; none asks for all that was granted.
    pub scope: &'a ScopeSet,
    /// The one API that it is for, of those that were asked for (RFC 8707 section 2.2).
    pub resource: Option<&'a Audience>,
}

impl RefreshRequest<'_> {
    /// The request's body, a form. Holds the refresh token and the assertion: not for logs.
    #[must_use]
    pub fn body(&self, assertion: &ClientAssertion) -> String {
        let mut form = request::authenticated(GrantType::RefreshToken, self.client_id, assertion);
        form.append_pair("refresh_token", self.refresh_token.expose());
        request::finished(form, self.scope, self.resource)
    }
}

/// The same as an authority reads it.
///
/// ```
/// use helseid_protocol::endpoint::token::{CONTENT_TYPE, RefreshForm, TokenForm};
/// use helseid_protocol::rule::{Fault, Rule, Trail};
///
/// let body = b"grant_type=refresh_token&refresh_token=7F3A&client_assertion=eyJhbGciOi\
///     &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// let trail = &mut Trail::new();
/// let form = TokenForm::read(Some(CONTENT_TYPE), body, trail)?;
/// let refresh = RefreshForm::read(&form, trail)?;
/// assert_eq!(refresh.refresh_token().expose(), "7F3A");
/// // If nothing is stored under it:
/// let known = refresh.require_known(None::<()>, trail);
/// assert!(known.is_err_and(|fault| fault.rule() == Rule::RefreshKnown));
/// # Ok::<(), Fault>(())
/// ```
#[derive(Debug)]
pub struct RefreshForm<'a> {
    refresh_token: RefreshToken,
    form: &'a TokenForm<'a>,
}

/// What a refresh token stands for, as the authority has stored it.
///
/// ```
/// use helseid_protocol::endpoint::token::{RefreshForm, RefreshGrant, Sender};
/// # use helseid_protocol::endpoint::token::{CONTENT_TYPE, TokenForm};
/// # use helseid_protocol::{id::ClientId, rule::{Rule, Trail}, scope::ScopeSet, time::Timestamp};
/// # let body = b"grant_type=refresh_token&refresh_token=7F3A&client_assertion=eyJhbGciOi\
/// #     &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// # let (client, now) = (ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?, Timestamp::from_seconds(1_790_000_000));
/// # let trail = &mut Trail::new();
/// # let form = TokenForm::read(Some(CONTENT_TYPE), body, trail)?;
/// # let form = RefreshForm::read(&form, trail)?;
/// let grant = RefreshGrant {
///     client_id: &client,
///     scopes: &ScopeSet::parse("openid nhn:kjernejournal/read")?,
///     resources: &[],
///     is_bound: true,
///     is_attested: false,
///     expires: Timestamp::from_seconds(1_790_028_800),
///     is_revoked: false,
/// };
/// // The tokens so far were bound to a key, and this request comes without a proof.
/// let sender = Sender { client_id: &client, proof_key: None, attests: false, now };
/// assert!(form.check(grant, sender, trail).is_err_and(|fault| fault.rule() == Rule::RefreshDpop));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RefreshGrant<'a> {
    /// The client that it was issued to.
    pub client_id: &'a ClientId,
    /// The scopes that were granted.
    pub scopes: &'a ScopeSet,
    /// The APIs that were asked for, or those of the granted scopes where none was named.
    pub resources: &'a [Audience],
    /// Whether its tokens are bound to a key.
    pub is_bound: bool,
    /// Whether the authorization request brought an attestation.
    pub is_attested: bool,
    /// When it ends.
    pub expires: Timestamp,
    /// Whether it was revoked, or the login that it came from was ended.
    pub is_revoked: bool,
}

/// What the new token is for.
///
/// ```
/// use helseid_protocol::endpoint::token::Narrowed;
/// use helseid_protocol::{id::Audience, scope::ScopeSet};
///
/// /// The APIs of the new token.
/// fn audiences(narrowed: Narrowed, granted: Vec<Audience>) -> Vec<Audience> {
///     if narrowed.resources.is_empty() { granted } else { narrowed.resources }
/// }
/// let granted = vec![Audience::parse("nhn:kjernejournal")?];
/// let as_granted = Narrowed { scopes: ScopeSet::parse("nhn:kjernejournal/read")?, resources: vec![] };
/// assert_eq!(audiences(as_granted, granted.clone()), granted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowed {
    /// The scopes.
    pub scopes: ScopeSet,
    /// The APIs that the request names; none means all that were granted.
    pub resources: Vec<Audience>,
}

impl<'a> RefreshForm<'a> {
    /// Reads what `form` asks for.
    pub fn read(form: &'a TokenForm<'a>, trail: &mut Trail) -> Result<Self, Fault> {
        let token = form.parameter("refresh_token").map(RefreshToken::new);
        let token = token.ok_or_else(|| Facts::missing("refresh_token"));
        Ok(Self { refresh_token: trail.require(Rule::RefreshPresent, token)?, form })
    }

    /// The refresh token.
    #[must_use]
    pub const fn refresh_token(&self) -> &RefreshToken {
        &self.refresh_token
    }

    /// What was `found` under the refresh token (RFC 6749 section 5.2).
    pub fn require_known<T>(&self, found: Option<T>, trail: &mut Trail) -> Result<T, Fault> {
        let found = found.ok_or_else(|| Facts::new("a refresh token of this authority", "another text"));
        trail.require(Rule::RefreshKnown, found)
    }

    /// Checks the request against what was granted. A client that authenticates may refresh with another key than before, but
    /// not go from a key to none, or from none to a key (RFC 9449 section 5).
    ///
    /// Not checked: whether a token that is good once was used before, which is asked last: see
    /// [`RefreshForm::require_unused`].
    pub fn check(
        &self,
        grant: RefreshGrant<'_>,
        sender: Sender<'_>,
        trail: &mut Trail,
    ) -> Result<Narrowed, Fault> {
        trail.require(Rule::RefreshClient, client_is_the_tokens(sender.client_id, grant.client_id))?;
        trail.require(Rule::RefreshExpiry, token_has_not_expired(grant.expires, sender.now))?;
        trail.require(Rule::RefreshRevoked, token_is_not_revoked(grant.is_revoked))?;
        trail.require(Rule::RefreshDpop, binding_stays(grant.is_bound, sender.proof_key.is_some()))?;
        let scopes = trail
            .require(Rule::RefreshScope, scopes_are_granted(self.form.parameter("scope"), grant.scopes))?;
        let resources = named_resources(self.form.resources());
        let resources = resources.and_then(|named| resources_are_among(named, grant.resources));
        let resources = trail.require(Rule::RefreshResource, resources)?;
        let place = attestation_has_one_place(grant.is_attested, sender.attests);
        trail.require(Rule::RefreshDetailsPlace, place)?;
        Ok(Narrowed { scopes, resources })
    }

    /// Checks that a token that is good once is used in time, as claiming it has shown (RFC 9700 section 4.14.2).
    pub fn require_unused(&self, is_unused: bool, trail: &mut Trail) -> Result<(), Fault> {
        let finding = if is_unused {
            Ok(())
        } else {
            Err(Facts::new("the newest refresh token", "one that was used before"))
        };
        trail.require(Rule::RefreshOnce, finding)
    }
}

/// RFC 6749 section 6. Whose the token is, is not told.
fn client_is_the_tokens(sender: &ClientId, owner: &ClientId) -> Result<(), Facts> {
    if sender == owner {
        Ok(())
    } else {
        Err(Facts::new("the client that the refresh token was issued to", "another client"))
    }
}

/// RFC 6749 section 6. Both times are of the authority's own clock.
fn token_has_not_expired(expires: Timestamp, now: Timestamp) -> Result<(), Facts> {
    if now < expires {
        Ok(())
    } else {
        let got = format_args!("one that ended {} s ago", now.seconds_after(expires));
        Err(Facts::new("a refresh token that has not expired", got))
    }
}

/// RFC 6749 section 6.
fn token_is_not_revoked(is_revoked: bool) -> Result<(), Facts> {
    if is_revoked { Err(Facts::new("a valid refresh token", "one that was revoked")) } else { Ok(()) }
}

/// RFC 9449 section 5.
fn binding_stays(was_bound: bool, has_proof: bool) -> Result<(), Facts> {
    match (was_bound, has_proof) {
        (true, false) => Err(Facts::missing("a proof, as the tokens before were bound to a key")),
        (false, true) => Err(Facts::new("no proof, as the tokens before were bound to no key", "a proof")),
        _ => Ok(()),
    }
}

/// RFC 6749 section 6: no scope asks for all that was granted.
fn scopes_are_granted(asked: Option<&str>, granted: &ScopeSet) -> Result<ScopeSet, Facts> {
    let Some(asked) = asked else { return Ok(granted.clone()) };
    let asked = ScopeSet::parse(asked)
        .map_err(|why| Facts::new("scopes separated by spaces", format_args!("an invalid scope: {why}")))?;
    if asked.is_empty() {
        return Ok(granted.clone());
    }
    match asked.without(granted).iter().next() {
        None => Ok(asked),
        Some(other) => Err(Facts::value(format_args!("scopes among {granted}"), other)),
    }
}

#[cfg(test)]
mod tests;
