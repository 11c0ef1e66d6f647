//! What is asked for, by NHN's names. What is null, false or empty asks for nothing; unknown names are passed over.
//!
//! NHN's own tool sends the names as C# has them, and a value for what is not set: `""`, or the least number of 32 bits.

use helseid_protocol::forge::BrokenProof;
use helseid_protocol::jose::json::Object;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ask {
    pub(super) audience: String,
    #[serde(default)]
    pub(super) client_claims_parameters_generation: Option<Generation>,
    #[serde(default)]
    pub(super) without_default_client_claims: Option<bool>,
    #[serde(default)]
    pub(super) client_claims_parameters: Option<ClientClaims>,
    #[serde(default)]
    pub(super) api_specific_claims: Option<Vec<ApiClaim>>,
    #[serde(default)]
    pub(super) header_parameters: Option<Header>,
    #[serde(default)]
    pub(super) expiration_parameters: Option<Expiration>,
    #[serde(default)]
    pub(super) sign_jwt_with_invalid_signing_key: Option<bool>,
    #[serde(default)]
    pub(super) set_invalid_issuer: Option<bool>,
    #[serde(default)]
    pub(super) set_invalid_audience: Option<bool>,
    #[serde(default, rename = "createDPoPTokenWithDPoPProof")]
    pub(super) create_dpop_token: Option<bool>,
    #[serde(default, rename = "dPoPProofParameters")]
    pub(super) proof: Option<Proof>,
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

/// Claims about users, which come with user login, and the switch without which a member says nothing.
const OF_USERS: [(&str, Option<&str>); 12] = [
    (GENERATION_OF_USERS, None),
    ("userClaimsParameters", Some(GENERATION_OF_USERS)),
    ("createTillitsrammeverkClaims", None),
    ("tillitsrammeverkClaimsParameters", Some("createTillitsrammeverkClaims")),
    ("getPersonFromPersontjenesten", None),
    ("onlySetNameForPerson", None),
    ("getHprNumberFromHprregisteret", None),
    ("setPidPseudonym", None),
    ("setSubject", None),
    ("createTokenExchangeClaims", None),
    ("tokenExchangeParameters", Some("createTokenExchangeClaims")),
    ("withoutUserClaims", None),
];

const GENERATION_OF_USERS: &str = "userClaimsParametersGeneration";

/// What C# writes for a number that is not set.
const UNSET: i64 = -2_147_483_648;

/// The one member whose values are the caller's own.
const API_CLAIMS: &str = "apiSpecificClaims";

impl Ask {
    /// What a body asks for; or what is wrong with it.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let members: Object = serde_json::from_slice(body).map_err(|why| why.to_string())?;
        serde_json::from_value(Value::Object(normal(members)?)).map_err(|why| why.to_string())
    }

    /// A member that asks for claims about users.
    pub(super) fn asks_for_users(&self) -> Option<&str> {
        let says = |name: &str| self.others.get(name).is_some_and(|value| !says_nothing(value));
        let is_off = |switch: &str| self.others.get(switch).is_some_and(says_nothing);
        let asked = |(name, switch): &&(&str, Option<&str>)| says(name) && !switch.is_some_and(is_off);
        OF_USERS.iter().find(asked).map(|(name, _)| *name)
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

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(wanted) => !wanted,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty() || text == "GenerateNone",
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(says_nothing),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ClientClaims {
    pub(super) scope: Option<Vec<String>>,
    pub(super) client_id: Option<String>,
    pub(super) sfm_journal_id: Option<String>,
    pub(super) orgnr_parent: Option<String>,
    pub(super) orgnr_child: Option<String>,
    pub(super) orgnr_supplier: Option<String>,
    pub(super) client_tenancy: Option<bool>,
    pub(super) client_tenancy_type: Option<Tenancy>,
    pub(super) authentication_methods_references: Option<Vec<String>>,
    pub(super) client_authentication_methods_references: Option<String>,
    pub(super) client_name: Option<String>,
    pub(super) jti: Option<String>,
    pub(super) cnf_jkt: Option<String>,
    pub(super) cnf_public_key: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ApiClaim {
    #[serde(rename = "type")]
    pub(super) name: String,
    pub(super) value: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) typ: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Expiration {
    pub(super) set_expiration_time_as_expired: Option<bool>,
    pub(super) expiration_time_in_seconds: Option<u32>,
    pub(super) expiration_time_in_days: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Proof {
    pub(super) htu_claim_value: Option<String>,
    pub(super) htm_claim_value: Option<String>,
    /// A private JWK as a text. Secret.
    pub(super) private_key_for_proof_creation: Option<String>,
    #[serde(rename = "invalidDPoPProofParameters", deserialize_with = "broken")]
    pub(super) broken: Option<BrokenProof>,
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Proof").field("broken", &self.broken).finish_non_exhaustive()
    }
}

macro_rules! by_number_or_name {
    ($(#[$doc:meta])* $kind:ident { $($name:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $kind { $($name),+ }

        impl $kind {
            pub(super) const ALL: &[(&str, Self)] = &[$((stringify!($name), Self::$name)),+];
        }

        /// As C# writes it: by its number, or by its name.
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                chosen(&Value::deserialize(from)?, Self::ALL)
            }
        }
    };
}

by_number_or_name! {
    /// Which claims are made.
    #[expect(clippy::enum_variant_names, reason = "the names are NHN's")]
    Generation {
        GenerateNone,
        GenerateOnlyDefault,
        GenerateOnlyFromNonEmptyParameterValues,
        GenerateDefaultWithClaimsFromNonEmptyParameterValues,
    }
}

by_number_or_name! {
    /// The client's tenancy.
    Tenancy { MultiTenant, SingleTenant, None }
}

/// The one thing that is wrong with a proof, or with the token's binding to it; the first is that nothing is.
fn broken<'de, D: Deserializer<'de>>(from: D) -> Result<Option<BrokenProof>, D::Error> {
    let proofs = BrokenProof::ALL.map(|broken| (broken.nhn_name(), Some(broken)));
    let all: Vec<_> = std::iter::once(("None", None)).chain(proofs).collect();
    chosen(&Value::deserialize(from)?, &all)
}

/// The one of `all` that C# writes like this: by its number, or by its name.
fn chosen<T: Copy, E: serde::de::Error>(value: &Value, all: &[(&str, T)]) -> Result<T, E> {
    let by_number = value.as_u64().and_then(|n| all.get(usize::try_from(n).ok()?));
    let by_name = || all.iter().find(|(name, _)| value.as_str() == Some(name));
    by_number.or_else(by_name).map(|(_, chosen)| *chosen).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        E::custom(format!("expected a number or one of {}, got {value}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<Ask, String> {
        Ask::read(body.to_string().as_bytes())
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
        assert_eq!((&*ask.audience, ask.asks_for_users()), ("an:api", None));
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
    fn what_is_switched_on_still_asks_for_users() {
        for (name, value) in [
            ("UserClaimsParametersGeneration", json!(3)),
            ("userClaimsParameters", json!({ "pid": "13109525611" })),
            ("CreateTillitsrammeverkClaims", json!(true)),
        ] {
            let mut body = json!({ "Audience": "an:api" });
            body[name] = value;
            assert!(read(&body).expect("a body").asks_for_users().is_some(), "{name}");
        }
    }

    #[test]
    fn a_name_in_both_spellings_is_refused() {
        let both = read(&json!({ "Audience": "an:api", "audience": "another:api" }));
        assert_eq!(both.expect_err("two audiences"), "audience is sent twice");
        assert!(read(&json!({ "audience": "" })).expect_err("no audience").contains("audience"));
    }
}
