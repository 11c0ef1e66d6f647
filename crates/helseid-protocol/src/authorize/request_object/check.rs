//! The request object as a JWT. Each rule is one function, in the order of the catalogue; the walk takes cheap checks before
//! expensive ones.

use serde_json::Value;

use super::{MAX_BYTES, RequestObjectId, TYP};
use crate::assertion;
use crate::assertion::KeyRules;
use crate::authorize::{Client, Expectations};
use crate::id::{ClientId, JwtId};
use crate::jose::json::Object;
use crate::jose::jws::{Header, Unverified};
use crate::jwt::{FormRules, Times, Written, alg_is_allowed, jti_is_there, member};
use crate::rule::{Facts, Fault, RequestObjects, Rule, Trail};

/// HelseID: use of request objects: how far ahead `exp` may lie, tolerance apart.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(60);

/// A request object that its client signed for us, now.
pub(super) struct CheckedObject {
    pub(super) claims: Object,
    pub(super) id: Option<RequestObjectId>,
}

pub(super) fn check(
    text: &str,
    (client, expectations): (&Client<'_>, &Expectations<'_>),
    trail: &mut Trail,
) -> Result<CheckedObject, Fault> {
    let switches = expectations.switches;
    let handling = switches.login.request_objects;
    let jws = FORM.read(Unverified::parse(text, MAX_BYTES), trail)?;
    let (header, claims) = (jws.header(), jws.unverified_claims());
    tolerated(Rule::RequestObjectTyp, typ_is_of_a_request_object(header, handling), trail)?;
    let algorithm = trail.require(Rule::RequestObjectAlg, alg_is_allowed(header, switches.algorithms))?;
    trail.require(Rule::RequestObjectIss, iss_is_the_client(claims, client.id))?;
    tolerated(Rule::RequestObjectAud, aud_is_the_issuer(claims, expectations), trail)?;
    tolerated(Rule::RequestObjectClientId, client_id_is_the_clients(claims, client.id, handling), trail)?;
    let times = Times { claims, now: expectations.now, tolerance: expectations.tolerance };
    let expires = trail.require(Rule::RequestObjectExp, times.exp_is_not_past())?;
    trail.require(Rule::RequestObjectLifetime, times.exp_is_near(expires, LIFETIME))?;
    trail.require(Rule::RequestObjectNbf, times.nbf_is_reached())?;
    tolerated(Rule::RequestObjectIat, iat_is_a_number(times, handling), trail)?;
    let jti = trail.require(Rule::RequestObjectJti, jti_is_usable(claims))?;
    trail.require(Rule::RequestObjectNested, object_is_the_innermost(claims))?;
    let sub = sub_is_not_the_client(claims, client.id, handling);
    let has_the_client_for_subject = !matches!(sub, Ok(None));
    tolerated(Rule::RequestObjectSub, sub, trail)?;
    KEY.require_signer(&jws, (algorithm, client.keys), (switches, expectations.now), trail)?;
    let id = jti.map(|jti| RequestObjectId::new(jti, expires, expectations.tolerance));
    let id =
        if has_the_client_for_subject { id.map(RequestObjectId::with_the_client_for_subject) } else { id };
    Ok(CheckedObject { id, claims: jws.into_claims() })
}

/// Notes what a rule's function found: that it holds, or facts to warn of.
fn tolerated(rule: Rule, finding: Result<Option<Facts>, Facts>, trail: &mut Trail) -> Result<(), Fault> {
    match finding {
        Ok(Some(facts)) => trail.warn(rule, facts),
        finding => return trail.require(rule, finding.map(drop)),
    }
    Ok(())
}

/// RFC 9101 section 4.
const FORM: FormRules = FormRules {
    form: Rule::RequestObjectForm,
    alg: Rule::RequestObjectAlg,
    parameters: &[("typ", Rule::RequestObjectTyp), ("kid", Rule::RequestObjectKid)],
};

/// RFC 9101 section 6.2.
const KEY: KeyRules = KeyRules {
    kid: Rule::RequestObjectKid,
    key_alg: Rule::RequestObjectKeyAlg,
    signature: Rule::RequestObjectSignature,
    key_expiry: Rule::RequestObjectKeyExpiry,
};

/// RFC 9101 section 10.8. NHN's samples send the `typ` of an assertion, others none.
fn typ_is_of_a_request_object(header: &Header, handling: RequestObjects) -> Result<Option<Facts>, Facts> {
    if header.is_typ(TYP) {
        return Ok(None);
    }
    let facts = || header.typ().map_or(Facts::new(TYP, "no typ"), |typ| Facts::value(TYP, typ));
    let is_known = header.typ().is_none() || header.is_typ("JWT") || header.is_typ(assertion::TYP);
    if is_known && handling == RequestObjects::Merged { Ok(Some(facts())) } else { Err(facts()) }
}

/// RFC 9101 section 4.
fn iss_is_the_client(claims: &Object, client: &ClientId) -> Result<(), Facts> {
    match member::text(claims, "iss")? {
        iss if iss == client.as_str() => Ok(()),
        iss => Err(Facts::value(format_args!("'{client}'"), iss)),
    }
}

/// RFC 9101 section 4. A slash at the end passes where it does in an assertion.
fn aud_is_the_issuer(claims: &Object, expectations: &Expectations<'_>) -> Result<Option<Facts>, Facts> {
    let issuer = expectations.issuer.as_str();
    let is_strict = expectations.switches.login.request_objects == RequestObjects::Strict;
    let audiences: Vec<_> = match claims.get("aud") {
        Some(Value::String(audience)) => vec![audience.as_str()],
        Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).collect(),
        Some(other) => return Err(Facts::new(issuer, member::kind(other))),
        None => return Err(Facts::missing(issuer)),
    };
    if audiences.contains(&issuer) {
        return Ok(None);
    }
    let with_slash = audiences.iter().find(|audience| audience.strip_suffix('/') == Some(issuer));
    match (with_slash, audiences.first()) {
        (Some(audience), _) if !is_strict => Ok(Some(Facts::value(issuer, audience))),
        (_, Some(audience)) => Err(Facts::value(issuer, audience)),
        (_, None) => Err(Facts::new(issuer, "an array without it")),
    }
}

/// RFC 9101 sections 5 and 6.3.
fn client_id_is_the_clients(
    claims: &Object,
    client: &ClientId,
    handling: RequestObjects,
) -> Result<Option<Facts>, Facts> {
    let missing = || Facts::missing(format_args!("'{client}' in client_id"));
    match claims.get("client_id") {
        None if handling == RequestObjects::Merged => Ok(Some(missing())),
        None => Err(missing()),
        Some(_) => match member::text(claims, "client_id")? {
            named if named == client.as_str() => Ok(None),
            named => Err(Facts::value(format_args!("'{client}'"), named)),
        },
    }
}

/// RFC 7519 section 4.1.6. NHN's samples write it as a text.
fn iat_is_a_number(times: Times<'_>, handling: RequestObjects) -> Result<Option<Facts>, Facts> {
    match times.iat_is_not_ahead()? {
        Written::AsNumber => Ok(None),
        Written::AsText => {
            let facts = Facts::new("a JSON number in iat", "a text of digits");
            if handling == RequestObjects::Strict { Err(facts) } else { Ok(Some(facts)) }
        }
    }
}

/// HelseID: use of request objects: `jti` may be left out.
fn jti_is_usable(claims: &Object) -> Result<Option<JwtId>, Facts> {
    claims.get("jti").map(|_| jti_is_there(claims)).transpose()
}

/// RFC 9101 section 4.
fn object_is_the_innermost(claims: &Object) -> Result<(), Facts> {
    match ["request", "request_uri"].into_iter().find(|name| claims.contains_key(*name)) {
        Some(name) => Err(Facts::new("a request object without request and request_uri", name)),
        None => Ok(()),
    }
}

/// RFC 9101 section 10.8: an object with the client for its `sub` could pass for a client assertion.
fn sub_is_not_the_client(
    claims: &Object,
    client: &ClientId,
    handling: RequestObjects,
) -> Result<Option<Facts>, Facts> {
    if claims.get("sub").and_then(Value::as_str) != Some(client.as_str()) {
        return Ok(None);
    }
    let facts = Facts::new("no sub", "the client id in sub");
    if handling == RequestObjects::Strict { Err(facts) } else { Ok(Some(facts)) }
}
