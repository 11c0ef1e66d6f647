//! What a JWT is for, by its type, its surroundings, and else its claims.

use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::rule::Rule;
use helseid_protocol::{assertion, authorize, logout};
use serde::Serialize;
use serde_json::Value;

use super::Place;

/// What a JWT is for, or what an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    AccessToken,
    IdToken,
    LogoutToken,
    Proof,
    Assertion,
    RequestObject,
    /// What the token endpoint answers: no JWT, but what they came in.
    TokenAnswer,
    /// Something else, or nothing that can be read.
    Unknown,
}

impl Kind {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::AccessToken => "access token",
            Self::IdToken => "ID token: who logged in, for the client and not for an API",
            Self::LogoutToken => "logout token: a session has ended",
            Self::Proof => "DPoP proof",
            Self::Assertion => "client assertion",
            Self::RequestObject => "request object: an authorization request that its client signed",
            Self::TokenAnswer => "answer of the token endpoint",
            Self::Unknown => "JWT that HelseID does not issue",
        }
    }

    /// What a text is that stands in this place and is no JWT, and the rule that it breaks.
    pub(super) const fn of_no_jwt(place: Place) -> (Self, Rule) {
        match place {
            Place::Proof => (Self::Proof, Rule::DpopForm),
            Place::Assertion => (Self::Assertion, Rule::AssertionForm),
            Place::IdToken => (Self::IdToken, Rule::IdTokenForm),
            Place::LogoutToken => (Self::LogoutToken, Rule::LogoutTokenForm),
            Place::RequestObject => (Self::RequestObject, Rule::RequestObjectForm),
            Place::Anywhere | Place::AccessToken | Place::Authorization(_) => {
                (Self::Unknown, Rule::TokenForm)
            }
        }
    }

    pub(super) fn of(jwt: &Unverified<'_>, place: Place) -> Self {
        let types = [
            ("dpop+jwt", Self::Proof),
            (assertion::TYP, Self::Assertion),
            (logout::TYP, Self::LogoutToken),
            (authorize::TYP, Self::RequestObject),
        ];
        let by_type = types.into_iter().find(|(typ, _)| jwt.header().is_typ(typ)).map(|(_, kind)| kind);
        let by_place = || match place {
            Place::Proof => Some(Self::Proof),
            Place::Assertion => Some(Self::Assertion),
            Place::LogoutToken => Some(Self::LogoutToken),
            Place::RequestObject => Some(Self::RequestObject),
            Place::AccessToken | Place::Authorization(_) => Some(Self::AccessToken),
            Place::IdToken => Some(Self::IdToken),
            Place::Anywhere => jwt.header().is_typ("at+jwt").then_some(Self::AccessToken),
        };
        by_type.or_else(by_place).unwrap_or_else(|| Self::by_claims(jwt))
    }

    /// Where type and place say nothing.
    fn by_claims(jwt: &Unverified<'_>) -> Self {
        let claims = jwt.unverified_claims();
        let has = |names: &[&str]| names.iter().all(|name| claims.contains_key(*name));
        let is_an_event = claims.get("events").and_then(Value::as_object);
        match () {
            () if is_an_event.is_some_and(|events| events.contains_key(logout::EVENT)) => Self::LogoutToken,
            () if has(&["htm", "htu"]) => Self::Proof,
            () if has(&["response_type", "redirect_uri"]) => Self::RequestObject,
            () if has(&["iss", "sub", "aud"]) && claims.get("iss") == claims.get("sub") => Self::Assertion,
            // An access token has both (RFC 9068 section 2.2); an ID token of HelseID has neither.
            () if has(&["iss", "sub", "aud", "exp"])
                && !claims.contains_key("scope")
                && !claims.contains_key("client_id") =>
            {
                Self::IdToken
            }
            () if has(&["iss", "aud", "exp"]) => Self::AccessToken,
            () => Self::Unknown,
        }
    }
}
