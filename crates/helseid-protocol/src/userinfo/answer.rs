//! The answer of userinfo, as a client reads it.

use std::fmt;

use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::MAX_BYTES;
use crate::claims::name;
use crate::jose::json::{self, Object};
use crate::person::{HealthPersonnel, Subject};
use crate::rule::{Facts, Fault, Rule, Trail};

/// What userinfo says of a person. `Debug` shows nothing of it.
///
/// ```
/// use helseid_protocol::person::{Profession, Subject};
/// use helseid_protocol::userinfo::UserInfo;
///
/// /// The HPR number, if the person is a doctor.
/// fn doctor(said: &UserInfo, doctor: &Profession) -> Option<u32> {
///     let registered = said.health_personnel()?;
///     let is_one = registered.approvals.iter().any(|approval| approval.profession == *doctor);
///     is_one.then(|| registered.hpr_number.expose())
/// }
/// ```
#[derive(Clone, PartialEq)]
pub struct UserInfo {
    health_personnel: Option<HealthPersonnel>,
    all: Object,
}

/// The answer is none that userinfo may give. Never repeats the answer, which is about a person.
///
/// ```
/// use helseid_protocol::person::{InvalidSubject, Subject};
/// use helseid_protocol::rule::{Rule, Trail};
/// use helseid_protocol::userinfo::{UnreadableUserInfo, UserInfo};
/// use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE};
///
/// let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
/// let (body, person) = (br#"{"sub": "another-person"}"#, Subject::parse("the-person")?);
/// let Err(why) = UserInfo::read(StatusCode::OK, &headers, body, &person, &mut Trail::new()) else { panic!("of another") };
/// assert!(matches!(&why, UnreadableUserInfo::Fault(fault) if fault.rule() == Rule::UserInfoSub));
/// // What came is about somebody, and is not repeated.
/// assert!(!why.to_string().contains("another-person"));
/// # Ok::<(), InvalidSubject>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableUserInfo {
    /// Another status than 200.
    #[error("status {0}")]
    Status(StatusCode),
    /// Another content type, such as a signed answer, which was not asked for.
    #[error("an answer that is not application/json")]
    ContentType,
    /// More than [`MAX_BYTES`].
    #[error("more than {MAX_BYTES} bytes")]
    TooLong,
    /// Not a strict JSON object.
    #[error("a body that is not a userinfo response: {0}")]
    Json(#[from] json::InvalidJson),
    /// `hpr_details` has another form than HelseID's.
    #[error("hpr_details that cannot be read")]
    HprDetails,
    /// A rule is broken.
    #[error("{0}")]
    Fault(Fault),
}

impl UserInfo {
    /// Reads an answer that must be about `expected`, the person of the ID token (OpenID Connect Core 1.0 section 5.3.2).
    pub fn read(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        expected: &Subject,
        trail: &mut Trail,
    ) -> Result<Self, UnreadableUserInfo> {
        if status != StatusCode::OK {
            return Err(UnreadableUserInfo::Status(status));
        }
        if !is_json(headers) {
            return Err(UnreadableUserInfo::ContentType);
        }
        if body.len() > MAX_BYTES {
            return Err(UnreadableUserInfo::TooLong);
        }
        let all = json::read_object(body)?;
        trail
            .require(Rule::UserInfoSub, sub_is_the_id_tokens(&all, expected))
            .map_err(UnreadableUserInfo::Fault)?;
        let details = match all.get(name::HPR_DETAILS) {
            None | Some(Value::Null) => None,
            Some(details) if has_no_number(details) => None,
            // The reason of a refusal may repeat what was sent.
            Some(details) => {
                Some(serde_json::from_value(details.clone()).map_err(|_| UnreadableUserInfo::HprDetails)?)
            }
        };
        Ok(Self { health_personnel: details, all })
    }

    /// The registration as health personnel; none for a person without one.
    #[must_use]
    pub const fn health_personnel(&self) -> Option<&HealthPersonnel> {
        self.health_personnel.as_ref()
    }

    /// Every member as it came.
    #[must_use]
    pub const fn all(&self) -> &Object {
        &self.all
    }
}

impl fmt::Debug for UserInfo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("UserInfo(hidden)")
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// HelseID answers so for a person whom the register does not know.
fn has_no_number(details: &Value) -> bool {
    details.get("hpr_number").is_none_or(Value::is_null)
}

/// OpenID Connect Core 1.0 section 5.3.2. Neither is repeated.
fn sub_is_the_id_tokens(members: &Object, expected: &Subject) -> Result<(), Facts> {
    const EXPECTED: &str = "the sub of the ID token";
    match members.get("sub") {
        Some(Value::String(sub)) if sub == expected.as_str() => Ok(()),
        Some(_) => Err(Facts::new(EXPECTED, "another sub")),
        None => Err(Facts::missing(EXPECTED)),
    }
}
