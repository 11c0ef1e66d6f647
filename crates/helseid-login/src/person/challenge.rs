//! What an API wants of the login before it serves a call (RFC 9470).

use std::time::Duration;

use helseid_protocol::challenge::Challenge;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, StatusCode};

/// The person must log in again, and better, before the API serves the call (RFC 9470 section 3). Lead the person to a login that
/// demands it.
///
/// ```
/// use helseid_login::StepUpRequired;
/// use helseid_login::flow::LoginRequest;
///
/// /// What the person is then asked for.
/// fn again(needed: StepUpRequired) -> LoginRequest {
///     let request = LoginRequest::default().acr(needed.acr_values);
///     match needed.max_age {
///         Some(age) => request.max_age(age),
///         None => request,
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the API wants the person to log in again first")]
#[non_exhaustive]
pub struct StepUpRequired {
    /// The values of `acr` of which one is wanted, at most eight.
    pub acr_values: Vec<String>,
    /// How long ago the person may have authenticated.
    pub max_age: Option<Duration>,
}

/// The most values that are taken from an answer, and bytes of each.
const MOST: (usize, usize) = (8, 100);

/// What the challenge of an answer asks for, if it is one of this kind.
pub(super) fn step_up(status: StatusCode, headers: &HeaderMap) -> Option<StepUpRequired> {
    let challenge = find(status, headers, "insufficient_user_authentication")?;
    let (most, bytes) = MOST;
    let values = challenge.parameter("acr_values").into_iter().flat_map(str::split_ascii_whitespace);
    let values =
        values.filter(|value| value.len() <= bytes && value.bytes().all(|byte| byte.is_ascii_graphic()));
    let seconds = challenge.parameter("max_age").and_then(|seconds| seconds.parse().ok());
    Some(StepUpRequired {
        acr_values: values.take(most).map(str::to_owned).collect(),
        max_age: seconds.map(Duration::from_secs),
    })
}

/// Whether the answer says that the token is good no more (RFC 6750 section 3.1).
pub(super) fn refuses_the_token(status: StatusCode, headers: &HeaderMap) -> bool {
    find(status, headers, "invalid_token").is_some()
}

fn find(status: StatusCode, headers: &HeaderMap, error: &str) -> Option<Challenge> {
    if status != StatusCode::UNAUTHORIZED {
        return None;
    }
    let challenges = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| Challenge::read(value).ok());
    challenges.flatten().find(|challenge| challenge.parameter("error") == Some(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &'static str) -> Option<StepUpRequired> {
        let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, header.parse().unwrap())]);
        step_up(StatusCode::UNAUTHORIZED, &headers)
    }

    #[test]
    fn what_an_api_wants_is_read_and_bounded() {
        let wanted =
            read(r#"DPoP error="insufficient_user_authentication", acr_values="Level4 other", max_age="60""#);
        let wanted = wanted.unwrap();
        assert_eq!(wanted.acr_values, ["Level4", "other"]);
        assert_eq!(wanted.max_age, Some(Duration::from_secs(60)));
        let bare = read(r#"DPoP error="insufficient_user_authentication""#).unwrap();
        assert_eq!((bare.acr_values.len(), bare.max_age), (0, None));
        let many = read(
            r#"DPoP error="insufficient_user_authentication", acr_values="1 2 3 4 5 6 7 8 9", max_age="soon""#,
        );
        assert_eq!(many.map(|many| (many.acr_values.len(), many.max_age)), Some((8, None)));
        assert_eq!(read(r#"DPoP error="invalid_token""#), None);
        let none = step_up(StatusCode::FORBIDDEN, &HeaderMap::new());
        assert_eq!(none, None);
    }
}
