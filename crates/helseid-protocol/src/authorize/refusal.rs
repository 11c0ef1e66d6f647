//! Where a breach is shown.

use crate::redirect::ReturnPath;
use crate::rule::{AuthorizeErrors, Fault};

/// A request that is refused, and how its sender is told.
///
/// ```
/// use helseid_protocol::authorize::Refusal;
/// use helseid_protocol::{id::Issuer, redirect::Answer};
///
/// /// What sends the browser back; none where a page says what is wrong.
/// fn answer(refusal: &Refusal, issuer: &Issuer) -> Option<Answer> {
///     match refusal {
///         Refusal::Page(_) => None,
///         Refusal::Redirect(way_back, fault) => {
///             Some(way_back.with_error(issuer, fault.code(), &fault.description()))
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// By a page: nothing says where to send the browser, or the profile keeps it here.
    Page(Fault),
    /// By sending the browser back.
    Redirect(ReturnPath, Fault),
}

impl Refusal {
    /// The refusal of a request whose way back is known. HelseID's platform sends the browser back with few errors alone.
    #[must_use]
    pub fn of(way_back: &ReturnPath, errors: AuthorizeErrors, fault: Fault) -> Self {
        if errors.redirects(fault.code()) {
            Self::Redirect(way_back.clone(), fault)
        } else {
            Self::Page(fault)
        }
    }

    /// What was broken.
    #[must_use]
    pub const fn fault(&self) -> &Fault {
        match self {
            Self::Page(fault) | Self::Redirect(_, fault) => fault,
        }
    }

    /// The same, to keep.
    #[must_use]
    pub fn into_fault(self) -> Fault {
        match self {
            Self::Page(fault) | Self::Redirect(_, fault) => fault,
        }
    }
}
