//! Answers of the token endpoint (RFC 6749 section 5.1), of a login, a refresh or a machine. No token of one is repeated.

use helseid_protocol::jose::json::Object;
use serde_json::Value;

use super::claims::{Explanation, plain};

/// The most answers of one input.
const MAX: usize = 20;

/// The answers in a text: each JSON object at the beginning of a line that has an access token and its type.
pub(crate) fn answers(text: &str) -> Vec<Object> {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let object = |start: usize| {
        let rest = text.get(start..)?.trim_start_matches(['<', ' ', '\u{feff}']);
        let read = rest.starts_with('{').then(|| serde_json::Deserializer::from_str(rest));
        read?.into_iter::<Object>().next()?.ok()
    };
    let is_an_answer = |object: &Object| {
        ["access_token", "token_type"].iter().all(|name| object.get(*name).is_some_and(Value::is_string))
    };
    starts.filter_map(object).filter(is_an_answer).take(MAX).collect()
}

/// The access token that came with an ID token.
pub(super) fn access_token_with<'a>(answers: &'a [Object], id_token: &str) -> Option<&'a str> {
    let own = |answer: &&Object| answer.get("id_token").and_then(Value::as_str) == Some(id_token);
    answers.iter().find(own)?.get("access_token")?.as_str()
}

/// What each member says.
pub(super) fn explained(answer: &Object) -> Vec<Explanation> {
    const ORDER: [&str; 6] =
        ["token_type", "access_token", "expires_in", "scope", "id_token", "refresh_token"];
    let place = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    let mut members: Vec<_> = answer.iter().collect();
    members.sort_by_key(|(name, _)| place(name));
    members.into_iter().map(|(name, value)| explanation(name, value)).collect()
}

fn explanation(name: &str, value: &Value) -> Explanation {
    let said = plain(value);
    let hidden = |words: &str| Explanation::new(name, "hidden".into(), words.to_owned());
    let shown = |words: String| Explanation::new(name, value.clone(), words);
    match (name, said.as_str()) {
        ("access_token", _) => hidden("what an API is sent: not shown, explained by itself if it is a JWT"),
        ("id_token", _) => hidden("who logged in: not shown, explained by itself"),
        ("refresh_token", _) => hidden(
            "gets the next tokens at the token endpoint, only for this client and its key: a secret, not shown",
        ),
        ("token_type", kind) if kind.eq_ignore_ascii_case("dpop") => {
            shown("the access token is sent with a proof for each request (DPoP)".to_owned())
        }
        ("token_type", kind) if kind.eq_ignore_ascii_case("bearer") => {
            shown("anyone who reads the access token can use it (Bearer)".to_owned())
        }
        ("expires_in", seconds) => shown(format!("the access token expires {seconds} s after the answer")),
        ("scope", scopes) => shown(format!("the access token lets its holder do {scopes}")),
        _ if name.ends_with("_token") => hidden("a token: not shown"),
        _ => shown(said.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_found_alone_over_several_lines_or_in_a_dump_and_its_tokens_are_not_repeated() {
        let answer = r#"{"access_token":"opaque-a","token_type":"DPoP","expires_in":60,"refresh_token":"opaque-r","device_token":"opaque-d"}"#;
        let pretty = answer.replace(',', ",\n  ");
        let dump = format!("< HTTP/1.1 200 OK\n{{ [5 bytes data]\n\n{answer}\n* left intact");
        for text in [answer, &pretty, &dump] {
            let found = answers(text);
            assert_eq!(found.len(), 1, "{text}");
            let told = format!("{:?}", explained(&found[0]));
            assert!(told.contains("60 s after the answer") && !told.contains("opaque"), "{told}");
        }
        for other in ["{}", r#"{"access_token":"a"}"#, r#"[{"access_token":"a","token_type":"b"}]"#, ""] {
            assert!(answers(other).is_empty(), "{other}");
        }
        assert_eq!(answers(&format!("{answer}\n").repeat(30)).len(), MAX);
    }
}
