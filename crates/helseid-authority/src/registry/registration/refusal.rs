//! Why a change of the registry was refused, in three lines for people.

use std::fmt;

use ::http::StatusCode;
use helseid_protocol::rule::Fault;

use crate::domain::change::Subject;
use crate::storage::registry::StoreError;

/// A change was refused, and nothing was changed: why, and what to do.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_admin_api::ClientRegistration;
/// use helseid_authority::TestAuthority;
/// use helseid_protocol::scope::ScopeSet;
///
/// let authority = TestAuthority::start().await?;
/// let unknown = ScopeSet::parse("nobodys-api/read")?;
/// let refused = authority.register(ClientRegistration::new("a client", unknown, Vec::new())).await;
/// if let Err(why) = refused {
///     println!("{}: {} {}", why.title, why.detail, why.next);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[error("{title}: {detail}; {next}")]
pub struct NotRegistered {
    pub(crate) reason: Reason,
    /// What failed.
    pub title: String,
    /// Why.
    pub detail: String,
    /// What to do next.
    pub next: String,
}

/// The kind of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// What was sent is invalid.
    Wrong,
    /// It conflicts with what is registered.
    Conflict,
    /// There is no such entry.
    Unknown,
    /// The store does not respond.
    Unavailable,
    /// The store is full.
    Full,
}

impl Reason {
    /// The status of the response, in each of our APIs.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Wrong => StatusCode::BAD_REQUEST,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
        }
    }
}

impl NotRegistered {
    pub(crate) fn new(
        reason: Reason,
        title: impl fmt::Display,
        detail: impl fmt::Display,
        next: impl fmt::Display,
    ) -> Self {
        Self { reason, title: title.to_string(), detail: detail.to_string(), next: next.to_string() }
    }

    pub(crate) fn wrong(
        title: impl fmt::Display,
        detail: impl fmt::Display,
        next: impl fmt::Display,
    ) -> Self {
        Self::new(Reason::Wrong, title, detail, next)
    }

    /// A key breaks a rule, and was not stored.
    pub(crate) fn of_key(fault: Fault) -> Self {
        Self::wrong("a key cannot be registered", fault.explanation(), fault.rule().fix())
    }

    /// What is registered under this name cannot be read.
    pub(crate) fn broken(subject: &Subject, why: &str) -> Self {
        let title = format!("the {subject} cannot be read");
        let detail = format!("it was written by an older version or by hand: {why}");
        Self::new(Reason::Conflict, title, detail, "register it again as a whole, or remove it")
    }

    /// Nothing is registered under this name.
    pub(crate) fn unknown(kind: &str, id: impl fmt::Display) -> Self {
        let title = format!("there is no {kind} {id}");
        Self::new(
            Reason::Unknown,
            title,
            "nothing is registered under that name",
            "check the name in the list",
        )
    }
}

impl From<StoreError> for NotRegistered {
    fn from(error: StoreError) -> Self {
        if let StoreError::NotReadBack { what, why } = error {
            let title = format!("the {what} cannot be stored");
            let detail = format!("the registry cannot store it exactly as sent: {why}");
            return Self::wrong(title, detail, "simplify it and send it again; nothing was changed");
        }
        let title = "the registry cannot be changed now";
        match error {
            StoreError::Full => {
                let next = "free disk space for the data folder, or raise the limit that was set";
                Self::new(Reason::Full, title, "the database is full; the registry can still be read", next)
            }
            StoreError::Away => {
                let (detail, next) = (
                    "the database does not respond; the registry can still be read",
                    "try again in a moment, but first check whether the change was made",
                );
                Self::new(Reason::Unavailable, title, detail, next)
            }
            _ => {
                let next = "try again; if it fails again, check the authority's log";
                Self::new(Reason::Unavailable, title, "the store failed", next)
            }
        }
    }
}
