//! One claim taken out of a JSON object, or the facts that speak against it.

use serde_json::Value;

use crate::jose::json::Object;
use crate::rule::Facts;
use crate::time::Timestamp;

/// The text of `name`, which must be there.
pub(crate) fn text<'a>(claims: &'a Object, name: &str) -> Result<&'a str, Facts> {
    let text = optional_text(claims, name)?;
    text.ok_or_else(|| Facts::missing(format_args!("a string in {name}")))
}

/// The text of `name` if it is there.
pub(crate) fn optional_text<'a>(claims: &'a Object, name: &str) -> Result<Option<&'a str>, Facts> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(Facts::new(format_args!("a string in {name}"), kind(other))),
    }
}

/// The point in time of `name`, which must be there as a JSON number.
pub(crate) fn seconds(claims: &Object, name: &str) -> Result<Timestamp, Facts> {
    let time = optional_seconds(claims, name)?;
    time.ok_or_else(|| Facts::missing(format_args!("a number of seconds in {name}")))
}

/// The point in time of `name` if it is there, as a JSON number.
pub(crate) fn optional_seconds(claims: &Object, name: &str) -> Result<Option<Timestamp>, Facts> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let time = whole_seconds(value);
    time.map(Some).ok_or_else(|| Facts::new(format_args!("a number of seconds in {name}"), kind(value)))
}

/// A NumericDate (RFC 7519 section 2): fractions of a second are cut off.
fn whole_seconds(value: &Value) -> Option<Timestamp> {
    /// Up to here every whole number is exact in a JSON float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let Value::Number(number) = value else { return None };
    let whole = number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|float| float.abs() <= EXACT)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the range was checked, and the fraction is to go"
        )]
        Some(float.floor() as i64)
    })?;
    Some(Timestamp::from_seconds(whole))
}

/// What kind of JSON value it is, for people; never the value itself.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number that is not a valid time",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_value_of_another_kind_the_kind_alone_is_told() {
        for (value, told) in [
            (json!(null), "null"),
            (json!(true), "a boolean"),
            (json!(1e300), "a number that is not a valid time"),
            (json!("a secret"), "a string"),
            (json!(["a secret"]), "an array"),
            (json!({ "a": "secret" }), "an object"),
        ] {
            let claims = Object::from_iter([("exp".to_owned(), value)]);
            assert_eq!(seconds(&claims, "exp").expect_err(told).got, told);
        }
    }
}
