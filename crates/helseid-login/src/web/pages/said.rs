//! What pages say of each thing that can happen: what it is, and what to do. Of the protocol they say nothing.

use axum::http::StatusCode;

/// What happened, as far as it matters to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The person did not log in.
    Cancelled,
    /// The app does not let this person in.
    Denied,
    /// HelseID did not let this person in.
    Refused,
    /// The level that was asked for was not reached.
    LevelNotReached,
    /// Another person than the one who is logged in.
    OtherPerson,
    /// A callback that belongs to no login of this browser.
    NoSuchLogin,
    /// HelseID is not responding, or not now.
    Unavailable,
    /// Something that the person can do nothing about.
    Failed,
    /// More logins at once than are let through.
    Busy,
    /// A form or call that another site's page sent.
    OtherSite,
    /// The session changed since the page was opened.
    Changed,
    /// The page is for health personnel with an approval.
    NoApproval,
    /// This page is for people who act on behalf of an organisation.
    NoOrganisation,
    /// The person is logged out here and at HelseID, or nobody was logged in.
    LoggedOut,
    /// The address is none.
    NotFound,
    /// The session could not be ended.
    LogoutFailed,
}

/// What a page says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) what: &'static str,
    pub(crate) next: &'static str,
    /// Whether a button begins another login.
    pub(crate) again: bool,
}

impl Notice {
    /// Every one, in the order of their numbers in cookies.
    pub(crate) const ALL: [Self; 16] = [
        Self::Cancelled,
        Self::Denied,
        Self::Refused,
        Self::LevelNotReached,
        Self::OtherPerson,
        Self::NoSuchLogin,
        Self::Unavailable,
        Self::Failed,
        Self::Busy,
        Self::OtherSite,
        Self::Changed,
        Self::NoApproval,
        Self::NoOrganisation,
        Self::LoggedOut,
        Self::NotFound,
        Self::LogoutFailed,
    ];

    /// What a page says of it.
    pub(crate) const fn said(self) -> Said {
        match self {
            Self::Cancelled => Said {
                status: StatusCode::OK,
                title: "You did not log in",
                what: "The login was cancelled at HelseID. Nothing was changed here.",
                next: "Log in again, or go back to where you were.",
                again: true,
            },
            Self::Denied => Said {
                status: StatusCode::FORBIDDEN,
                title: "You have no access here",
                what: "HelseID knows who you are, but you do not have access to this service.",
                next: "Ask the administrators of this service for access.",
                again: true,
            },
            Self::Refused => Said {
                status: StatusCode::FORBIDDEN,
                title: "HelseID refused the login",
                what: "HelseID did not let you log in to this service.",
                next: "Try again. If it happens again, contact the administrators of this service.",
                again: true,
            },
            Self::LevelNotReached => Said {
                status: StatusCode::FORBIDDEN,
                title: "A stronger login is needed",
                what: "You logged in at a lower security level than this page requires.",
                next: "Log in again with BankID, Buypass or another login at level 4.",
                again: true,
            },
            Self::OtherPerson => Said {
                status: StatusCode::FORBIDDEN,
                title: "Another person logged in",
                what: "The person who logged in at HelseID is not the person who was logged in here. The latter is now logged out.",
                next: "Log in again as yourself.",
                again: true,
            },
            Self::NoSuchLogin => Said {
                status: StatusCode::BAD_REQUEST,
                title: "This login can no longer be completed",
                what: "It was started in another browser, has already been completed, or is more than an hour old.",
                next: "Log in again, in this browser and with cookies turned on.",
                again: true,
            },
            Self::Unavailable => Said {
                status: StatusCode::SERVICE_UNAVAILABLE,
                title: "HelseID is not responding",
                what: "The login could not be completed, because HelseID cannot be reached right now.",
                next: "Wait a moment, and try again.",
                again: true,
            },
            Self::Failed => Said {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                title: "The login failed",
                what: "Something went wrong that you cannot fix yourself.",
                next: "Try again. If it happens again, contact the administrators of this service.",
                again: true,
            },
            Self::Busy => Said {
                status: StatusCode::SERVICE_UNAVAILABLE,
                title: "Too many people are logging in",
                what: "More people are logging in at the same time than this service can handle.",
                next: "Wait a moment, and try again.",
                again: true,
            },
            Self::OtherSite => Said {
                status: StatusCode::FORBIDDEN,
                title: "The request came from another site",
                what: "A page on another site sent it, or the browser did not say which page did.",
                next: "Open this service directly, and do it there.",
                again: false,
            },
            Self::Changed => Said {
                status: StatusCode::CONFLICT,
                title: "Your session has changed",
                what: "You logged in again or changed organisation after you opened the page. Nothing was saved.",
                next: "Open the page again, and check that it still says what you want.",
                again: false,
            },
            Self::NoApproval => Said {
                status: StatusCode::FORBIDDEN,
                title: "This page is for other health personnel",
                what: "You do not have any of the approvals in HPR that this page requires.",
                next: "If you have one, check that it is registered in HPR, and log in again.",
                again: true,
            },
            Self::NoOrganisation => Said {
                status: StatusCode::FORBIDDEN,
                title: "No organisation has been chosen",
                what: "This page is for people who act on behalf of an organisation.",
                next: "Choose an organisation first.",
                again: false,
            },
            Self::LoggedOut => Said {
                status: StatusCode::OK,
                title: "You are logged out",
                what: "You are no longer logged in to this service.",
                next: "Close the browser if others use this computer.",
                again: true,
            },
            Self::NotFound => Said {
                status: StatusCode::NOT_FOUND,
                title: "There is no page here",
                what: "An error page is shown for ten minutes, only in the browser where the error happened.",
                next: "Go to the front page.",
                again: false,
            },
            Self::LogoutFailed => Said {
                status: StatusCode::SERVICE_UNAVAILABLE,
                title: "You may still be logged in",
                what: "This service cannot end your session right now.",
                next: "Wait a moment, and log out again. Close the browser if others use this computer.",
                again: false,
            },
        }
    }

    /// Its number in a cookie.
    pub(crate) fn number(self) -> u8 {
        Self::ALL.iter().position(|own| *own == self).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
    }

    /// The one of this number.
    pub(crate) fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_is_read_by_its_number() {
        let numbers: BTreeSet<_> = Notice::ALL.iter().map(|notice| notice.number()).collect();
        assert_eq!(numbers.len(), Notice::ALL.len());
        for notice in Notice::ALL {
            assert_eq!(Notice::of_number(notice.number()), Some(notice));
        }
        assert_eq!(Notice::of_number(u8::MAX), None);
    }
}
