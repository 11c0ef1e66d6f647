//! Schemas as OpenAPI documents usually have them.

use serde_json::{Value, json};

use super::{ANSWERS, SCHEMAS};

/// What an example in the documentation of a type begins with.
const EXAMPLE: &str = "\n\n```";

/// Rewrites every schema in the document: a choice of constants becomes an `enum`, a default of `null` is left out, an
/// unsigned 32-bit integer has its maximum, and no description has an example, which is Rust.
pub(super) fn simplified(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = simplified(item.take())),
        Value::Object(members) => {
            members.values_mut().for_each(|member| *member = simplified(member.take()));
            if let Some(Value::String(text)) = members.get_mut("description") {
                text.truncate(text.find(EXAMPLE).unwrap_or(text.len()));
            }
            if members.get("default") == Some(&Value::Null) {
                members.remove("default");
            }
            if members.get("format") == Some(&json!("uint32")) {
                members.entry("maximum").or_insert(json!(u32::MAX));
            }
            if let Some(choice) = members.get("oneOf").and_then(constants) {
                members.remove("oneOf");
                let lines =
                    choice.iter().map(|(value, what)| format!("\n- `{value}`: {what}")).collect::<String>();
                let own = members.get("description").and_then(Value::as_str).unwrap_or_default();
                let description = format!("{own}\n{lines}");
                members.insert("description".into(), json!(description.trim()));
                members.insert("type".into(), json!("string"));
                members.insert("enum".into(), choice.into_iter().map(|(value, _)| value).collect());
            }
        }
        _ => {}
    }
    value
}

/// The values of a choice of constants, with their descriptions; none of any other choice.
fn constants(choice: &Value) -> Option<Vec<(String, String)>> {
    let text = |value: &Value| Some(value.as_str()?.to_owned());
    let constant = |item: &Value| Some((text(item.get("const")?)?, text(item.get("description")?)?));
    choice.as_array()?.iter().map(constant).collect()
}

/// A parameter of a query is absent or has a value, and is never `null`.
pub(super) fn for_parameter(mut schema: Value) -> Value {
    if let Some(types) = schema["type"].as_array() {
        schema["type"] = types.iter().find(|name| *name != "null").cloned().unwrap_or_default();
    }
    let one = schema["anyOf"].as_array().and_then(|choice| choice.iter().find(|one| one["type"] != "null"));
    one.cloned().unwrap_or(schema)
}

/// A reference to a schema of an answer leads to the schema of the document with the name that `name` makes of its own.
pub(super) fn moved(value: &Value, name: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => {
            json!(text.strip_prefix(ANSWERS).map_or(text.clone(), |own| format!("{SCHEMAS}{}", name(own))))
        }
        Value::Array(items) => items.iter().map(|item| moved(item, name)).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), moved(value, name))).collect()
        }
        other => other.clone(),
    }
}
