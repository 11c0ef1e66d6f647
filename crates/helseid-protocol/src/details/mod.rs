//! Structured claims of an assertion: for whom, and for which journal, a client acts (HelseID: organisation numbers,
//! SFM id for multi-tenant clients, profile for the trust framework).
//!
//! A client builds [`Details`]; an authority reads them with [`Details::read`].

pub mod attestation;
mod attested;
mod organisation;
mod read;
pub mod registers;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Value, json};

pub use attestation::Attestation;
pub use organisation::{InvalidOrganisationNumber, Organisation, OrganisationNumber};

/// The claim's name.
pub const CLAIM: &str = "assertion_details";

/// The older name, still taken; never both.
pub const OLD_CLAIM: &str = "authorization_details";

/// `type` of the structure with organisation numbers.
const ORGANISATION_TYPE: &str = "helseid_authorization";

/// `type` of the structure with a journal id.
const SFM_TYPE: &str = "nhn:sfm:journal-id";

/// `system` of a parent with or without a child, for multi-tenant clients.
const PARENT_SYSTEM: &str = "urn:oid:1.0.6523";

/// `system` of a child alone, for single-tenant clients.
const CHILD_SYSTEM: &str = "urn:oid:2.16.578.1.12.4.1.4.101";

/// The older one, which older samples send.
const OLD_CHILD_SYSTEM: &str = "urn:oid:2.16.578.1.12.4.1.2.101";

/// What a client says of whom it acts for. `Debug` shows no structure of a type that is not known here: it may be a person's.
///
/// ```
/// use helseid_protocol::details::{Details, Organisation, OrganisationNumber};
///
/// let clinic = Organisation::Child(OrganisationNumber::parse("994598759")?);
/// let details = Details::new().for_organisation(clinic).for_sfm_journal("7cc0d9b5-5a4c-4f0e-9d7d-2f2ff4bb1c7b");
/// // One structure is an object, several are an array.
/// assert!(details.to_claim().is_some_and(|claim| claim.is_array()));
/// # Ok::<(), helseid_protocol::details::InvalidOrganisationNumber>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Details {
    organisation: Option<Organisation>,
    sfm_journal_id: Option<Box<str>>,
    /// On the heap: it is large, most requests have none, and a client keeps one for each token.
    attestation: Option<Box<Attestation>>,
    others: Vec<Value>,
}

impl fmt::Debug for Details {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { organisation, sfm_journal_id, attestation, others: _ } = self;
        out.debug_struct("Details")
            .field("organisation", organisation)
            .field("sfm_journal_id", sfm_journal_id)
            .field("attestation", attestation)
            .finish_non_exhaustive()
    }
}

impl Details {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { organisation: None, sfm_journal_id: None, attestation: None, others: Vec::new() }
    }

    /// Acts for this organisation.
    #[must_use]
    pub fn for_organisation(mut self, organisation: Organisation) -> Self {
        self.organisation = Some(organisation);
        self
    }

    /// Acts for this journal at SFM; a UUID.
    #[must_use]
    pub fn for_sfm_journal(mut self, journal_id: &str) -> Self {
        self.sfm_journal_id = Some(journal_id.into());
        self
    }

    /// Acts by this attestation of the trust framework.
    #[must_use]
    pub fn with_attestation(mut self, attestation: Attestation) -> Self {
        self.attestation = Some(Box::new(attestation));
        self
    }

    /// One more structure, as it is.
    #[must_use]
    pub fn with(mut self, structure: Value) -> Self {
        self.others.push(structure);
        self
    }

    /// The same where nothing else is said: what these leave out is as `others` say.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            organisation: self.organisation.or(others.organisation),
            sfm_journal_id: self.sfm_journal_id.or(others.sfm_journal_id),
            attestation: self.attestation.or(others.attestation),
            others: if self.others.is_empty() { others.others } else { self.others },
        }
    }

    /// The same without what is not typed here: structures of unknown types, and what else stands in an attestation.
    #[must_use]
    pub fn typed_alone(self) -> Self {
        Self {
            attestation: self.attestation.map(|own| Box::new(own.typed_alone())),
            others: Vec::new(),
            ..self
        }
    }

    /// The organisation.
    #[must_use]
    pub const fn organisation(&self) -> Option<&Organisation> {
        self.organisation.as_ref()
    }

    /// The journal at SFM.
    #[must_use]
    pub fn sfm_journal_id(&self) -> Option<&str> {
        self.sfm_journal_id.as_deref()
    }

    /// The attestation of the trust framework.
    #[must_use]
    pub fn attestation(&self) -> Option<&Attestation> {
        self.attestation.as_deref()
    }

    /// Structures of types that are not known here.
    #[must_use]
    pub fn others(&self) -> &[Value] {
        &self.others
    }

    /// The claim's value: one structure as an object, several as an array, as HelseID's own libraries send it.
    #[must_use]
    pub fn to_claim(&self) -> Option<Value> {
        let organisation = self.organisation.iter().map(|organisation| {
            let (system, value) = match organisation {
                Organisation::Child(child) => (CHILD_SYSTEM, child.to_string()),
                Organisation::Parent { parent, child: None } => {
                    (PARENT_SYSTEM, format!("NO:ORGNR:{parent}:"))
                }
                Organisation::Parent { parent, child: Some(child) } => {
                    (PARENT_SYSTEM, format!("NO:ORGNR:{parent}:{child}"))
                }
            };
            let identifier = json!({ "system": system, "type": "ENH", "value": value });
            json!({
                "type": ORGANISATION_TYPE,
                "practitioner_role": { "organization": { "identifier": identifier } },
            })
        });
        let journal =
            self.sfm_journal_id.iter().map(|id| json!({ "type": SFM_TYPE, "value": { "journal_id": id } }));
        let attestation = self.attestation.iter().map(|own| own.to_structure());
        let known = organisation.chain(journal).chain(attestation);
        let mut structures: Vec<Value> = known.chain(self.others.iter().cloned()).collect();
        match structures.len() {
            0 => None,
            1 => structures.pop(),
            _ => Some(Value::Array(structures)),
        }
    }
}
