//! What is asked for, by NHN's names. What is null, false or empty asks for nothing; unknown names are passed over.

use serde::de::Error as _;
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

/// Claims about users, which come with user login.
const OF_USERS: [&str; 12] = [
    "userClaimsParametersGeneration",
    "userClaimsParameters",
    "createTillitsrammeverkClaims",
    "tillitsrammeverkClaimsParameters",
    "getPersonFromPersontjenesten",
    "onlySetNameForPerson",
    "getHprNumberFromHprregisteret",
    "setPidPseudonym",
    "setSubject",
    "createTokenExchangeClaims",
    "tokenExchangeParameters",
    "withoutUserClaims",
];

impl Ask {
    /// A member that asks for claims about users.
    pub(super) fn asks_for_users(&self) -> Option<&str> {
        let asked = |name: &&&str| self.others.get(**name).is_some_and(|value| !says_nothing(value));
        OF_USERS.iter().find(asked).copied()
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
    #[serde(rename = "invalidDPoPProofParameters")]
    pub(super) broken: Option<Broken>,
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
                let value = Value::deserialize(from)?;
                let by_number = value.as_u64().and_then(|n| Self::ALL.get(usize::try_from(n).ok()?));
                let by_name = || Self::ALL.iter().find(|(name, _)| value.as_str() == Some(name));
                by_number.or_else(by_name).map(|(_, kind)| *kind).ok_or_else(|| {
                    let names: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
                    D::Error::custom(format!("expected a number or one of {}, got {value}", names.join(", ")))
                })
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

by_number_or_name! {
    /// The one thing that is wrong with a proof, or with the token's binding to it.
    Broken {
        None,
        DontSetHtuClaimValue,
        DontSetHtmClaimValue,
        SetIatValueInThePast,
        SetIatValueInTheFuture,
        DontSetAthClaimValue,
        DontSetAlgHeader,
        DontSetJwkHeader,
        DontSetJtiClaim,
        SetAlgHeaderToASymmetricAlgorithm,
        SetPrivateKeyInJwkHeader,
        SetInvalidTypHeaderValue,
        SetAnInvalidSignature,
        SetAnInvalidJktValueInToken,
    }
}
