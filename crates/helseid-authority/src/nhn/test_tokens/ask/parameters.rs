//! The groups of parameters.

use std::fmt;

use helseid_protocol::forge::BrokenProof;
use helseid_protocol::jose::json::Object;
use serde::Deserialize;
use serde_json::Value;

use super::values::{Tenancy, broken};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct ClientClaims {
    pub(in super::super) scope: Option<Vec<String>>,
    pub(in super::super) client_id: Option<String>,
    pub(in super::super) sfm_journal_id: Option<String>,
    pub(in super::super) orgnr_parent: Option<String>,
    pub(in super::super) orgnr_child: Option<String>,
    pub(in super::super) orgnr_supplier: Option<String>,
    pub(in super::super) client_tenancy: Option<bool>,
    pub(in super::super) client_tenancy_type: Option<Tenancy>,
    pub(in super::super) authentication_methods_references: Option<Vec<String>>,
    pub(in super::super) client_authentication_methods_references: Option<String>,
    pub(in super::super) client_name: Option<String>,
    pub(in super::super) jti: Option<String>,
    pub(in super::super) cnf_jkt: Option<String>,
    pub(in super::super) cnf_public_key: Option<String>,
}

/// Of a person, so that nothing of it is shown.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct UserClaims {
    pub(in super::super) pid: Option<String>,
    pub(in super::super) pid_pseudonym: Option<String>,
    pub(in super::super) hpr_number: Option<String>,
    pub(in super::super) name: Option<String>,
    pub(in super::super) given_name: Option<String>,
    pub(in super::super) middle_name: Option<String>,
    pub(in super::super) family_name: Option<String>,
    pub(in super::super) identity_provider: Option<String>,
    pub(in super::super) security_level: Option<String>,
    pub(in super::super) assurance_level: Option<String>,
    pub(in super::super) network: Option<String>,
    pub(in super::super) amr: Option<String>,
    pub(in super::super) subject: Option<String>,
    pub(in super::super) sid: Option<String>,
}

impl fmt::Debug for UserClaims {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("UserClaims").finish_non_exhaustive()
    }
}

/// The parameters of the attestation, by their names. They may be of a person, so that nothing of them is shown.
#[derive(Deserialize)]
#[serde(transparent)]
pub(in super::super) struct Attestation(pub(in super::super) Object);

impl fmt::Debug for Attestation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Attestation").finish_non_exhaustive()
    }
}

/// The client that has exchanged the token.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Exchange {
    pub(in super::super) issuer: Option<String>,
    pub(in super::super) client_id: Option<String>,
    pub(in super::super) orgnr_parent: Option<String>,
}

/// What an ID token has that an access token has not.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct IdTokenParameters {
    pub(in super::super) nonce: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(in super::super) struct ApiClaim {
    #[serde(rename = "type")]
    pub(in super::super) name: String,
    pub(in super::super) value: Value,
}

#[derive(Debug, Deserialize)]
pub(in super::super) struct Header {
    pub(in super::super) typ: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Expiration {
    pub(in super::super) set_expiration_time_as_expired: Option<bool>,
    pub(in super::super) expiration_time_in_seconds: Option<u32>,
    pub(in super::super) expiration_time_in_days: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Proof {
    pub(in super::super) htu_claim_value: Option<String>,
    pub(in super::super) htm_claim_value: Option<String>,
    /// A private JWK as a text. Secret.
    pub(in super::super) private_key_for_proof_creation: Option<String>,
    #[serde(rename = "invalidDPoPProofParameters", deserialize_with = "broken")]
    pub(in super::super) broken: Option<BrokenProof>,
}

impl fmt::Debug for Proof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Proof").field("broken", &self.broken).finish_non_exhaustive()
    }
}
