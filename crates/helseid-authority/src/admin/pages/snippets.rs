//! What a client needs to be used: its configuration, a line for the shell, and the lines of a program.

use helseid_admin_api::RegisteredClient;
use helseid_protocol::id::Issuer;
use helseid_protocol::scope::Scope;

use crate::registry::bootstrap::SELF_SERVICE_SCOPE;

/// The sample API, which most people call first.
const SAMPLE_API: &str = "http://localhost:5000/api/patients";

/// Each to be copied as it is.
pub(super) struct Snippets {
    pub(super) key_file: String,
    pub(super) toml: String,
    pub(super) curl: String,
    pub(super) rust: String,
}

impl Snippets {
    pub(super) fn of(issuer: &Issuer, client: &RegisteredClient) -> Self {
        let key_file = format!("{}_private.json", file_name(&client.name));
        let asked = client.scopes.iter().map(Scope::as_str).filter(|scope| *scope != SELF_SERVICE_SCOPE);
        let scopes: Vec<_> = asked.map(quoted).collect();
        let toml = format!(
            "issuer = {}\nclient_id = {}\nkey_file = {}\nscope = [{}]\n\n[api]\nurl = {}\n",
            quoted(issuer.as_str()),
            quoted(client.client_id.as_str()),
            quoted(&key_file),
            scopes.join(", "),
            quoted(SAMPLE_API),
        );
        let curl = format!("helseid token get --output curl --url {SAMPLE_API} | sh\n");
        let rust = format!(
            "let client = helseid_client::Client::new(helseid_client::Config::load()?)?;\n\
             let answer = client.get({}).send().await?;\n\
             println!(\"{{}}\", answer.text());\n",
            quoted(SAMPLE_API),
        );
        Self { key_file, toml, curl, rust }
    }
}

/// A basic string of TOML, which a string of Rust is, too, as far as these go.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// A name for files, as the script that makes a key in the browser has it.
fn file_name(name: &str) -> String {
    let word = |character: char| {
        if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' }
    };
    let name: String = name.chars().map(word).collect();
    let parts: Vec<_> = name.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "client".to_owned() } else { parts.join("-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_file_names_and_texts_stay_texts() {
        assert_eq!(file_name("Min  EPJ, test"), "min-epj-test");
        assert_eq!(file_name("æøå"), "client");
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
    }
}
