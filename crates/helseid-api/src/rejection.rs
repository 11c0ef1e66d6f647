//! Why a caller was not let in, and the answer that says so.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use helseid_protocol::dpop::Nonce;
use helseid_protocol::endpoint::token::NONCE_HEADER;
use helseid_protocol::resource::{Policy, status};
use helseid_protocol::rule::{Fault, Rule};
use helseid_protocol::scope::ScopeSet;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

/// Why a caller was not let in. Stands in the extensions of the answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Rejection {
    /// There was no `Authorization` header.
    NoCredentials,
    /// A rule was broken.
    Fault(Fault),
    /// Nothing is known to be wrong with the request: the issuer's keys or the replay guard cannot be had.
    Unavailable(String),
    /// The handler asks for a caller, and no layer of this crate is around it: a mistake of the service.
    Unprotected,
}

impl Rejection {
    /// The broken rule, if one was.
    #[must_use]
    pub const fn rule(&self) -> Option<Rule> {
        match self {
            Self::Fault(fault) => Some(fault.rule()),
            Self::NoCredentials | Self::Unavailable(_) | Self::Unprotected => None,
        }
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NoCredentials => StatusCode::UNAUTHORIZED,
            Self::Fault(fault) => status(fault.code()),
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unprotected => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer, with the challenges of `policy`; `scopes` are the ones that were asked for, `nonce` is a new one.
    pub(crate) fn answer(
        self,
        policy: &Policy,
        scopes: Option<&ScopeSet>,
        nonce: Option<&Nonce>,
    ) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        let challenges = match &self {
            Self::NoCredentials => policy.challenges(None),
            Self::Fault(fault) => policy.challenges(Some(fault)),
            Self::Unavailable(_) | Self::Unprotected => Vec::new(),
        };
        for challenge in challenges {
            let challenge = match (self.rule(), scopes) {
                (Some(Rule::ApiScope), Some(scopes)) => challenge.with("scope", scopes.to_string()),
                _ => challenge,
            };
            if let Ok(value) = HeaderValue::from_str(&challenge.to_string()) {
                headers.append(WWW_AUTHENTICATE, value);
            }
        }
        if let Some(Ok(value)) = nonce.map(|nonce| HeaderValue::from_str(nonce.as_str())) {
            headers.insert(NONCE_HEADER, value);
        }
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        self.log();
        response.extensions_mut().insert(self);
        response
    }

    fn log(&self) {
        match self {
            Self::NoCredentials => tracing::debug!("no credentials"),
            Self::Fault(fault) => tracing::info!(rule = fault.rule().id(), %fault, "refused"),
            Self::Unavailable(why) => tracing::warn!(why, "refused for now"),
            Self::Unprotected => {
                tracing::error!("a handler asks for a caller, and its route has no protection")
            }
        }
    }
}

/// For the one rejection that has no layer to answer it.
impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.log();
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
