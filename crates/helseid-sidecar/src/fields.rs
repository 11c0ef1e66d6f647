//! The members of a request: JSON or a form, bounded in size and time.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use helseid_protocol::jose::json::{Object, read_object};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::refusal::Refusal;

/// The most bytes of a body.
const MAX_BYTES: usize = 64 * 1024;

/// How long a body may take.
const TIME: Duration = Duration::from_secs(10);

/// The values of one header, as JSON has them: a text, or several as an array.
#[derive(Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(untagged)]
pub(crate) enum Texts {
    One(String),
    Several(Vec<String>),
}

impl Texts {
    pub(crate) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Several(texts) => texts,
        }
    }
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    UrlEncoded,
}

/// Turns the text of a member of a form, by its name, into its value.
pub(crate) type ReadMember = fn(&str, String) -> Result<Value, Refusal>;

/// Reads members of JSON, or of a form if `in_forms` says how: it turns the text of a member into its value.
pub(crate) async fn read<T: DeserializeOwned>(
    request: Request,
    in_forms: Option<ReadMember>,
) -> Result<T, Refusal> {
    let (parts, body) = request.into_parts();
    let form = match (form(&parts.headers), in_forms) {
        (Some(Form::UrlEncoded), None) | (None, None) => {
            return Err(Refusal::invalid("the Content-Type must be application/json"));
        }
        (None, Some(_)) => {
            let expected = "the Content-Type must be application/json or application/x-www-form-urlencoded";
            return Err(Refusal::invalid(expected));
        }
        (Some(form), _) => form,
    };
    let bytes = bytes(body).await?;
    of_members(match (form, in_forms) {
        (Form::UrlEncoded, Some(value)) => of_form(&bytes, value)?,
        _ => {
            read_object(&bytes).map_err(|why| Refusal::invalid(format!("the body cannot be read: {why}")))?
        }
    })
}

/// Reads members of a form, which are texts.
pub(crate) async fn read_form<T: DeserializeOwned>(request: Request) -> Result<T, Refusal> {
    let (parts, body) = request.into_parts();
    if form(&parts.headers) != Some(Form::UrlEncoded) {
        return Err(Refusal::invalid("the Content-Type must be application/x-www-form-urlencoded"));
    }
    of_members(of_form(&bytes(body).await?, |_, text| Ok(text.into()))?)
}

fn of_members<T: DeserializeOwned>(members: Object) -> Result<T, Refusal> {
    serde_json::from_value(Value::Object(members)).map_err(|why| {
        // A value of the wrong kind may be repeated, to whoever sent it and to nobody else: no refusal of a body is logged.
        Refusal::invalid(format!("the body cannot be read: {why}"))
    })
}

fn form(headers: &HeaderMap) -> Option<Form> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Some(Form::Json)
    } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Some(Form::UrlEncoded)
    } else {
        None
    }
}

async fn bytes(body: Body) -> Result<Vec<u8>, Refusal> {
    let refused = |status, why: &str| Refusal::new(status, "invalid_request", why);
    match tokio::time::timeout(TIME, Limited::new(body, MAX_BYTES).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes().to_vec()),
        Ok(Err(error)) if is_too_long(&*error) => {
            Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "the body has over 64 KiB"))
        }
        Ok(Err(_)) => Err(Refusal::invalid("the body is not whole")),
        Err(_) => Err(refused(StatusCode::REQUEST_TIMEOUT, "the body took longer than 10 s")),
    }
}

fn is_too_long(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(|source| source.is::<LengthLimitError>())
}

fn of_form(bytes: &[u8], value: ReadMember) -> Result<Object, Refusal> {
    let mut members = Object::new();
    for (name, text) in form_urlencoded::parse(bytes) {
        let value = value(&name, text.into_owned())?;
        if members.insert(name.into_owned(), value).is_some() {
            return Err(Refusal::invalid("the form has a member twice"));
        }
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_body_is_what_its_type_says() {
        let kind = |text: &str| form(&[(CONTENT_TYPE, text.parse().unwrap())].into_iter().collect());
        assert_eq!(kind("application/json; charset=utf-8"), Some(Form::Json));
        assert_eq!(kind("Application/X-WWW-Form-Urlencoded"), Some(Form::UrlEncoded));
        for other in ["text/plain", "application/jsonx", "multipart/form-data; boundary=a"] {
            assert_eq!(kind(other), None, "{other}");
        }
        assert_eq!(form(&HeaderMap::new()), None);
    }
}
