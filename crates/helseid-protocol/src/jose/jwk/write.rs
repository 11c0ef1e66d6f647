//! Keys as JSON text, in the order in which people read them.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::jose::base64url;
use crate::jose::json::Object;

/// What stands before the private numbers, and what follows them; unknown members come last.
const BEFORE: [&str; 6] = ["kty", "crv", "n", "e", "x", "y"];
const AFTER: [&str; 3] = ["kid", "use", "alg"];

/// Writes `members` with `secrets` among them. No copy of a secret is left behind in memory.
pub(super) fn document(members: &Object, secrets: &[(&str, &[u8])]) -> Zeroizing<String> {
    let known = |names: &'static [&str]| names.iter().filter_map(|name| members.get_key_value(*name));
    let others = members.iter().filter(|(name, _)| {
        let name = name.as_str();
        !BEFORE.contains(&name) && !AFTER.contains(&name)
    });
    let before: Vec<String> = known(&BEFORE).map(member).collect();
    let after: Vec<String> = known(&AFTER).chain(others).map(member).collect();

    // Room for all from the start: a text that grows leaves copies behind.
    let public: usize = before.iter().chain(&after).map(|member| member.len() + 1).sum();
    let private: usize = secrets.iter().map(|(name, secret)| name.len() + secret.len() * 2 + 16).sum();
    let mut text = Zeroizing::new(String::with_capacity(public + private + 2));
    text.push('{');
    for member in before {
        push(&mut text, &[&member]);
    }
    for (name, secret) in secrets {
        push(&mut text, &["\"", name, "\":\""]);
        base64url::encode_onto(&mut text, secret);
        text.push('"');
    }
    for member in after {
        push(&mut text, &[&member]);
    }
    text.push('}');
    text
}

fn push(text: &mut String, pieces: &[&str]) {
    if text.len() > 1 {
        text.push(',');
    }
    text.extend(pieces.iter().copied());
}

fn member((name, value): (&String, &Value)) -> String {
    format!("{}:{value}", Value::from(name.as_str()))
}
