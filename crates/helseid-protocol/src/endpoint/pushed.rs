//! The answer to a pushed authorization request, as a client reads it (RFC 9126 section 2.2).

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use crate::jose::json;

/// The longest `request_uri` that is taken: 512 bytes, as authorities bound it.
const MAX_URI_BYTES: usize = 512;

/// A request that the authority keeps under a name. Whoever has the name can bring the request before it, so it does not print.
///
/// ```
/// use helseid_protocol::endpoint::pushed::{PushedAnswer, UnreadablePushedAnswer};
/// use http::StatusCode;
///
/// let body = br#"{"request_uri": "urn:ietf:params:oauth:request_uri:7F3A", "expires_in": 60}"#;
/// let pushed = PushedAnswer::read(StatusCode::CREATED, body)?;
/// // The browser is sent with this name, within this time.
/// assert_eq!(pushed.request_uri, "urn:ietf:params:oauth:request_uri:7F3A");
/// assert_eq!(pushed.expires_in.as_secs(), 60);
/// # Ok::<(), UnreadablePushedAnswer>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PushedAnswer {
    /// `request_uri`: the name.
    pub request_uri: String,
    /// How long it is good, from now.
    pub expires_in: Duration,
}

/// The answer is none that the endpoint may give. Never repeats the answer.
///
/// ```
/// use helseid_protocol::endpoint::pushed::PushedAnswer;
/// use http::StatusCode;
///
/// let body = br#"{"request_uri": "urn:ietf:params:oauth:request_uri:7F3A"}"#;
/// let Err(why) = PushedAnswer::read(StatusCode::CREATED, body) else { panic!("no time is given") };
/// assert_eq!((why.status.as_u16(), why.why.as_str()), (201, "expires_in is not a whole number above 0"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("status {status} with a body that is not a response to a pushed authorization request: {why}")]
pub struct UnreadablePushedAnswer {
    /// The HTTP status.
    pub status: StatusCode,
    /// What is wrong with the body.
    pub why: String,
}

impl PushedAnswer {
    /// Reads the body of a success. Whether its status is 201, as RFC 9126 wants, or 200 is not looked at.
    pub fn read(status: StatusCode, body: &[u8]) -> Result<Self, UnreadablePushedAnswer> {
        let unreadable = |why: &str| UnreadablePushedAnswer { status, why: why.to_owned() };
        let members = json::read_object(body).map_err(|why| unreadable(&why.to_string()))?;
        let request_uri = members.get("request_uri").and_then(Value::as_str);
        let request_uri = request_uri.filter(|uri| is_name(uri));
        let request_uri = request_uri
            .ok_or_else(|| unreadable("request_uri is not a string of 1 to 512 visible characters"))?;
        let seconds = members.get("expires_in").and_then(Value::as_u64).filter(|seconds| *seconds > 0);
        let seconds = seconds.ok_or_else(|| unreadable("expires_in is not a whole number above 0"))?;
        Ok(Self { request_uri: request_uri.to_owned(), expires_in: Duration::from_secs(seconds) })
    }
}

fn is_name(uri: &str) -> bool {
    (1..=MAX_URI_BYTES).contains(&uri.len()) && uri.bytes().all(|byte| byte.is_ascii_graphic())
}

impl fmt::Debug for PushedAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PushedAnswer").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(body: &str) -> Result<PushedAnswer, UnreadablePushedAnswer> {
        PushedAnswer::read(StatusCode::CREATED, body.as_bytes())
    }

    #[test]
    fn an_answer_names_the_request_and_its_time() {
        let answer = read(r#"{"request_uri":"urn:ietf:params:oauth:request_uri:a","expires_in":60,"x":[]}"#);
        let answer = answer.expect("an answer");
        assert_eq!(answer.request_uri, "urn:ietf:params:oauth:request_uri:a");
        assert_eq!(answer.expires_in, Duration::from_secs(60));
        assert!(!format!("{answer:?}").contains("urn:"));
    }

    #[test]
    fn an_answer_without_a_name_or_a_time_is_none() {
        let long = format!(r#"{{"request_uri":"{}","expires_in":60}}"#, "a".repeat(MAX_URI_BYTES + 1));
        for body in [
            "",
            "[]",
            r#"{"expires_in":60}"#,
            r#"{"request_uri":"","expires_in":60}"#,
            r#"{"request_uri":"secret name","expires_in":60}"#,
            r#"{"request_uri":"a\u0000","expires_in":60}"#,
            r#"{"request_uri":7,"expires_in":60}"#,
            r#"{"request_uri":"a"}"#,
            r#"{"request_uri":"a","expires_in":0}"#,
            r#"{"request_uri":"a","expires_in":-1}"#,
            r#"{"request_uri":"a","expires_in":"60"}"#,
            r#"{"request_uri":"a","request_uri":"b","expires_in":60}"#,
            &long,
        ] {
            let why = read(body).expect_err(body);
            assert!(!why.to_string().contains("secret"), "{why}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = PushedAnswer::read(StatusCode::OK, &bytes);
        }
    }
}
