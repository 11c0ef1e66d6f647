//! The one walk of rules over a request, whichever way it came.

use http::Method;

use super::request::Ask;
use super::request_object::{self, Values};
use super::{CheckedRequest, Client, Expectations, Refusal, TestPerson, ask, details, resources, way_back};
use crate::endpoint::form::Parameters;
use crate::id::Thumbprint;
use crate::rule::{Facts, Fault, Rule, Trail};

/// How a request came.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way<'a> {
    /// Its client pushed it, authenticated, with a proof by this key or without one.
    Pushed(Option<&'a Thumbprint>),
    /// A browser brought it.
    Front,
}

impl Way<'_> {
    pub(super) const fn is_pushed(self) -> bool {
        matches!(self, Self::Pushed(_))
    }
}

/// Checks that a request for pushing is a POST (RFC 9126 section 2.1), where the server has not done so.
pub fn require_post(method: &Method, trail: &mut Trail) -> Result<(), Fault> {
    let finding = if method == Method::POST { Ok(()) } else { Err(Facts::value("POST", method)) };
    trail.require(Rule::ParMethod, finding)
}

/// Judges what a client pushes (RFC 9126 section 2.1): `parameters` are those of its form, beside which the client was found to be
/// the one that it says. `proof` is the key of a DPoP proof that was checked; the tokens will be bound to it (RFC 9449 section
/// 10.1).
///
/// Not checked: whether the request object's `jti` was used before, see [`CheckedRequest::request_object`].
pub fn push(
    parameters: &Parameters<'_>,
    proof: Option<&Thumbprint>,
    (client, expectations): (&Client<'_>, &Expectations<'_>),
    trail: &mut Trail,
) -> Result<CheckedRequest, Fault> {
    trail.require(Rule::ParRequestUri, no_name_is_pushed(parameters))?;
    let line = Line { way: Way::Pushed(proof), client, expectations };
    line.check(parameters, trail).map_err(Refusal::into_fault)
}

/// Judges what a browser brings without having it pushed before.
///
/// Not checked: whether the request object's `jti` was used before, see [`CheckedRequest::request_object`].
pub fn front(
    parameters: &Parameters<'_>,
    (client, expectations): (&Client<'_>, &Expectations<'_>),
    trail: &mut Trail,
) -> Result<CheckedRequest, Refusal> {
    let pushing = client.must_push(expectations.switches.login.pushed_requests);
    let finding = if pushing { Err(Facts::new("a request_uri", "the request itself")) } else { Ok(()) };
    trail.require(Rule::AuthorizePar, finding).map_err(Refusal::Page)?;
    Line { way: Way::Front, client, expectations }.check(parameters, trail)
}

struct Line<'a, 'c> {
    way: Way<'a>,
    client: &'a Client<'c>,
    expectations: &'a Expectations<'a>,
}

impl Line<'_, '_> {
    fn check(&self, parameters: &Parameters<'_>, trail: &mut Trail) -> Result<CheckedRequest, Refusal> {
        let (client, expectations) = (self.client, self.expectations);
        let switches = &expectations.switches.login;
        let (values, request_object) =
            request_object::read(parameters, self.way.is_pushed(), (client, expectations), trail)
                .map_err(Refusal::Page)?;
        let way_back =
            way_back::find(&values, client, switches.redirect_case, trail).map_err(Refusal::Page)?;
        match self.ask(&values, trail) {
            Ok(ask) => Ok(CheckedRequest {
                client_id: client.id.clone(),
                redirect_uri: values.get("redirect_uri").unwrap_or_default().into(),
                way_back,
                ask,
                request_object,
            }),
            Err(fault) => Err(Refusal::of(&way_back, switches.errors, fault)),
        }
    }

    /// Everything behind the way back: a breach may be told to the client.
    fn ask(&self, values: &Values<'_>, trail: &mut Trail) -> Result<Ask, Fault> {
        let (client, expectations) = (self.client, self.expectations);
        trail.require(Rule::AuthorizeResponseType, ask::response_type_is_code(values))?;
        trail.require(Rule::AuthorizeResponseMode, ask::response_mode_is_offered(values))?;
        trail.require(Rule::AuthorizeGrant, client_may_use_codes(client))?;
        let code_challenge = trail.require(Rule::AuthorizeCodeChallenge, ask::challenge_is_a_hash(values))?;
        trail.require(Rule::AuthorizeCodeChallengeMethod, ask::method_is_s256(values))?;
        let (scopes, resources) = resources::check(values, client, trail)?;
        let _state = ask::recommended::<{ super::request::MAX_STATE }>(
            values,
            ("state", Rule::AuthorizeState),
            trail,
        )?;
        let nonce = ask::recommended(values, ("nonce", Rule::AuthorizeNonce), trail)?;
        let prompt = trail.require(Rule::AuthorizePrompt, ask::prompt_is_known(values))?;
        let max_age = trail.require(Rule::AuthorizeMaxAge, ask::max_age_is_a_number(values))?;
        let acr = ask::acr_values(values, expectations, trail)?;
        let login_hint =
            trail.require(Rule::AuthorizeLoginHint, ask::text_is_bounded(values, "login_hint"))?;
        let id_token_hint =
            trail.require(Rule::AuthorizeIdTokenHint, ask::hint_is_ours(values, expectations))?;
        let dpop_jkt = self.key(values, trail)?;
        let test_person = TestPerson::check(values, self.way.is_pushed(), expectations, trail)?;
        let details = details::read(values, expectations.now, trail)?;
        Ok(Ask {
            scopes,
            resources,
            code_challenge,
            dpop_jkt,
            nonce,
            prompt,
            max_age,
            acr,
            login_hint,
            id_token_hint,
            // A wish for a language is no reason to refuse anything.
            ui_locales: ask::text_is_bounded(values, "ui_locales").unwrap_or_default(),
            test_person,
            details,
        })
    }

    /// The key that the tokens are to be bound to (RFC 9449 sections 10 and 10.1).
    fn key(&self, values: &Values<'_>, trail: &mut Trail) -> Result<Option<Thumbprint>, Fault> {
        let named = trail.require(Rule::AuthorizeDpopJkt, ask::jkt_is_a_thumbprint(values))?;
        let Way::Pushed(proof) = self.way else { return Ok(named) };
        trail.require(Rule::ParDpopJkt, ask::proof_is_by_that_key(named.as_ref(), proof))?;
        Ok(named.or_else(|| proof.cloned()))
    }
}

/// RFC 9126 section 2.1.
fn no_name_is_pushed(parameters: &Parameters<'_>) -> Result<(), Facts> {
    match parameters.value("request_uri") {
        Some(_) => Err(Facts::new("a request without request_uri", "one with")),
        None => Ok(()),
    }
}

/// RFC 6749 section 4.1.2.1, RFC 9126 section 2.1.
fn client_may_use_codes(client: &Client<'_>) -> Result<(), Facts> {
    if client.may_use_codes {
        Ok(())
    } else {
        Err(Facts::new("a client with the grant authorization_code", "one without"))
    }
}
