//! The trust framework's attestation of a health worker (HelseID: profile for the trust framework).
//!
//! HelseID takes it from a client for a logged-in user and puts it, enriched, into the token. Members that are not
//! typed here are kept as they came.

mod parts;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::jose::json::Object;

pub use parts::{
    CareRelationship, Coded, DecisionReference, Identified, ORGANISATION_SYSTEM, Patient, Practitioner,
    RESH_SYSTEM,
};

/// `type` of the structure, and the name of the token's claim.
pub const ATTESTATION_TYPE: &str = "nhn:tillitsrammeverk:parameters";

/// `system` of an authorization of health personnel.
pub const AUTHORIZATION_SYSTEM: &str = "urn:oid:2.16.578.1.12.4.1.1.9060";

/// `system` of a purpose of use.
pub const PURPOSE_SYSTEM: &str = "urn:oid:2.16.840.1.113883.1.11.20448";

/// The most characters of a reference to a decision.
const MAX_REFERENCE_CHARS: usize = 64;

/// Who acts, where, and in which relationship of care.
///
/// ```
/// use helseid_protocol::details::attestation::{Attestation, Coded, Identified, Purpose};
/// use helseid_protocol::details::OrganisationNumber;
///
/// let hospital = Identified::organisation(&OrganisationNumber::parse("994598759")?);
/// let ward = Identified::organisation(&OrganisationNumber::parse("883974832")?);
/// let internal_medicine = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
/// let attestation = Attestation::new(hospital, ward, internal_medicine, Purpose::Treatment)
///     .with_authorization("LE")
///     .in_department(Identified::resh("4208723"));
/// assert_eq!(attestation.to_structure()["type"], "nhn:tillitsrammeverk:parameters");
/// # Ok::<(), helseid_protocol::details::InvalidOrganisationNumber>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Attestation {
    /// Who acts, and where.
    pub practitioner: Practitioner,
    /// Why.
    pub care_relationship: CareRelationship,
    /// Where the patients are looked after.
    #[serde(default)]
    pub patients: Vec<Patient>,
    /// What else stands there.
    #[serde(flatten)]
    pub others: Object,
}

/// Shows the members that are typed here. What else stands in an attestation may be a person's number.
macro_rules! shows_what_is_typed {
    ($($kind:ident { $($member:ident),+ })+) => {$(
        impl fmt::Debug for $kind {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut shown = out.debug_struct(stringify!($kind));
                $(shown.field(stringify!($member), &self.$member);)+
                shown.finish_non_exhaustive()
            }
        }
    )+};
}

shows_what_is_typed! {
    Attestation { practitioner, care_relationship, patients }
    Practitioner { authorization, legal_entity, point_of_care, department }
    CareRelationship { healthcare_service, purpose_of_use, purpose_of_use_details, decision_ref }
    Patient { point_of_care, department }
    Coded { code, system }
    Identified { id, system }
    DecisionReference { id, user_selected }
}

/// The purposes that are known.
///
/// ```
/// use helseid_protocol::details::attestation::Purpose;
///
/// assert_eq!(Purpose::BreakTheGlass.code(), "BTG");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// `TREAT`.
    Treatment,
    /// `ETREAT`.
    EmergencyTreatment,
    /// `COC`.
    CoordinationOfCare,
    /// `BTG`.
    BreakTheGlass,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] =
        [Self::Treatment, Self::EmergencyTreatment, Self::CoordinationOfCare, Self::BreakTheGlass];

    /// As the code system has it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Treatment => "TREAT",
            Self::EmergencyTreatment => "ETREAT",
            Self::CoordinationOfCare => "COC",
            Self::BreakTheGlass => "BTG",
        }
    }
}

impl Attestation {
    /// What HelseID asks for at least: the organisation, the unit, the kind of service, and the purpose.
    #[must_use]
    pub fn new(
        legal_entity: Identified,
        point_of_care: Identified,
        healthcare_service: Coded,
        purpose: Purpose,
    ) -> Self {
        let practitioner = Practitioner {
            authorization: None,
            legal_entity,
            point_of_care,
            department: None,
            others: Object::new(),
        };
        let care_relationship = CareRelationship {
            healthcare_service,
            purpose_of_use: Coded::new(purpose.code(), PURPOSE_SYSTEM),
            purpose_of_use_details: None,
            decision_ref: None,
            others: Object::new(),
        };
        Self { practitioner, care_relationship, patients: Vec::new(), others: Object::new() }
    }

    /// By this authorization, such as `LE` of a physician.
    #[must_use]
    pub fn with_authorization(mut self, code: &str) -> Self {
        self.practitioner.authorization = Some(Coded::new(code, AUTHORIZATION_SYSTEM));
        self
    }

    /// In this department.
    #[must_use]
    pub fn in_department(mut self, department: Identified) -> Self {
        self.practitioner.department = Some(department);
        self
    }

    /// The purpose in more detail.
    #[must_use]
    pub fn with_purpose_details(mut self, details: Coded) -> Self {
        self.care_relationship.purpose_of_use_details = Some(details);
        self
    }

    /// By this decision.
    #[must_use]
    pub fn by_decision(mut self, id: &str, user_selected: bool) -> Self {
        self.care_relationship.decision_ref =
            Some(DecisionReference { id: id.to_owned(), user_selected, others: Object::new() });
        self
    }

    /// For one more patient.
    #[must_use]
    pub fn for_patient(mut self, patient: Patient) -> Self {
        self.patients.push(patient);
        self
    }

    /// The same without what else stands there, which may be about the patient.
    #[must_use]
    pub(super) fn typed_alone(self) -> Self {
        let coded = |code: Coded| Coded { others: Object::new(), ..code };
        let place = |place: Identified| Identified { others: Object::new(), ..place };
        let Self { practitioner, care_relationship: care, patients, others: _ } = self;
        Self {
            practitioner: Practitioner {
                authorization: practitioner.authorization.map(coded),
                legal_entity: place(practitioner.legal_entity),
                point_of_care: place(practitioner.point_of_care),
                department: practitioner.department.map(place),
                others: Object::new(),
            },
            care_relationship: CareRelationship {
                healthcare_service: coded(care.healthcare_service),
                purpose_of_use: coded(care.purpose_of_use),
                purpose_of_use_details: care.purpose_of_use_details.map(coded),
                decision_ref: care
                    .decision_ref
                    .map(|decision| DecisionReference { others: Object::new(), ..decision }),
                others: Object::new(),
            },
            patients: patients
                .into_iter()
                .map(|patient| Patient {
                    point_of_care: patient.point_of_care.map(place),
                    department: patient.department.map(place),
                    others: Object::new(),
                })
                .collect(),
            others: Object::new(),
        }
    }

    /// As it stands among the assertion's structures.
    #[must_use]
    pub fn to_structure(&self) -> Value {
        let mut structure = json!(self);
        if let Some(members) = structure.as_object_mut() {
            members.insert("type".to_owned(), ATTESTATION_TYPE.into());
        }
        structure
    }

    /// Reads the structure or the token's claim, and checks the form of the reference to a decision. Whether codes and
    /// numbers exist in their registers is not checked. What is said of a breach repeats nothing of the attestation.
    pub fn read(structure: &Object) -> Result<Self, InvalidAttestation> {
        let mut members = structure.clone();
        members.remove("type");
        let read: Self = serde_json::from_value(Value::Object(members)).map_err(|why| {
            let text = why.to_string();
            // Any other error of the reader repeats the value that it met.
            let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
            missing.map_or(InvalidAttestation::Form, |name| InvalidAttestation::Missing(name.to_owned()))
        })?;
        let is_reference = |id: &str| {
            (1..=MAX_REFERENCE_CHARS).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        };
        match &read.care_relationship.decision_ref {
            Some(decision) if !is_reference(&decision.id) => Err(InvalidAttestation::Reference),
            _ => Ok(read),
        }
    }
}

impl InvalidAttestation {
    /// What the reference to a decision must be.
    pub(super) const REFERENCE: &str =
        "1 to 64 letters, digits, underscores, hyphens and dots in decision_ref.id";
}

/// Why a structure is no attestation.
///
/// ```
/// use helseid_protocol::details::attestation::{Attestation, InvalidAttestation};
/// use helseid_protocol::jose::json;
///
/// let structure = json::read_object(br#"{"type": "nhn:tillitsrammeverk:parameters"}"#)?;
/// let refused = Attestation::read(&structure);
/// assert_eq!(refused, Err(InvalidAttestation::Missing("practitioner".to_owned())));
/// let told = refused.map_err(|why| why.to_string());
/// assert_eq!(told, Err("the member practitioner is missing".to_owned()));
/// # Ok::<(), json::InvalidJson>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAttestation {
    /// A member is missing.
    #[error("the member {0} is missing")]
    Missing(String),
    /// A member is of another type.
    #[error("a member is of another type than HelseID's")]
    Form,
    /// The reference to a decision has other characters, or too many.
    #[error("decision_ref.id is not 1 to 64 letters, digits, underscores, hyphens and dots")]
    Reference,
}
