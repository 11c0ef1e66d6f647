//! The parts of an attestation.

use serde::{Deserialize, Serialize};

use crate::details::OrganisationNumber;
use crate::jose::json::Object;

/// `system` of an organisation number.
pub const ORGANISATION_SYSTEM: &str = "urn:oid:2.16.578.1.12.4.1.4.101";

/// `system` of a unit in the register RESH.
pub const RESH_SYSTEM: &str = "urn:oid:2.16.578.1.12.4.1.4.102";

/// Who acts, and where.
///
/// ```
/// use helseid_protocol::details::Attestation;
///
/// /// For an access log: where, and by which authorization.
/// fn line(attestation: &Attestation) -> String {
///     let practitioner = &attestation.practitioner;
///     let code = practitioner.authorization.as_ref().map_or("none", |authorization| &authorization.code);
///     format!("{} at {}", code, practitioner.point_of_care.id)
/// }
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Practitioner {
    /// The authorization that is made use of; people without one have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Coded>,
    /// The organisation that answers for it.
    pub legal_entity: Identified,
    /// The unit where the work is done.
    pub point_of_care: Identified,
    /// The department there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<Identified>,
    /// What else stands there, such as what HelseID adds to the token: `hpr_nr`, `identifier`, names.
    #[serde(flatten)]
    pub others: Object,
}

/// The relationship of care.
///
/// ```
/// use helseid_protocol::details::attestation::{CareRelationship, Purpose};
///
/// fn is_an_emergency(relationship: &CareRelationship) -> bool {
///     relationship.purpose_of_use.code == Purpose::EmergencyTreatment.code()
/// }
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CareRelationship {
    /// The kind of service.
    pub healthcare_service: Coded,
    /// What the data is for: see [`Purpose`](super::Purpose).
    pub purpose_of_use: Coded,
    /// The same in more detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose_of_use_details: Option<Coded>,
    /// The decision that gave access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_ref: Option<DecisionReference>,
    /// What else stands there.
    #[serde(flatten)]
    pub others: Object,
}

/// Where a patient is looked after; may be empty.
///
/// ```
/// use helseid_protocol::details::OrganisationNumber;
/// use helseid_protocol::details::attestation::{Identified, Patient};
///
/// // Where the patient is treated. A token does not say who the patient is.
/// let ward = Identified::organisation(&OrganisationNumber::parse("883974832")?);
/// let patient = Patient { point_of_care: Some(ward), ..Patient::default() };
/// # drop(patient); Ok::<(), helseid_protocol::details::InvalidOrganisationNumber>(())
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Patient {
    /// The unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point_of_care: Option<Identified>,
    /// The department there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<Identified>,
    /// What else stands there.
    #[serde(flatten)]
    pub others: Object,
}

/// A code of a code system.
///
/// ```
/// use helseid_protocol::details::attestation::{AUTHORIZATION_SYSTEM, Coded};
///
/// let doctor = Coded::new("LE", AUTHORIZATION_SYSTEM);
/// assert_eq!(doctor.code, "LE");
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Coded {
    /// The code.
    pub code: String,
    /// The code system, as a URN.
    pub system: String,
    /// What else stands there, such as `text` and `assigner`.
    #[serde(flatten)]
    pub others: Object,
}

/// An identifier of a register.
///
/// ```
/// use helseid_protocol::details::attestation::{Identified, RESH_SYSTEM};
///
/// assert_eq!(Identified::resh("4208723"), Identified::new("4208723", RESH_SYSTEM));
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Identified {
    /// The identifier.
    pub id: String,
    /// The register, as a URN.
    pub system: String,
    /// What else stands there, such as `name` and `authority`.
    #[serde(flatten)]
    pub others: Object,
}

/// A reference to the decision that gave access.
///
/// ```
/// use helseid_protocol::details::attestation::CareRelationship;
///
/// /// Whether the doctor chose the decision, or the app found it.
/// fn was_chosen(relationship: &CareRelationship) -> bool {
///     relationship.decision_ref.as_ref().is_some_and(|decision| decision.user_selected)
/// }
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionReference {
    /// Letters, digits, `_`, `-` and `.`, at most 64.
    pub id: String,
    /// Whether the user chose the decision.
    pub user_selected: bool,
    /// What else stands there.
    #[serde(flatten)]
    pub others: Object,
}

impl Coded {
    /// A code of this system.
    #[must_use]
    pub fn new(code: &str, system: &str) -> Self {
        Self { code: code.to_owned(), system: system.to_owned(), others: Object::new() }
    }
}

impl Identified {
    /// An identifier of this register.
    #[must_use]
    pub fn new(id: &str, system: &str) -> Self {
        Self { id: id.to_owned(), system: system.to_owned(), others: Object::new() }
    }

    /// An organisation.
    #[must_use]
    pub fn organisation(number: &OrganisationNumber) -> Self {
        Self::new(number.as_str(), ORGANISATION_SYSTEM)
    }

    /// A unit by its number in RESH.
    #[must_use]
    pub fn resh(number: &str) -> Self {
        Self::new(number, RESH_SYSTEM)
    }
}
