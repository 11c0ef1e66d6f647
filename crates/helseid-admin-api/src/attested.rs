//! An attestation of the trust framework, as the trace tells of it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a request attests: for which purpose, by which decision, where. It names neither practitioner nor patient, and a long run of
/// digits in it is hidden, which may be a person's number.
///
/// ```
/// use helseid_admin_api::TracedAttestation;
///
/// let json = r#"{"purpose":"TREAT","authorization":"LE","legal_entity":"994598759","of_login":true}"#;
/// let attestation: TracedAttestation = serde_json::from_str(json)?;
/// assert_eq!(
///     attestation.to_string(),
///     "a relationship of care, for the purpose TREAT, by the authorization LE, \
///      at the organisation 994598759, in the request object of the login"
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TracedAttestation {
    /// The code of the purpose, such as `TREAT`.
    pub purpose: String,
    /// The code of the authorization that is made use of, such as `LE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<String>,
    /// The number of the organisation that answers for it.
    pub legal_entity: String,
    /// The decision that gave access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<TracedDecision>,
    /// Whether the request object of the login says so, and not the request itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_login: bool,
}

/// The decision that gave access.
///
/// ```
/// use helseid_admin_api::{TracedAttestation, TracedDecision};
///
/// let attestation = TracedAttestation {
///     purpose: "TREAT".to_owned(),
///     authorization: None,
///     legal_entity: "994598759".to_owned(),
///     decision: Some(TracedDecision { id: "d-17".to_owned(), user_selected: false }),
///     of_login: false,
/// };
/// assert!(attestation.to_string().ends_with(", by the decision d-17, which the system made"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TracedDecision {
    /// Its reference in the client's own system.
    pub id: String,
    /// Whether the person chose it.
    pub user_selected: bool,
}

/// In one line, for people.
impl fmt::Display for TracedAttestation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a relationship of care, for the purpose {}", self.purpose)?;
        if let Some(code) = &self.authorization {
            write!(out, ", by the authorization {code}")?;
        }
        write!(out, ", at the organisation {}", self.legal_entity)?;
        if let Some(TracedDecision { id, user_selected }) = &self.decision {
            let by = if *user_selected { "which the person chose" } else { "which the system made" };
            write!(out, ", by the decision {id}, {by}")?;
        }
        if self.of_login { out.write_str(", in the request object of the login") } else { Ok(()) }
    }
}
