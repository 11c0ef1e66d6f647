//! Organisation numbers of the Central Coordinating Register for Legal Entities.

/// Nine digits.
///
/// ```
/// use helseid_protocol::details::OrganisationNumber;
///
/// let number = OrganisationNumber::parse("994598759")?;
/// assert_eq!(number.as_str(), "994598759");
/// # Ok::<(), helseid_protocol::details::InvalidOrganisationNumber>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct OrganisationNumber(Box<str>);

/// The text is not nine digits.
///
/// ```
/// use helseid_protocol::details::{InvalidOrganisationNumber, OrganisationNumber};
///
/// assert_eq!(OrganisationNumber::parse("994 598 759"), Err(InvalidOrganisationNumber));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an organisation number has nine digits")]
pub struct InvalidOrganisationNumber;

impl OrganisationNumber {
    /// Takes nine digits. The check digit is not demanded, since synthetic numbers may fail it.
    pub fn parse(text: &str) -> Result<Self, InvalidOrganisationNumber> {
        let right = text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit());
        if right { Ok(Self(text.into())) } else { Err(InvalidOrganisationNumber) }
    }

    /// The nine digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the last digit is the check digit of the others (modulus 11 with weights 3 2 7 6 5 4 3 2).
    #[must_use]
    pub fn check_digit_is_right(&self) -> bool {
        const WEIGHTS: [u32; 9] = [3, 2, 7, 6, 5, 4, 3, 2, 1];
        let digits = self.0.bytes().map(|byte| u32::from(byte.saturating_sub(b'0')));
        let sum: u32 = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        sum.is_multiple_of(11)
    }
}

crate::as_text! { OrganisationNumber, InvalidOrganisationNumber; }

/// The organisation that a client says it acts for.
///
/// ```
/// use helseid_protocol::details::{Organisation, OrganisationNumber};
///
/// let (parent, child) = (OrganisationNumber::parse("994598759")?, OrganisationNumber::parse("883974832")?);
/// // A single-tenant client names the unit alone; a multi-tenant one names whom it acts for.
/// let of_my_own = Organisation::Child(child.clone());
/// let of_a_customer = Organisation::Parent { parent, child: Some(child) };
/// # drop((of_my_own, of_a_customer)); Ok::<(), helseid_protocol::details::InvalidOrganisationNumber>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Organisation {
    /// A unit below the client's own organisation: for single-tenant clients.
    Child(OrganisationNumber),
    /// Another organisation, which has delegated to the client's: for multi-tenant clients.
    Parent {
        /// The organisation.
        parent: OrganisationNumber,
        /// The unit below it.
        child: Option<OrganisationNumber>,
    },
}
