//! `authorization_details` of an authorization request (RFC 9396 section 2; HelseID: organisation numbers, profile for the trust
//! framework). Each rule is one function, in the order of the catalogue.

use std::fmt;

use serde_json::Value;

use super::request_object::Values;
use crate::details::{Details, OLD_CLAIM};
use crate::jose::json::{self, Object};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::time::Timestamp;

/// What a request says of whom its client will act for, and by which attestation, for every token of the login.
///
/// ```
/// use helseid_protocol::authorize::AskedDetails;
/// use helseid_protocol::details::Organisation;
///
/// /// The organisation that the client named before the login, for a token after it.
/// fn organisation(asked: &AskedDetails) -> Option<Organisation> {
///     asked.details()?.organisation().cloned()
/// }
/// ```
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedDetails {
    claim: Value,
    accepted: Timestamp,
}

impl AskedDetails {
    /// What they say; none if they were not written by this version.
    #[must_use]
    pub fn details(&self) -> Option<Details> {
        let claims = Object::from_iter([(OLD_CLAIM.to_owned(), self.claim.clone())]);
        // What was noted and gone past when the request was accepted is so here, too.
        Details::read(&claims, &mut Trail::insecure_going_on()).ok()
    }

    /// When the request was accepted.
    #[must_use]
    pub const fn accepted(&self) -> Timestamp {
        self.accepted
    }
}

/// It is about the care of a patient.
impl fmt::Debug for AskedDetails {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AskedDetails").field("accepted", &self.accepted).finish_non_exhaustive()
    }
}

/// Reads them. Whom the client may act for, and whether the person has what is attested, is judged with each token.
pub(super) fn read(
    values: &Values<'_>,
    now: Timestamp,
    trail: &mut Trail,
) -> Result<Option<AskedDetails>, Fault> {
    let Some((text, is_signed)) = values.details() else { return Ok(None) };
    let claims = trail.require(Rule::DetailsForm, text_is_json(text))?;
    let details = Details::read(&claims, trail)?;
    details.require_known_types(trail)?;
    trail.require_or_note(Rule::DetailsSigned, details_are_signed(is_signed))?;
    // What is kept with a login is what its tokens say: what is typed, which has bounds of its own.
    let claim = details.typed_alone().to_claim();
    Ok(claim.map(|claim| AskedDetails { claim, accepted: now }))
}

/// RFC 9396 section 2: JSON without doubled members, no deeper than any other of a stranger's.
fn text_is_json(text: &str) -> Result<Object, Facts> {
    let not_json = || Facts::new(format_args!("JSON in {OLD_CLAIM}"), "another text");
    serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|_| not_json())?;
    json::read_object(format!("{{\"{OLD_CLAIM}\":{text}}}").as_bytes()).map_err(|_| not_json())
}

/// HelseID: organisation numbers; profile for the trust framework: in the request object.
fn details_are_signed(is_signed: bool) -> Result<(), Facts> {
    if is_signed {
        Ok(())
    } else {
        Err(Facts::new(format_args!("{OLD_CLAIM} in a request object"), "them outside"))
    }
}
