//! As much of JSON Schema as the document uses. A keyword that it does not know fails, so that nothing is passed over.

use serde_json::Value;

/// Keywords that say nothing of which values are right.
const NOTES: [&str; 4] = ["description", "default", "format", "deprecated"];

/// The schema that a reference leads to.
pub(super) fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(to) => document.pointer(&to[1..]).unwrap_or_else(|| panic!("{to} leads nowhere")),
        None => schema,
    }
}

/// Fails unless the value is one of the schema, and no object in it has a member that the schema does not name.
pub(super) fn check(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Err(why) = holds(document, schema, value, at) {
        panic!("{why}");
    }
}

fn holds(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let schema = resolved(document, schema);
    let Some(keywords) = schema.as_object() else { return Ok(()) };
    for (keyword, limit) in keywords.iter().filter(|(keyword, _)| !NOTES.contains(&keyword.as_str())) {
        let number = || limit.as_u64().unwrap_or_default();
        let is_kept = match keyword.as_str() {
            "type" => {
                let one = |name: &Value| is_of(value, name.as_str().unwrap());
                limit.as_array().map_or_else(|| one(limit), |any| any.iter().any(one))
            }
            "enum" => limit.as_array().unwrap().contains(value),
            "required" => {
                limit.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "minimum" => value.as_f64().is_none_or(|value| value >= limit.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|value| value <= limit.as_f64().unwrap()),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= number()),
            "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 <= number()),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= number()),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= number()),
            "pattern" => value.as_str().is_none_or(|text| fits(limit.as_str().unwrap(), text)),
            "anyOf" => limit.as_array().unwrap().iter().any(|one| holds(document, one, value, at).is_ok()),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    holds(document, limit, item, &format!("{at}[{index}]"))?;
                }
                true
            }
            "properties" => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    let known = limit.get(name).ok_or(format!("{at}.{name} is not documented"))?;
                    holds(document, known, member, &format!("{at}.{name}"))?;
                }
                true
            }
            "additionalProperties" if limit == false => true,
            "additionalProperties" => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    holds(document, limit, member, &format!("{at}.{name}"))?;
                }
                true
            }
            other => panic!("the keyword {other} of the schema at {at} is not known here"),
        };
        if !is_kept {
            return Err(format!("{at} is {value}, against {keyword} {limit}"));
        }
    }
    Ok(())
}

fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type {other}"),
    }
}

/// Whether a text fits one of the patterns that are in the document.
fn fits(pattern: &str, text: &str) -> bool {
    let digits = |count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match pattern {
        "^[0-9]{9}$" => digits(9),
        "^[0-9]{11}$" => digits(11),
        "^[0-9a-z][0-9a-z-]*$" => !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_of_name),
        other => panic!("the pattern {other} is not known here"),
    }
}
