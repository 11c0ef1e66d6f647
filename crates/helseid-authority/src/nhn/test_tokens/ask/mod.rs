//! What is asked for, by NHN's names. What is null, false or empty asks for nothing; unknown names are passed over.
//!
//! NHN's own tool sends the names as C# has them, and a value for what is not set: `""`, or the least number of 32 bits.

mod parameters;
mod values;

use helseid_protocol::jose::json::Object;
use serde::Deserialize;
use serde_json::Value;

pub(super) use parameters::{
    ApiClaim, Attestation, ClientClaims, Exchange, Expiration, Header, IdTokenParameters, Proof, UserClaims,
};
pub(super) use values::{Generation, IssuerEnvironment, Tenancy};

/// The request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ask {
    pub(super) audience: String,
    pub(super) client_claims_parameters_generation: Option<Generation>,
    pub(super) without_default_client_claims: Option<bool>,
    /// The older name is that of NHN's first version.
    #[serde(alias = "generalClaimsParameters")]
    pub(super) client_claims_parameters: Option<ClientClaims>,
    pub(super) user_claims_parameters_generation: Option<Generation>,
    pub(super) without_default_user_claims: Option<bool>,
    pub(super) user_claims_parameters: Option<UserClaims>,
    pub(super) get_person_from_persontjenesten: Option<bool>,
    pub(super) only_set_name_for_person: Option<bool>,
    pub(super) get_hpr_number_from_hprregisteret: Option<bool>,
    pub(super) set_pid_pseudonym: Option<bool>,
    pub(super) set_subject: Option<bool>,
    pub(super) create_tillitsrammeverk_claims: Option<bool>,
    pub(super) tillitsrammeverk_claims_parameters: Option<Attestation>,
    pub(super) create_token_exchange_claims: Option<bool>,
    pub(super) token_exchange_parameters: Option<Exchange>,
    pub(super) api_specific_claims: Option<Vec<ApiClaim>>,
    /// Read, so that a value that NHN's service refuses is refused here; it changes nothing.
    #[serde(rename = "issuerEnvironment")]
    _issuer_environment: Option<IssuerEnvironment>,
    pub(super) header_parameters: Option<Header>,
    pub(super) expiration_parameters: Option<Expiration>,
    pub(super) sign_jwt_with_invalid_signing_key: Option<bool>,
    pub(super) set_invalid_issuer: Option<bool>,
    pub(super) set_invalid_audience: Option<bool>,
    #[serde(rename = "createDPoPTokenWithDPoPProof")]
    pub(super) create_dpop_token: Option<bool>,
    #[serde(rename = "dPoPProofParameters")]
    pub(super) proof: Option<Proof>,
    /// Not NHN's: an ID token of the same login goes with the access token.
    pub(super) create_id_token: Option<bool>,
    /// Not NHN's.
    pub(super) id_token_parameters: Option<IdTokenParameters>,
}

/// What C# writes for a number that is not set.
const UNSET: i64 = -2_147_483_648;

/// The one member whose values are the caller's own.
const API_CLAIMS: &str = "apiSpecificClaims";

impl Ask {
    /// What a body asks for, and `audience` where the body names none; or what is wrong with it.
    pub(super) fn read(body: &[u8], audience: Option<&str>) -> Result<Self, String> {
        let members: Object = serde_json::from_slice(body).map_err(|why| why.to_string())?;
        let mut members = normal(members)?;
        if let Some(audience) = audience {
            members.entry("audience").or_insert_with(|| audience.into());
        }
        serde_json::from_value(Value::Object(members)).map_err(|why| why.to_string())
    }
}

/// Names as JSON has them, and without what is not set.
fn normal(members: Object) -> Result<Object, String> {
    let mut normal_members = Object::new();
    for (name, value) in members {
        let mut letters = name.chars();
        let name: String =
            letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect();
        let value = match value {
            Value::Object(inner) => Value::Object(normal(inner)?),
            Value::Array(items) if name == API_CLAIMS => {
                Value::Array(items.into_iter().map(named).collect::<Result<_, _>>()?)
            }
            other => other,
        };
        if is_unset(&value) {
            continue;
        }
        if normal_members.contains_key(&name) {
            return Err(format!("{name} is sent twice"));
        }
        normal_members.insert(name, value);
    }
    Ok(normal_members)
}

/// A claim of an API: its names are NHN's, and its value is left as it is.
fn named(claim: Value) -> Result<Value, String> {
    let Value::Object(mut members) = claim else { return Ok(claim) };
    let value = members.remove("value").or_else(|| members.remove("Value"));
    let mut members = normal(members)?;
    if let Some(value) = value {
        members.insert("value".to_owned(), value);
    }
    Ok(Value::Object(members))
}

fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Number(number) => number.as_i64() == Some(UNSET),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use helseid_protocol::forge::BrokenProof;
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<Ask, String> {
        Ask::read(body.to_string().as_bytes(), None)
    }

    #[test]
    fn names_of_csharp_and_values_that_are_not_set_ask_for_nothing() {
        let ask = read(&json!({
            "Audience": "an:api", "ExpirationParameters": { "ExpirationTimeInDays": UNSET, "ExpirationTimeInSeconds": 60 },
            "HeaderParameters": { "Typ": "" }, "ClientClaimsParameters": { "CnfJkt": "", "Scope": [], "Jti": null },
            "DPoPProofParameters": { "HtuClaimValue": "", "InvalidDPoPProofParameters": 3 },
            "ApiSpecificClaims": [{ "Type": "a", "Value": { "Kept": "", "none": null } }],
            "UserClaimsParametersGeneration": 0, "UserClaimsParameters": { "Pid": "13109525611" },
            "CreateTillitsrammeverkClaims": false, "TillitsrammeverkClaimsParameters": { "Selected": true },
        }));
        let ask = ask.expect("a body");
        assert_eq!(ask.audience, "an:api");
        assert_eq!(ask.user_claims_parameters_generation, Some(Generation::GenerateNone));
        assert_eq!(ask.create_tillitsrammeverk_claims, Some(false));
        let times = ask.expiration_parameters.expect("times");
        assert_eq!((times.expiration_time_in_days, times.expiration_time_in_seconds), (None, Some(60)));
        assert!(ask.header_parameters.expect("a header").typ.is_none());
        let claims = ask.client_claims_parameters.expect("claims");
        assert!(claims.cnf_jkt.is_none() && claims.scope.is_none() && claims.jti.is_none());
        let proof = ask.proof.expect("a proof");
        assert!(proof.htu_claim_value.is_none() && proof.broken == Some(BrokenProof::IatInThePast));
        let own = ask.api_specific_claims.expect("claims of the API's own");
        assert_eq!((&*own[0].name, &own[0].value), ("a", &json!({ "Kept": "", "none": null })));
    }

    #[test]
    fn the_audience_of_the_header_counts_where_the_body_has_none() {
        for (body, audience) in [("{}", "of:header"), (r#"{"Audience":"of:body"}"#, "of:body")] {
            let ask = Ask::read(body.as_bytes(), Some("of:header")).expect("a body");
            assert_eq!(ask.audience, audience);
        }
    }

    #[test]
    fn what_is_said_of_a_person_is_not_shown() {
        let ask = read(&json!({
            "audience": "an:api", "userClaimsParameters": { "pid": "13899525781", "name": "Ola" },
            "tillitsrammeverkClaimsParameters": { "practitionerLegalEntityName": "Legen Ola" },
            "dPoPProofParameters": { "privateKeyForProofCreation": "Ola" },
        }));
        let shown = format!("{:?}", ask.expect("a body"));
        assert!(!shown.contains("13899525781") && !shown.contains("Ola"), "{shown}");
    }

    #[test]
    fn a_name_in_both_spellings_is_refused() {
        let both = read(&json!({ "Audience": "an:api", "audience": "another:api" }));
        assert_eq!(both.expect_err("two audiences"), "audience is sent twice");
        assert!(read(&json!({ "audience": "" })).expect_err("no audience").contains("audience"));
    }
}
