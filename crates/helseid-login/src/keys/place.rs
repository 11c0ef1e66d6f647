//! What something is sealed for.

/// What a key is derived for. No two have the same label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The record of a session.
    Session,
    /// The names by which sessions are found where a logout comes without their cookie.
    Index,
    /// The name of a session that forms carry.
    Form,
    /// Ids that are used once.
    Once,
    /// The cookie of a login under way.
    #[cfg(feature = "web")]
    PendingLogin,
    /// The cookie that lets a login begin again.
    #[cfg(feature = "web")]
    Restart,
    /// The cookie with what an error page says.
    #[cfg(feature = "web")]
    ErrorPage,
}

impl Purpose {
    pub(super) const fn label(self) -> &'static [u8] {
        match self {
            Self::Session => b"session",
            Self::Index => b"index",
            Self::Form => b"form",
            Self::Once => b"once",
            #[cfg(feature = "web")]
            Self::PendingLogin => b"pending login",
            #[cfg(feature = "web")]
            Self::Restart => b"restart",
            #[cfg(feature = "web")]
            Self::ErrorPage => b"error page",
        }
    }
}

/// What something is sealed for: at another place it does not open.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) purpose: Purpose,
    /// What goes into the key beside the server's: a secret that the server does not keep, or what makes each thing's key its
    /// own, so that no key comes near the 2^32 times that AES-GCM allows.
    pub(crate) of: &'a [&'a [u8]],
    /// Whose it is and where it lies.
    pub(crate) bound_to: &'a [&'a [u8]],
}

impl Place<'_> {
    pub(super) fn associated(&self) -> Vec<u8> {
        joined(self.bound_to)
    }
}

/// The parts, each behind its length, so that no two lists of parts are the same.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        whole.extend_from_slice(&(part.len() as u64).to_be_bytes());
        whole.extend_from_slice(part);
    }
    whole
}
