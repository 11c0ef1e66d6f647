//! Why a request is refused, as it is told to whoever asks for the API.

use helseid_api::Refused;
use helseid_protocol::endpoint::token::NONCE_HEADER;
use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// The header with the reason: the id of a rule, or a word such as `keys_unavailable`.
const RULE: HeaderName = HeaderName::from_static("x-helseid-rule");

/// A request that is not admitted.
#[derive(Debug, Clone)]
pub(super) struct NotAdmitted {
    pub(super) status: StatusCode,
    /// The challenges, the nonce and when to try again.
    pub(super) headers: HeaderMap,
    pub(super) reason: &'static str,
}

impl NotAdmitted {
    /// What the verifier says.
    pub(super) fn of(refused: &Refused) -> Self {
        let mut headers = HeaderMap::new();
        for name in [WWW_AUTHENTICATE, NONCE_HEADER, RETRY_AFTER] {
            for value in refused.headers().get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        Self { status: refused.status(), headers, reason: refused.rejection().reason() }
    }

    /// A path that could be read in two ways, or that is not the API's. What is wrong is not repeated.
    pub(super) fn address(_: String) -> Self {
        Self { status: StatusCode::FORBIDDEN, headers: HeaderMap::new(), reason: "address" }
    }

    /// A method that is longer than any is.
    pub(super) fn method() -> Self {
        Self { status: StatusCode::FORBIDDEN, headers: HeaderMap::new(), reason: "method" }
    }

    /// As a proxy can hand it on: nginx knows 401 and 403 alone, and one `WWW-Authenticate`.
    pub(super) fn for_a_proxy(self) -> Self {
        let status = match self.status {
            StatusCode::BAD_REQUEST => StatusCode::UNAUTHORIZED,
            status => status,
        };
        let mut headers = self.headers;
        let challenges: Vec<_> =
            headers.get_all(WWW_AUTHENTICATE).iter().map(HeaderValue::as_bytes).collect();
        if let Ok(one) = HeaderValue::from_bytes(&challenges.join(&b", "[..]))
            && !one.is_empty()
        {
            headers.insert(WWW_AUTHENTICATE, one);
        }
        Self { status, headers, ..self }
    }

    /// The headers of an answer, which nobody keeps.
    pub(super) fn answer_headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(RULE, HeaderValue::from_static(self.reason));
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_given_one_challenge_that_has_all_and_none_where_there_is_none() {
        let of_proxy = |challenges: &[&'static str]| {
            let values = challenges.iter().map(|text| (WWW_AUTHENTICATE, HeaderValue::from_static(text)));
            let refused = NotAdmitted {
                status: StatusCode::BAD_REQUEST,
                headers: values.collect(),
                reason: "no_credentials",
            };
            let told = refused.for_a_proxy();
            assert_eq!(told.status, StatusCode::UNAUTHORIZED);
            told.headers.get_all(WWW_AUTHENTICATE).iter().cloned().collect::<Vec<_>>()
        };
        assert_eq!(of_proxy(&["DPoP algs=\"ES256\"", "Bearer"]), ["DPoP algs=\"ES256\", Bearer"]);
        assert_eq!(of_proxy(&["Bearer"]), ["Bearer"]);
        assert!(of_proxy(&[]).is_empty());
    }
}
